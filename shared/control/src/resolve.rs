//! Telling the run how its sinks ended, and deciding on the run.

use machine::{Decision, Resolved, Verdict, run};
use pipeline::StageIndex;

use crate::{
    Control, Error,
    advance::CONFLICTS,
    cascade::Telling,
    run_context::{RunContext, StageRef},
    table::{Put, Versioned, run_item::RunRecord},
};

impl Control {
    /// The stage has ended. Its dependents are told by the caller; a sink tells the run.
    pub(crate) async fn tell(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        telling: Telling,
    ) -> Result<Option<Telling>, Error> {
        if !at.node.dependents.is_empty() {
            return Ok(Some(telling));
        }
        if let Some((sink, verdict)) = telling.stage() {
            self.resolve_run(run, sink, verdict).await?;
        }
        Ok(None)
    }

    pub(crate) async fn resolve_run(&self, run: &RunContext, sink: StageIndex, verdict: Verdict) -> Result<(), Error> {
        let epoch = run.record.run.epoch;
        let event = run::Event::SinkResolved { sink, verdict, epoch };
        if run.definition.sinks().len() == 1 {
            self.apply_to_run(run, event).await?;
            return Ok(());
        }
        match self.table.add_sink(run.id(), Resolved::number(sink, verdict), epoch).await? {
            Put::Written(collected) => self.apply_to_read_run(run, run::Event::Looked, collected).await.map(drop),
            Put::Conflict(_) => Ok(()),
        }
    }

    /// Decides on the run and commits.
    pub(crate) async fn apply_to_run(&self, run: &RunContext, event: run::Event) -> Result<RunRecord, Error> {
        match self.table.run(run.id()).await? {
            Some(current) => self.apply_to_read_run(run, event, current).await,
            None => Ok(run.record.clone()),
        }
    }

    /// Decides on the run, commits, and performs what is then outstanding for its concurrency group.
    async fn apply_to_read_run(
        &self,
        run: &RunContext,
        event: run::Event,
        current: Versioned<RunRecord>,
    ) -> Result<RunRecord, Error> {
        let record = self.commit_run(run, event, current).await?;
        self.perform_for_group(run, &record).await?;
        Ok(record)
    }

    async fn commit_run(
        &self,
        run: &RunContext,
        event: run::Event,
        mut current: Versioned<RunRecord>,
    ) -> Result<RunRecord, Error> {
        for _ in 0..CONFLICTS {
            let next = match (self.rules.decide_run)(&current.value.run, &event, run.definition.sinks(), self.now()) {
                Decision::Advance(next) => next,
                Decision::Ignore(_) | Decision::Reject(_) => return Ok(current.value),
            };
            let record = RunRecord {
                run: next,
                watch_at: current.value.watch_at.or_else(|| Some(self.now())),
                ..current.value.clone()
            };
            match self.table.put_run(record, current.revision).await? {
                Put::Written(written) => {
                    let status = written.value.run.status.name();
                    if status != current.value.run.status.name() {
                        tracing::info!(run = %run.id(), pipeline = %written.value.pipeline, status, "run");
                    }
                    return Ok(written.value);
                }
                Put::Conflict(Some(actual)) => current = actual,
                Put::Conflict(None) => return Ok(current.value),
            }
        }
        Err(Error::Contended(format!("run {}", run.id())))
    }
}
