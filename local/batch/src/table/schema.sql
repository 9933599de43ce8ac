CREATE TABLE IF NOT EXISTS batch_resource (
    kind TEXT NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL, PRIMARY KEY (kind, name)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS batch_definition (
    name TEXT NOT NULL, revision INTEGER NOT NULL, active INTEGER NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (name, revision)
) WITHOUT ROWID;

-- `number` is the order of submission. `child` is -1 for all but the children of arrays, `parent` is the number of theirs.
-- `spec` is NULL for children: they share their parent's.
CREATE TABLE IF NOT EXISTS batch_job (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL, child INTEGER NOT NULL, parent INTEGER, size INTEGER,
    name TEXT NOT NULL COLLATE NOCASE, queue TEXT NOT NULL, definition TEXT NOT NULL, share TEXT,
    queue_priority INTEGER NOT NULL, priority INTEGER NOT NULL,
    millivcpus INTEGER NOT NULL, memory_mib INTEGER NOT NULL,
    created_ms INTEGER NOT NULL, spec TEXT,
    status INTEGER NOT NULL, needs INTEGER NOT NULL DEFAULT 0,
    task TEXT, started_ms INTEGER, stopped_ms INTEGER, reason TEXT, pid INTEGER, pid_started INTEGER,
    attempts TEXT NOT NULL DEFAULT '[]', stop TEXT, stop_reason TEXT,
    unfinished INTEGER NOT NULL DEFAULT 0, failed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (id, child)
);
-- The order in which jobs start: status 2 is RUNNABLE.
CREATE INDEX IF NOT EXISTS batch_job_runnable ON batch_job (queue_priority DESC, priority DESC, number) WHERE status = 2;
-- What a server that starts has to look after: STARTING and RUNNING.
CREATE INDEX IF NOT EXISTS batch_job_live ON batch_job (number) WHERE status IN (3, 4);
CREATE INDEX IF NOT EXISTS batch_job_listed ON batch_job (queue, status, number) WHERE child = -1;
CREATE INDEX IF NOT EXISTS batch_job_named ON batch_job (queue, name, number) WHERE child = -1;
CREATE INDEX IF NOT EXISTS batch_job_children ON batch_job (parent, status) WHERE parent IS NOT NULL;
-- What may be forgotten: SUCCEEDED and FAILED.
CREATE INDEX IF NOT EXISTS batch_job_ended ON batch_job (stopped_ms) WHERE child = -1 AND status >= 5;

-- `job` waits for the job with the id `needs`, which has not ended.
CREATE TABLE IF NOT EXISTS batch_dependency (
    needs TEXT NOT NULL, job INTEGER NOT NULL, PRIMARY KEY (needs, job)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS batch_event (id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL);
