//! What a former server left behind.

use super::End;
use crate::{
    Batch, Error,
    job::{Ending, Job, State},
    runner::Survivor,
    table::jobs,
};

impl Batch {
    /// Fails the attempts that ran when the last server ended, as if their host had been taken away: nobody saw how they ended.
    /// What of them still runs is ended first, so that no second attempt runs beside it.
    pub(super) async fn recover(&self) -> Result<(), Error> {
        let left = self.config.store.read(jobs::live)?;
        if left.is_empty() {
            return Ok(());
        }
        for job in &left {
            self.config.runner.end(&survivor(job)).await;
        }
        tracing::info!(jobs = left.len(), "failed the attempts that the last server left behind");
        let ends: Vec<End> = left.iter().map(|job| (job.number, Ending::HostLost)).collect();
        self.conclude(&ends)
    }
}

fn survivor(job: &Job) -> Survivor {
    let process = match job.state {
        State::Running { process, .. } => process,
        State::Pending { .. } | State::Runnable | State::Starting { .. } | State::Succeeded(_) | State::Failed(_) => {
            None
        }
    };
    Survivor { job: job.key.clone(), attempt: job.attempt(), process }
}
