//! Looking at a whole run: whatever events missed is found from the committed states alone.
//!
//! This is what the sweep does, and a request that arrives twice. It runs the same code as the events: it only finds out which
//! of them are missing.

use std::collections::{BTreeSet, HashMap};

use machine::{
    JobId, Resolved, Stage, Timestamp, Verdict, policy, run,
    stage::{Effect, Event, FanOut, JobChange, State},
};
use pipeline::StageIndex;

use crate::{
    Control, Error, Invocation, RunId,
    cascade::Cascade,
    place::Place,
    run_context::{RunContext, StageRef},
    table::{Versioned, run_item::next_watch, whole_run::WholeRun},
    wake::Look,
};

/// A run as it was read, whole.
struct Whole<'a> {
    run: &'a RunContext,
    stages: HashMap<String, Versioned<Stage>>,
}

impl Whole<'_> {
    fn stage(&self, at: StageRef<'_>) -> Stage {
        let read = self.stages.get(&at.item().to_string());
        read.map_or_else(|| Stage::absent(self.run.record.run.epoch), |read| read.value.clone())
    }

    /// Every stage, and every chunk that has begun, or may.
    fn places(&self) -> BTreeSet<Place> {
        let definition = &self.run.definition;
        let mut places: BTreeSet<Place> = definition.stages().map(|(index, _)| Place::from(index)).collect();
        places.extend(self.stages.keys().filter_map(|name| Place::parse(definition, name)));
        for (index, _) in definition.stages() {
            let open = self.awaited(index).into_iter().flat_map(FanOut::open);
            places.extend(open.map(|chunk| Place { stage: index, chunk: Some(chunk) }));
        }
        places
    }

    /// The chunks that a stage awaits.
    fn awaited(&self, index: StageIndex) -> Option<&FanOut> {
        let stage = self.run.stage(index).and_then(|at| self.stages.get(at.stage.name.as_str()))?;
        let awaits =
            matches!(stage.value.state, State::FannedOut { .. }) && stage.value.epoch == self.run.record.run.epoch;
        stage.value.fan_out.as_ref().filter(|_| awaits)
    }

    fn verdict(&self, index: StageIndex) -> Option<Verdict> {
        let at = self.run.stage(index)?;
        self.stages.get(at.stage.name.as_str())?.value.verdict(at.node)
    }
}

impl Control {
    /// Looks at a run: finishes what is missing, and puts off the next look, or ends the watch.
    ///
    /// # Errors
    /// If it is to be tried again. What fails keeps nothing else from being done.
    pub async fn look(&self, id: &RunId, invocation: &Invocation) -> Result<(), Error> {
        let Some(WholeRun { run, stages }) = self.table.whole_run(id).await? else { return Ok(()) };
        let (revision, now) = (run.revision, self.now());
        let later = next_watch(run.value.created_at, now);
        let context = match self.with_definition(run.value).await {
            Ok(context) => context,
            Err(error) => {
                self.table.set_watch(id, revision, Some(later)).await?;
                return Err(error);
            }
        };
        let whole = Whole { run: &context, stages };
        let mut missed = Missed::default();
        for at in whole.places().into_iter().filter_map(|place| context.at(place)) {
            missed.of(&whole, at, &(self.rules.outstanding)(&whole.stage(at), at.node, now));
        }
        let idle = missed.is_empty();
        // A reset stage starts at once; what needs it may have been read before it was reset.
        let again = missed.resets;
        let woken = if missed.turns { self.wake_lane().await } else { Ok(()) };
        let driven = self.drive_bounded(&context, missed.in_order(), again, invocation).await;
        let described = self.look_at_jobs(&whole, now, invocation).await;
        let resolved = self.resolve_sinks(&whole).await;
        let placed = self.perform_for_group(&context, &context.record).await;
        let done = placed.is_ok()
            && idle
            && context.record.run.has_ended()
            && whole.stages.values().all(|stage| is_over(&stage.value));
        // On a conflict somebody else is at work, and the run stays on watch as it is.
        self.table.set_watch(id, revision, (!done).then_some(later)).await?;
        driven.and(described).and(resolved).and(woken).and(placed)
    }

