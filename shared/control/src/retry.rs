//! Retrying a run: what did not succeed runs again, in a new epoch; what succeeded is kept.

use machine::{Resolved, Verdict, run};

use crate::{Control, Error, Invocation, RunId, run_id::short_hash};

impl Control {
    /// Retries a run that failed, was cancelled, or was skipped because its concurrency group was full.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub(crate) async fn retry(
        &self,
        id: &RunId,
        source: &str,
        identity: &str,
        invocation: &Invocation,
    ) -> Result<(), Error> {
        let Some(run) = self.run_context(id).await? else {
            return self.reject(source, identity, format!("there is no run {id} to retry")).await;
        };
        let request = short_hash(&[identity]);
        if run.record.run.requests.contains(&request) {
            // The same request, delivered again: it finishes what is missing.
            return self.look(id, invocation).await;
        }
        let kept = run
            .record
            .run
            .resolved
            .verdicts()
            .filter(|(_, verdict): &(_, Verdict)| !verdict.tainted)
            .fold(Resolved::default(), |kept, (sink, verdict)| kept.with(sink, verdict));
        let epoch = run.record.run.epoch;
        let record = self.apply_to_run(&run, run::Event::Retried { kept, request }).await?;
        if record.run.epoch == epoch {
            let status = record.run.status.name();
            let reason =
                format!("run {id} is {status}: only a run that failed, was cancelled or was skipped can be retried");
            return self.reject(source, identity, reason).await;
        }
        // What the look finds missing is now the reset of every stage that did not succeed.
        self.look(id, invocation).await
    }
}
