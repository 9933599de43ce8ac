//! A job as a row, both ways.

use rusqlite::{Row, types::Type};

use crate::{
    job::{Ended, Job, JobKey, Kind, State, Status, Stop},
    runner::ProcessId,
};

/// The columns that [`read`] reads, in its order.
pub(super) const COLUMNS: &str = "number, id, child, parent, size, name, queue, created_ms, status, needs, task, started_ms, \
     stopped_ms, reason, pid, pid_started, attempts, stop, stop_reason";

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Job> {
    let parent: Option<i64> = row.get(3)?;
    let size: Option<u32> = row.get(4)?;
    let attempts: String = row.get(16)?;
    Ok(Job {
        number: row.get(0)?,
        key: JobKey { id: row.get(1)?, child: u32::try_from(row.get::<_, i64>(2)?).ok() },
        kind: match (parent, size) {
            (Some(parent), _) => Kind::Child { parent },
            (None, Some(size)) => Kind::Array { size },
            (None, None) => Kind::Single,
        },
        name: row.get(5)?,
        queue: row.get(6)?,
        created_ms: row.get(7)?,
        state: state(row)?,
        attempts: serde_json::from_str(&attempts).map_err(|error| broken(16, error))?,
        stop: stop(row)?,
    })
}

fn state(row: &Row<'_>) -> rusqlite::Result<State> {
    let status = Status::from_code(row.get(8)?).ok_or_else(|| broken(8, "no status has this number"))?;
    let ended =
        || Ok::<_, rusqlite::Error>(Ended { started_ms: row.get(11)?, stopped_ms: row.get(12)?, reason: row.get(13)? });
    Ok(match status {
        Status::Submitted | Status::Pending => State::Pending { needs: row.get(9)? },
        Status::Runnable => State::Runnable,
        Status::Starting => State::Starting { task: row.get(10)? },
        Status::Running => State::Running { task: row.get(10)?, started_ms: row.get(11)?, process: process(row)? },
        Status::Succeeded => State::Succeeded(ended()?),
        Status::Failed => State::Failed(ended()?),
    })
}

fn process(row: &Row<'_>) -> rusqlite::Result<Option<ProcessId>> {
    let pid: Option<u32> = row.get(14)?;
    let started = row.get(15)?;
    Ok(pid.map(|pid| ProcessId { pid, started }))
}

fn stop(row: &Row<'_>) -> rusqlite::Result<Option<Stop>> {
    let kind: Option<String> = row.get(17)?;
    match kind.as_deref() {
        None => Ok(None),
        Some("cancelled") => Ok(Some(Stop::Cancelled(row.get(18)?))),
        Some("terminated") => Ok(Some(Stop::Terminated(row.get(18)?))),
        Some(_) => Err(broken(17, "no stop has this name")),
    }
}

fn broken(column: usize, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into())
}

/// What of a job changes, as columns.
#[derive(Debug, Default)]
pub(super) struct Changing<'a> {
    pub(super) status: i64,
    pub(super) needs: u32,
    pub(super) task: Option<&'a str>,
    pub(super) started_ms: Option<u64>,
    pub(super) stopped_ms: Option<u64>,
    pub(super) reason: Option<&'a str>,
    pub(super) process: Option<ProcessId>,
    pub(super) stop: Option<(&'static str, &'a str)>,
}

impl<'a> Changing<'a> {
    pub(super) fn of(job: &'a Job) -> Self {
        let all = Self {
            status: job.status().code(),
            stop: job.stop.as_ref().map(|stop| match stop {
                Stop::Cancelled(reason) => ("cancelled", reason.as_str()),
                Stop::Terminated(reason) => ("terminated", reason.as_str()),
            }),
            ..Self::default()
        };
        match &job.state {
            State::Pending { needs } => Self { needs: *needs, ..all },
            State::Runnable => all,
            State::Starting { task } => Self { task: Some(task), ..all },
            State::Running { task, started_ms, process } => {
                Self { task: Some(task), started_ms: Some(*started_ms), process: *process, ..all }
            }
            State::Succeeded(ended) | State::Failed(ended) => Self {
                started_ms: ended.started_ms,
                stopped_ms: Some(ended.stopped_ms),
                reason: ended.reason.as_deref(),
                ..all
            },
        }
    }
}
