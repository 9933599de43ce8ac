//! Jobs, one by one.

use rusqlite::{Connection, OptionalExtension, named_params, params};

use super::row::{COLUMNS, Changing, read};
use crate::{
    Error,
    arn::{Kind as ArnKind, arn},
    container::Demand,
    job::{Job, JobKey, Kind, Spec},
};

/// Where a job stands in the order of starting: higher first, then older first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rank {
    pub(crate) queue_priority: u32,
    pub(crate) priority: u32,
}

/// What a row holds that a [`Job`] does not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fixed<'a> {
    /// The definition as `name:revision`.
    pub(crate) definition: &'a str,
    pub(crate) share: Option<&'a str>,
    pub(crate) rank: Rank,
    pub(crate) demand: Demand,
    /// `None` for a child.
    pub(crate) spec: Option<&'a str>,
}

fn child_column(key: &JobKey) -> i64 {
    key.child.map_or(-1, i64::from)
}

/// Writes a new job and gives it its number.
pub(crate) fn insert(connection: &Connection, job: &mut Job, fixed: Fixed<'_>) -> Result<(), Error> {
    let (parent, size) = match job.kind {
        Kind::Single => (None, None),
        Kind::Array { size } => (None, Some(size)),
        Kind::Child { parent } => (Some(parent), None),
    };
    let changing = Changing::of(job);
    let mut insert = connection.prepare_cached(
        "INSERT INTO batch_job (id, child, parent, size, name, queue, definition, share, queue_priority, priority, \
         millivcpus, memory_mib, created_ms, spec, status, needs, stopped_ms, reason, unfinished) VALUES (:id, :child, :parent, \
         :size, :name, :queue, :definition, :share, :queue_priority, :priority, :millivcpus, :memory_mib, :created_ms, \
         :spec, :status, :needs, :stopped_ms, :reason, :unfinished)",
    )?;
    insert.execute(named_params! {
        ":id": job.key.id, ":child": child_column(&job.key), ":parent": parent, ":size": size, ":name": job.name,
        ":queue": job.queue, ":definition": fixed.definition, ":share": fixed.share,
        ":queue_priority": fixed.rank.queue_priority, ":priority": fixed.rank.priority,
        ":millivcpus": fixed.demand.millivcpus, ":memory_mib": fixed.demand.memory_mib, ":created_ms": job.created_ms,
        ":spec": fixed.spec, ":status": changing.status, ":needs": changing.needs, ":stopped_ms": changing.stopped_ms,
        ":reason": changing.reason, ":unfinished": size.unwrap_or(0),
    })?;
    job.number = connection.last_insert_rowid();
    Ok(())
}

/// Writes what of `job` changes.
pub(crate) fn save(connection: &Connection, job: &Job) -> Result<(), Error> {
    let changing = Changing::of(job);
    let attempts = serde_json::to_string(&job.attempts)?;
    let mut update = connection.prepare_cached(
        "UPDATE batch_job SET status = :status, needs = :needs, task = :task, started_ms = :started_ms, \
         stopped_ms = :stopped_ms, reason = :reason, pid = :pid, pid_started = :pid_started, attempts = :attempts, \
         stop = :stop, stop_reason = :stop_reason WHERE number = :number",
    )?;
    update.execute(named_params! {
        ":status": changing.status, ":needs": changing.needs, ":task": changing.task, ":started_ms": changing.started_ms,
        ":stopped_ms": changing.stopped_ms, ":reason": changing.reason, ":pid": changing.process.map(|process| process.pid),
        ":pid_started": changing.process.and_then(|process| process.started), ":attempts": attempts,
        ":stop": changing.stop.map(|stop| stop.0), ":stop_reason": changing.stop.map(|stop| stop.1), ":number": job.number,
    })?;
    Ok(())
}

/// The job with this id.
pub(crate) fn find(connection: &Connection, key: &JobKey) -> Result<Option<Job>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM batch_job WHERE id = ? AND child = ?");
    let mut select = connection.prepare_cached(&sql)?;
    Ok(select.query_row(params![key.id, child_column(key)], read).optional()?)
}

/// The job with this number.
pub(crate) fn numbered(connection: &Connection, number: i64) -> Result<Option<Job>, Error> {
    let mut select = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM batch_job WHERE number = ?"))?;
    Ok(select.query_row([number], read).optional()?)
}

/// What was submitted for `job`, or for the array it is a child of.
pub(crate) fn spec(connection: &Connection, job: &Job) -> Result<Spec, Error> {
    let number = match job.kind {
        Kind::Single | Kind::Array { .. } => job.number,
        Kind::Child { parent } => parent,
    };
    let mut select = connection.prepare_cached("SELECT spec FROM batch_job WHERE number = ?")?;
    let spec: String = select.query_row([number], |row| row.get(0))?;
    Ok(serde_json::from_str(&spec)?)
}

