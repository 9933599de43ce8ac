//! A job, and what may become of it. Pure: no clock, no store.

mod ending;
mod key;
mod retry;
mod spec;
mod status;

pub(crate) use ending::{Ending, conclude};
pub(crate) use retry::RetryStrategy;
pub(crate) use spec::{Dependency, DependencyType, Spec};

pub use key::{JobKey, NotAJobId};
pub use status::Status;

use serde::{Deserialize, Serialize};

use crate::runner::ProcessId;

/// A row of the job table, without what never changes after the submission (its [`Spec`]).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Job {
    /// Its place in the order of submission.
    pub(crate) number: i64,
    pub(crate) key: JobKey,
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) queue: String,
    pub(crate) created_ms: u64,
    pub(crate) state: State,
    /// The attempts that have ended, oldest first.
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) stop: Option<Stop>,
}

/// What a job is to others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Single,
    /// The parent of an array: it runs nothing itself.
    Array {
        size: u32,
    },
    /// A child of the array whose parent has this number.
    Child {
        parent: i64,
    },
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// It waits for so many other jobs; or it is an array's parent, and waits for its children.
    Pending {
        needs: u32,
    },
    /// It waits for room.
    Runnable,
    /// Its process is about to be made.
    Starting {
        task: String,
    },
    /// Its process runs. `process` is `None` for a runner that makes none.
    Running {
        task: String,
        started_ms: u64,
        process: Option<ProcessId>,
    },
    Succeeded(Ended),
    Failed(Ended),
}

/// The end of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    /// When its last attempt began to run; `None` if none did.
    pub(crate) started_ms: Option<u64>,
    pub(crate) stopped_ms: u64,
    pub(crate) reason: Option<String>,
}

/// That someone asked for the job's end, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    Cancelled(String),
    Terminated(String),
}

/// An attempt that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) task: String,
    pub(crate) started_ms: Option<u64>,
    pub(crate) stopped_ms: u64,
    pub(crate) status_reason: String,
    pub(crate) exit_code: Option<i32>,
    /// The container's own reason, such as `CannotStartContainerError: …`.
    pub(crate) reason: Option<String>,
}

impl Job {
    pub(crate) fn status(&self) -> Status {
        match self.state {
            State::Pending { .. } => Status::Pending,
            State::Runnable => Status::Runnable,
            State::Starting { .. } => Status::Starting,
            State::Running { .. } => Status::Running,
            State::Succeeded(_) => Status::Succeeded,
            State::Failed(_) => Status::Failed,
        }
    }

    /// The number of the attempt that runs or is next, from 1.
    pub(crate) fn attempt(&self) -> u32 {
        u32::try_from(self.attempts.len()).unwrap_or(u32::MAX).saturating_add(1)
    }

    /// The state of a job that ends at `now_ms` without an attempt of its own.
    pub(crate) fn failed(&self, reason: impl Into<String>, now_ms: u64) -> State {
        let started_ms = self.attempts.last().and_then(|attempt| attempt.started_ms);
        State::Failed(Ended { started_ms, stopped_ms: now_ms, reason: Some(reason.into()) })
    }
}
