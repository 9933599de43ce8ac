//! Looking at a whole run: whatever events missed is found from the committed states alone.
//!
//! This is what the sweep does, and a request that arrives twice. It runs the same code as the events: it only finds out which
//! of them are missing.

use std::collections::HashMap;

use machine::{
    Epoch, JobId, Outcome, Resolved, Stage, Timestamp, Verdict, run,
    stage::{Effect, Event, State},
};
use pipeline::StageIndex;

use crate::{
    Control, Error, Invocation, RunId,
    drive::Telling,
    run_context::{RunContext, StageRef},
    table::{Versioned, run_item::next_watch, whole_run::WholeRun},
    wake::Wake,
};

/// A run as it was read, whole.
struct Whole<'a> {
    run: &'a RunContext,
    stages: HashMap<String, Versioned<Stage>>,
}

impl Whole<'_> {
    fn stage(&self, at: StageRef<'_>) -> Stage {
        let read = self.stages.get(at.stage.name.as_str());
        read.map_or_else(|| Stage::absent(self.run.record.run.epoch), |read| read.value.clone())
    }

    /// What a stage has to tell in this epoch: one that is to be reset has nothing to tell any more.
    fn verdict(&self, index: StageIndex) -> Option<Verdict> {
        let at = self.run.stage(index)?;
        let stage = &self.stages.get(at.stage.name.as_str())?.value;
        if is_to_be_reset(stage, self.run.record.run.epoch) { None } else { stage.verdict(at.node) }
    }
}

impl Control {
    /// Looks at a run: finishes what is missing, and puts off the next look, or ends the watch.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub async fn look(&self, id: &RunId, invocation: &Invocation) -> Result<(), Error> {
        let Some(WholeRun { run, stages }) = self.table.whole_run(id).await? else { return Ok(()) };
        let revision = run.revision;
        let context = self.with_definition(run.value).await?;
        let whole = Whole { run: &context, stages };
        let now = self.now();
        let mut events = Vec::new();
        for at in context.stages() {
            events.extend(missing(&whole, at, now).into_iter().map(|event| (at.index, event)));
        }
        let changes = self.describe_silent(&whole, now).await?;
        events.extend(changes);
        let idle = events.is_empty();
        self.drive_bounded(&context, events, invocation).await?;
        for &sink in context.definition.sinks() {
            if let Some(verdict) = whole.verdict(sink)
                && !context.record.run.resolved.contains(sink)
            {
                self.resolve_run(&context, sink, verdict).await?;
            }
        }
        let done = idle && context.record.run.has_ended() && whole.stages.values().all(|stage| is_over(&stage.value));
        self.put_off(&context, revision, (!done).then(|| next_watch(context.record.created_at, now))).await
    }

    /// Events beyond what one invocation may do are left to another look.
    async fn drive_bounded(
        &self,
        context: &RunContext,
        mut events: Vec<(StageIndex, Event)>,
        invocation: &Invocation,
    ) -> Result<(), Error> {
        let fits = events.iter().take_while(|_| invocation.take()).count();
        let more = events.len() > fits;
        events.truncate(fits);
        self.drive(context, events, Vec::new(), invocation).await?;
        if more {
            let wake = Wake { run_id: context.id().to_string(), stage: None, from: None };
            self.wake_at(&wake, None).await?;
        }
        Ok(())
    }

    /// The jobs that have been silent, asked about a hundred at a time. A job that Batch does not know is looked at alone, by
    /// the stage's own effect.
    async fn describe_silent(&self, whole: &Whole<'_>, now: Timestamp) -> Result<Vec<(StageIndex, Event)>, Error> {
        let mut silent: Vec<(StageIndex, machine::Attempt, JobId)> = Vec::new();
        for at in whole.run.stages() {
            let stage = whole.stage(at);
            for effect in machine::stage::outstanding(&stage, at.node, now) {
                if let Effect::Describe { job, .. } = effect {
                    silent.push((at.index, stage.attempt, job));
                }
            }
        }
        let jobs: Vec<JobId> = silent.iter().map(|(_, _, job)| job.clone()).collect();
        let known = self.jobs.describe(&jobs, now).await?;
        Ok(silent
            .into_iter()
            .filter_map(|(index, attempt, job)| match known.get(&job) {
                Some(machine::stage::JobChange::Alive) => None,
                Some(change) => Some((index, Event::JobChanged { attempt, job, change: change.clone() })),
                None => Some((index, Event::Looked)),
            })
            .collect())
    }

    async fn put_off(&self, run: &RunContext, revision: u64, watch_at: Option<Timestamp>) -> Result<(), Error> {
        // On a conflict somebody else is at work, and the run stays on watch as it is.
        self.table.set_watch(run.id(), revision, watch_at).await?;
        Ok(())
    }

    /// Woken: goes on with a cascade, or looks at a stage, or at a whole run.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub async fn woken(&self, wake: &Wake, invocation: &Invocation) -> Result<(), Error> {
        let Ok(id) = RunId::parse(&wake.run_id) else {
            tracing::warn!(ignored = "malformed-wake", "a wake-up for something that is not a run");
            return Ok(());
        };
        let Some(run) = self.run_context(&id).await? else { return Ok(()) };
        match (&wake.stage, wake.from) {
            (None, None) => self.look(&id, invocation).await,
            (None, Some(from)) => self.drive(&run, Vec::new(), vec![Telling::roots(from)], invocation).await,
            (Some(name), from) => {
                let Some(at) = run.definition.index_of(name).and_then(|index| run.stage(index)) else { return Ok(()) };
                match from {
                    None => self.drive(&run, vec![(at.index, Event::Looked)], Vec::new(), invocation).await,
                    Some(from) => {
                        let stage = self.table.stage(&id, &at.stage.name).await?;
                        let verdict = stage.and_then(|stage| stage.value.verdict(at.node));
                        let telling = verdict.map(|verdict| Telling::dependents(at.index, verdict, from));
                        self.drive(&run, Vec::new(), telling.into_iter().collect(), invocation).await
                    }
                }
            }
        }
    }
}