    /// Events beyond what one invocation may do are left to another look.
    async fn drive_bounded(
        &self,
        context: &RunContext,
        mut events: Vec<(Place, Event)>,
        again: bool,
        invocation: &Invocation,
    ) -> Result<(), Error> {
        let fits = events.iter().take_while(|_| invocation.take()).count();
        let more = events.len() > fits;
        events.truncate(fits);
        let driven = self.drive(context, events, Cascade::default(), invocation).await;
        if more || again {
            self.wake_at(Look::run(context.id()), None).await?;
        }
        driven
    }

    /// Asks about the jobs that have been silent, a hundred at a time, and terminates anew those that should have ended.
    async fn look_at_jobs(&self, whole: &Whole<'_>, now: Timestamp, invocation: &Invocation) -> Result<(), Error> {
        let mut silent = Vec::new();
        let mut failed = None;
        for at in whole.places().into_iter().filter_map(|place| whole.run.at(place)) {
            let stage = whole.stage(at);
            let effects = (self.rules.outstanding)(&stage, at.node, now);
            let Some(job) = effects.iter().find_map(|effect| match effect {
                Effect::Describe { job, .. } => Some(job.clone()),
                Effect::Look
                | Effect::LookAt(_)
                | Effect::Evaluate
                | Effect::Expand
                | Effect::Chunks
                | Effect::AwaitTurn
                | Effect::Submit { .. }
                | Effect::Settle { .. }
                | Effect::Terminate(_)
                | Effect::LookAgain(_)
                | Effect::Resolve(_) => None,
            }) else {
                continue;
            };
            // A cancelled job that has been silent for so long may have missed its termination.
            if effects.contains(&Effect::Terminate(job.clone())) {
                let terminated = self.jobs.terminate(&job, "Batchwright: the run was cancelled").await;
                failed = failed.or(terminated.err());
            }
            silent.push((at.place(), stage, job));
        }
        let jobs: Vec<JobId> = silent.iter().map(|(_, _, job)| job.clone()).collect();
        let known = self.jobs.describe(&jobs, now).await?;
        let events = silent.into_iter().filter_map(|(place, stage, job)| news(&known, place, &stage, job, now));
        self.drive_bounded(whole.run, events.collect(), false, invocation).await?;
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    /// The run hears of the sinks that it has not heard of; and if it has heard of all, it ends.
    async fn resolve_sinks(&self, whole: &Whole<'_>) -> Result<(), Error> {
        let run = &whole.run.record.run;
        let sinks = whole.run.definition.sinks();
        for &sink in sinks.iter().filter(|sink| !run.resolved.contains(**sink)) {
            if let Some(verdict) = whole.verdict(sink) {
                self.resolve_run(whole.run, sink, verdict).await?;
            }
        }
        if !run.has_ended() && sinks.iter().all(|sink| run.resolved.contains(*sink)) {
            self.apply_to_run(whole.run, run::Event::Looked).await?;
        }
        Ok(())
    }
}

/// What a look finds missing.
#[derive(Debug, Default)]
struct Missed {
    /// Events that the stages have not heard of: each changes its stage, so every look makes progress.
    news: Vec<(Place, Event)>,
    /// Stages at which something is due. They come last: they may be the same ones again and again.
    looks: Vec<(Place, Event)>,
    /// Whether stages are to be reset.
    resets: bool,
    /// Whether stages wait for their turn in the paced lane.
    turns: bool,
}

impl Missed {
    /// What a stage has missed, by the states around it.
    fn of(&mut self, whole: &Whole<'_>, at: StageRef<'_>, outstanding: &[Effect]) {
        let run = &whole.run.record.run;
        let stage = whole.stage(at);
        // A chunk that its stage does not await has ended, and tells nobody.
        let over = at.chunk.is_some_and(|chunk| {
            whole.awaited(at.index).is_none_or(|awaited| !awaited.open().any(|open| open == chunk))
        });
        if run.status.holds_back() || over {
            // The jobs of an earlier epoch are still looked for.
            if outstanding.iter().any(|effect| matches!(effect, Effect::LookAgain(_))) {
                self.looks.push((at.place(), Event::Looked));
            }
            return;
        }
        let cancelling = run.status == run::Status::Cancelling;
        if stage.is_to_be_reset(at.node) {
            self.resets = true;
            self.news
                .push((at.place(), Event::Reset { epoch: run.epoch, kept: kept(whole, at), cancelled: cancelling }));
            return;
        }
        let cancelled = matches!(
            stage.state,
            State::Ended(_) | State::Cancelling { .. } | State::FannedOut { cancelled: true, .. }
        );
        let cancels = cancelling && !cancelled;
        if cancels {
            self.news.push((at.place(), Event::Cancelled { epoch: run.epoch }));
        }
        if let (Some(chunk), Some(end)) = (at.chunk, stage.chunk_end(at.node)) {
            self.news.push((Place::from(at.index), Event::ChunkEnded { chunk, end }));
        }
        if stage.epoch == run.epoch {
            for &need in at.node.needs.iter().filter(|need| !stage.resolved.contains(**need)) {
                if let Some(verdict) = whole.verdict(need) {
                    self.news.push((at.place(), Event::NeedResolved { need, verdict, epoch: run.epoch }));
                }
            }
        }
        if let (State::FannedOut { cancelled, .. }, Some(fan_out)) = (&stage.state, &stage.fan_out)
            && fan_out.is_behind(*cancelled)
        {
            self.looks.push((at.place(), Event::Looked));
        }
        self.turns |= outstanding.contains(&Effect::AwaitTurn);
        // A stage that is to be cancelled must not begin before it hears of it.
        if !cancels && outstanding.iter().any(is_due) {
            self.looks.push((at.place(), Event::Looked));
        }
    }

