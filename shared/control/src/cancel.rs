//! Cancelling a run.

use machine::run;

use crate::{Control, Error, Invocation, RunId, run_id::short_hash};

impl Control {
    /// Cancels a run: the run first, then each of its stages by a conditional write, so that no claim slips past. The run ends
    /// when its last job has. A run that has ended stays as it is.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub(crate) async fn cancel(
        &self,
        id: &RunId,
        source: &str,
        identity: &str,
        invocation: &Invocation,
    ) -> Result<(), Error> {
        let Some(run) = self.run_context(id).await? else {
            return self.reject(source, identity, format!("there is no run {id} to cancel")).await;
        };
        let request = short_hash(&[identity]);
        let record = self.apply_to_run(&run, run::Event::Cancelled { request: request.clone() }).await?;
        if record.run.requests.contains(&request) && record.run.status != run::Status::Cancelling {
            // The same request, delivered again, after it did what it could.
            return Ok(());
        }
        if let run::Status::Ended { outcome, .. } = record.run.status
            && outcome != run::Outcome::Cancelled
        {
            return self.reject(source, identity, format!("run {id} has ended: {}", record.run.status.name())).await;
        }
        // What the look finds missing is now the cancel of every stage.
        self.look(id, invocation).await
    }
}
