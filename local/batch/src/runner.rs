//! What runs jobs: the outside world, as the engine sees it.

use std::{
    collections::BTreeMap,
    fmt,
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
};

use crate::JobKey;

/// Runs attempts of jobs. [`Processes`](crate::Processes) makes processes of them; a simulation plays them.
pub trait Runner: Send + Sync {
    /// Starts an attempt and returns at once.
    ///
    /// # Errors
    /// If it cannot be started. Nothing of it runs then.
    fn start(&self, task: &Task) -> Result<Started, StartError>;

    /// Removes a folder in which attempts worked, if it is there, with all that is in it.
    fn remove<'a>(&'a self, folder: &'a Path) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

    /// Ends what an attempt of a former server has left running, and returns when it is gone. Nothing that is not this
    /// attempt's is touched.
    fn end<'a>(&'a self, survivor: &'a Survivor) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

/// An attempt to run.
#[derive(Clone, PartialEq, Eq)]
pub struct Task {
    /// The job.
    pub job: JobKey,
    /// The attempt, from 1.
    pub attempt: u32,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// The whole environment: nothing is added to it. It may hold secrets.
    pub environment: BTreeMap<String, String>,
    /// The attempt's own folder, not yet made: its working directory and its log go there.
    pub folder: PathBuf,
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not its environment, which may hold secrets.
        let mut task = f.debug_struct("Task");
        task.field("job", &self.job)
            .field("attempt", &self.attempt)
            .field("command", &self.command)
            .finish_non_exhaustive()
    }
}

/// An attempt that runs.
pub struct Started {
    /// The process that leads it; `None` if there is none.
    pub process: Option<ProcessId>,
    /// Resolves when all of it has ended.
    pub exit: Pin<Box<dyn Future<Output = Exit> + Send>>,
    /// Sends a signal to all of it; does nothing once it has ended.
    pub signal: Box<dyn Fn(Signal) + Send + Sync>,
}

/// The two signals of ECS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Please end: `SIGTERM`.
    Terminate,
    /// End: `SIGKILL`.
    Kill,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// Its exit code, or 128 and the number of the signal that ended it, as a container runtime reports it.
    pub code: i32,
}

/// Why an attempt could not be started: what is missing, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StartError(pub String);

/// A process, such that another one that later gets its number is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessId {
    /// The process id, which is its group's too.
    pub pid: u32,
    /// When it started, in the kernel's ticks since boot. `None` where the kernel does not tell.
    pub started: Option<u64>,
}

/// What is known of an attempt whose server is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survivor {
    /// The job.
    pub job: JobKey,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Its process; `None` if the server went before it could write it down.
    pub process: Option<ProcessId>,
}
