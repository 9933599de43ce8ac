//! The tables.

pub(crate) mod message;
pub(crate) mod moves;
pub(crate) mod queue;

/// `AUTOINCREMENT`: a row number is never used again, so an old receipt never names a new message.
pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS sqs_queue (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL UNIQUE,
    settings    TEXT NOT NULL,
    tags        TEXT NOT NULL,
    created_ms  INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    purged_ms   INTEGER
);
CREATE TABLE IF NOT EXISTS sqs_message (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    queue              INTEGER NOT NULL,
    message_id         TEXT NOT NULL,
    body               TEXT NOT NULL,
    attributes         TEXT,
    trace_header       TEXT,
    group_id           TEXT,
    sent_ms            INTEGER NOT NULL,
    visible_ms         INTEGER NOT NULL,
    first_received_ms  INTEGER,
    received_ms        INTEGER,
    receive_count      INTEGER NOT NULL DEFAULT 0,
    queue_receives     INTEGER NOT NULL DEFAULT 0,
    nonce              INTEGER,
    dead_letter_source TEXT
);
CREATE INDEX IF NOT EXISTS sqs_message_by_visible ON sqs_message (queue, visible_ms);
CREATE INDEX IF NOT EXISTS sqs_message_by_sent ON sqs_message (queue, sent_ms);
CREATE TABLE IF NOT EXISTS sqs_move (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    handle      TEXT NOT NULL,
    source      TEXT NOT NULL,
    destination TEXT,
    pace        INTEGER,
    moved       INTEGER NOT NULL,
    started_ms  INTEGER NOT NULL
);
";