/// Replaces what was submitted: its tags may change.
pub(crate) fn save_spec(connection: &Connection, job: &Job, spec: &Spec) -> Result<(), Error> {
    let mut update = connection.prepare_cached("UPDATE batch_job SET spec = ? WHERE number = ?")?;
    update.execute(params![serde_json::to_string(spec)?, job.number])?;
    Ok(())
}

/// The ARN of the definition of the job with this number.
pub(crate) fn definition(connection: &Connection, region: &str, number: i64) -> Result<String, Error> {
    let mut select = connection.prepare_cached("SELECT definition FROM batch_job WHERE number = ?")?;
    let name: String = select.query_row([number], |row| row.get(0))?;
    Ok(arn(region, ArnKind::Definition, &name))
}

/// Where a job stands in the order, and what it asks for: what its children inherit.
pub(crate) fn inherited(connection: &Connection, number: i64) -> Result<(String, Option<String>, Rank, Demand), Error> {
    let mut select = connection.prepare_cached(
        "SELECT definition, share, queue_priority, priority, millivcpus, memory_mib FROM batch_job WHERE number = ?",
    )?;
    Ok(select.query_row([number], |row| {
        let rank = Rank { queue_priority: row.get(2)?, priority: row.get(3)? };
        Ok((row.get(0)?, row.get(1)?, rank, Demand { millivcpus: row.get(4)?, memory_mib: row.get(5)? }))
    })?)
}

/// The numbers of the jobs that wait for room, first the one to start first, as long as `take` takes them.
pub(crate) fn runnable(
    connection: &Connection,
    mut take: impl FnMut(Demand) -> bool,
) -> Result<Vec<(i64, Demand)>, Error> {
    let mut select = connection.prepare_cached(
        "SELECT number, millivcpus, memory_mib FROM batch_job WHERE status = 2 \
         ORDER BY queue_priority DESC, priority DESC, number",
    )?;
    let mut rows = select.query([])?;
    let mut jobs = Vec::new();
    while let Some(row) = rows.next()? {
        let demand = Demand { millivcpus: row.get(1)?, memory_mib: row.get(2)? };
        if !take(demand) {
            break;
        }
        jobs.push((row.get(0)?, demand));
    }
    Ok(jobs)
}

/// The jobs that are marked as starting or running.
pub(crate) fn live(connection: &Connection) -> Result<Vec<Job>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM batch_job WHERE status IN (3, 4) ORDER BY number");
    let mut select = connection.prepare_cached(&sql)?;
    let jobs = select.query_map([], read)?.collect::<Result<_, _>>()?;
    Ok(jobs)
}

/// Counts a child of the array `parent` as ended. Answers how many have not, and whether any failed.
pub(crate) fn child_ended(connection: &Connection, parent: i64, failed: bool) -> Result<(u32, bool), Error> {
    let mut update = connection.prepare_cached(
        "UPDATE batch_job SET unfinished = unfinished - 1, failed = failed + ? WHERE number = ? RETURNING unfinished, failed > 0",
    )?;
    Ok(update.query_row(params![failed, parent], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// Gives the waiting jobs of a queue its new priority.
pub(crate) fn reprioritise(connection: &Connection, queue: &str, priority: u32) -> Result<(), Error> {
    connection.execute(
        "UPDATE batch_job SET queue_priority = ? WHERE queue = ? AND status < 5 AND queue_priority <> ?",
        params![priority, queue, priority],
    )?;
    Ok(())
}

/// Whether a job of the queue has not ended.
pub(crate) fn any_unfinished(connection: &Connection, queue: &str) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM batch_job WHERE queue = ? AND child = -1 AND status < 5)";
    Ok(connection.query_row(sql, [queue], |row| row.get(0))?)
}

/// Up to `limit` jobs that ended before `before_ms`: children before their parents, which ended last.
pub(crate) fn ended_before(connection: &Connection, before_ms: u64, limit: u32) -> Result<Vec<(i64, JobKey)>, Error> {
    let mut select = connection.prepare_cached(
        "WITH old AS (SELECT number FROM batch_job WHERE child = -1 AND status >= 5 AND stopped_ms < ?1 \
         ORDER BY stopped_ms LIMIT ?2) SELECT number, id, child FROM batch_job WHERE number IN old OR parent IN old \
         ORDER BY parent IS NULL, number LIMIT ?2",
    )?;
    let rows = select.query_map(params![before_ms, limit], |row| {
        Ok((row.get(0)?, JobKey { id: row.get(1)?, child: u32::try_from(row.get::<_, i64>(2)?).ok() }))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Forgets a job.
pub(crate) fn forget(connection: &Connection, number: i64) -> Result<(), Error> {
    connection.prepare_cached("DELETE FROM batch_job WHERE number = ?")?.execute([number])?;
    Ok(())
}

/// When the job that ended first, of those that are kept, ended.
pub(crate) fn oldest_end(connection: &Connection) -> Result<Option<u64>, Error> {
    let sql = "SELECT min(stopped_ms) FROM batch_job WHERE child = -1 AND status >= 5";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}
