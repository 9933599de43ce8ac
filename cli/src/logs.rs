//! The logs of jobs: files in the data folder of the server on this machine, or streams of CloudWatch Logs.

mod files;
mod streams;
mod tail;

use local_batch::JobKey;

use crate::{client::Client, exit::Failure, installation::JobLogs, output::Output};

use files::Files;
use streams::Streams;
pub(crate) use tail::last_lines;

/// The logs of the jobs of one attempt of a stage, as they grow.
#[derive(Debug)]
pub(crate) enum Logs {
    /// In the data folder.
    Files(Files),
    /// In CloudWatch Logs.
    Streams(Streams),
}

impl Logs {
    /// Of those jobs; their lines are told apart by a prefix if there are several. `wanted` is one of Batch's tries, the last if
    /// none is named.
    pub(crate) fn new(client: &Client, jobs: Vec<JobKey>, wanted: Option<u32>) -> Self {
        match &client.installation.job_logs {
            JobLogs::DataFolder(data_dir) => Self::Files(Files::new(data_dir, jobs, wanted)),
            JobLogs::LogGroup(group) => Self::Streams(Streams::new(client, group, jobs, wanted)),
        }
    }

    /// Writes what has come since the last call; at the `end`, lines that never ended too. Whether there was any log so far.
    ///
    /// # Errors
    /// If a log cannot be read, or the output cannot be written.
    pub(crate) async fn copy(&mut self, output: Output, end: bool) -> Result<bool, Failure> {
        match self {
            Self::Files(files) => files.copy(output, end),
            Self::Streams(streams) => streams.copy(output, end).await,
        }
    }

    /// Why there is none.
    pub(crate) fn none(&self, job: &str) -> Failure {
        match self {
            Self::Files(files) => files.none(job),
            Self::Streams(streams) => streams.none(job),
        }
    }
}

/// What the lines of a job begin with, if it is one of several.
fn prefix(job: &JobKey, several: bool) -> Option<String> {
    job.child.filter(|_| several).map(|index| format!("[{index}] "))
}