/// The events that a stage has not heard of, by the states around it.
fn missing(whole: &Whole<'_>, at: StageRef<'_>, now: Timestamp) -> Vec<Event> {
    let run = &whole.run.record.run;
    let stage = whole.stage(at);
    if is_to_be_reset(&stage, run.epoch) {
        return vec![Event::Reset { epoch: run.epoch, kept: kept(whole, at) }];
    }
    let mut events = Vec::new();
    if run.status == run::Status::Cancelling && !matches!(stage.state, State::Ended(_) | State::Cancelling { .. }) {
        events.push(Event::Cancelled { epoch: run.epoch });
    }
    if !stage.is_complete(at.node) && stage.epoch == run.epoch {
        events.extend(at.node.needs.iter().filter(|need| !stage.resolved.contains(**need)).filter_map(|&need| {
            let verdict = whole.verdict(need)?;
            Some(Event::NeedResolved { need, verdict, epoch: run.epoch })
        }));
    }
    let due = machine::stage::outstanding(&stage, at.node, now).into_iter().any(|effect| match effect {
        Effect::Look | Effect::Settle { .. } | Effect::LookAgain(_) | Effect::Terminate(_) => true,
        // Whoever holds the claim, or the wake-up that is on its way, sees to these; verdicts are found missing above.
        Effect::LookAt(_) | Effect::Submit { .. } | Effect::Describe { .. } | Effect::Resolve(_) => false,
    });
    if due {
        events.push(Event::Looked);
    }
    events
}

/// Whether a stage did not succeed in an epoch before this one, and has not heard of the retry.
fn is_to_be_reset(stage: &Stage, epoch: Epoch) -> bool {
    stage.epoch < epoch && matches!(&stage.state, State::Ended(ended) if ended.outcome != Outcome::Succeeded)
}

/// What a stage that is reset keeps of its needs: those that have succeeded and are not reset themselves.
fn kept(whole: &Whole<'_>, at: StageRef<'_>) -> Resolved {
    at.node.needs.iter().fold(Resolved::default(), |kept, &need| match whole.verdict(need) {
        Some(verdict) => kept.with(need, verdict),
        None => kept,
    })
}

/// Whether nothing of a stage is left to look at.
fn is_over(stage: &Stage) -> bool {
    stage.second_looks.is_empty() && matches!(stage.state, State::Ended(_))
}
