//! State changes of jobs.

use crate::{
    Control, Error, Invocation,
    cascade::Cascade,
    jobs::change::{Detail, NotOurs},
    place::Place,
};

impl Control {
    /// A job changed its state. Events of strangers, of array children and of unknown runs are ignored.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub async fn job_changed(&self, detail: &Detail, invocation: &Invocation) -> Result<(), Error> {
        let seen = match detail.seen(self.now()) {
            Ok(seen) => seen,
            Err(NotOurs::Stranger) => {
                tracing::info!(ignored = "stranger", "not one of our jobs");
                return Ok(());
            }
            Err(NotOurs::Child) => return Ok(()),
        };
        let Some(run) = self.run_context(&seen.name.run).await? else {
            tracing::warn!(run = %seen.name.run, ignored = "unknown-run", "a job of a run that does not exist");
            return Ok(());
        };
        let Some(stage) = run.definition.index_of(&seen.name.stage) else {
            tracing::warn!(run = %seen.name.run, ignored = "unknown-stage", "a job of a stage that does not exist");
            return Ok(());
        };
        let event =
            machine::stage::Event::JobChanged { attempt: seen.name.attempt, job: seen.job, change: seen.change };
        self.drive(&run, vec![(Place { stage, chunk: seen.name.chunk }, event)], Cascade::default(), invocation).await
    }
}