    fn is_empty(&self) -> bool {
        self.news.is_empty() && self.looks.is_empty()
    }

    fn in_order(self) -> Vec<(Place, Event)> {
        self.news.into_iter().chain(self.looks).collect()
    }
}

/// Whether an effect is one that a look must see to itself.
fn is_due(effect: &Effect) -> bool {
    match effect {
        Effect::Look | Effect::Evaluate | Effect::Expand | Effect::Settle { .. } | Effect::LookAgain(_) => true,
        // Whoever holds the claim may be gone: a wake-up is sent for the time when it can be settled.
        Effect::Submit { .. } => true,
        // The wake-up that is on its way, the lane, the jobs' own look, and the verdicts found missing see to these.
        Effect::LookAt(_)
        | Effect::AwaitTurn
        | Effect::Terminate(_)
        | Effect::Describe { .. }
        | Effect::Resolve(_)
        // Each chunk is looked at by itself.
        | Effect::Chunks => false,
    }
}

/// What Batch's answer says that the stage does not know. A job that Batch does not know is looked at alone, by the stage's
/// own effect, unless it was so lately that it cannot count as lost yet.
fn news(
    known: &HashMap<JobId, JobChange>,
    place: Place,
    stage: &Stage,
    job: JobId,
    now: Timestamp,
) -> Option<(Place, Event)> {
    let missing_since = stage.missing_since();
    let event = match known.get(&job) {
        Some(JobChange::Alive { blocked }) if stage.knows_alive(blocked.as_deref()) => return None,
        Some(change) => Event::JobChanged { attempt: stage.attempt, job, change: change.clone() },
        None if missing_since.is_some_and(|since| now.since(since) < policy::LOST_AFTER) => return None,
        None => Event::Looked,
    };
    Some((place, event))
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
