//! Advancing stages and runs: decide, commit, perform.

use std::{collections::VecDeque, future::Future, pin::Pin};

use futures_util::{StreamExt, stream::FuturesUnordered};
use machine::{
    Cause, CauseKind, ClaimId, Decision, Epoch, JobId, Rejected, Resolved, Stage, Verdict, policy, run,
    stage::{self, Context, Effect, Event, SecondLook, SubmitAnswer},
};
use pipeline::StageIndex;
use tokio::time::Instant;
use tracing::Instrument;

use crate::{
    Control, Error, Invocation,
    jobs::submit::Submission,
    run_context::{RunContext, StageRef, render},
    table::{Put, Versioned, run_item::RunRecord},
    wake::Wake,
};

/// How many stages are advanced at once.
const CONCURRENCY: usize = 16;
/// How often a decision is taken anew because its item had changed.
const CONFLICTS: usize = 20;

/// The fresh claim of one call of [`Control::advance`], and since when its lease runs.
///
/// The lease is measured by this process's monotonic clock, from before the claim was written.
struct Lease {
    claim: ClaimId,
    since: Instant,
}

impl Lease {
    fn holds(&self, claim: &ClaimId) -> bool {
        // What is sent in the lease's last moment must still time out within it.
        self.claim == *claim && self.since.elapsed() + crate::jobs::submit::TIMEOUT < policy::LEASE
    }
}

/// A machine whose dependents are to be told something: a stage that has ended, or the run, whose roots are to be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Telling {
    /// The stage and its verdict; `None` for the run's roots.
    stage: Option<(StageIndex, Verdict)>,
    /// The first dependent that has not been told.
    next: usize,
}

impl Telling {
    /// The run starts its roots, from the given one on.
    pub(crate) fn roots(from: usize) -> Self {
        Self { stage: None, next: from }
    }

    /// A stage tells its dependents, from the given one on.
    pub(crate) fn dependents(stage: StageIndex, verdict: Verdict, from: usize) -> Self {
        Self { stage: Some((stage, verdict)), next: from }
    }
}

impl Control {
    /// Advances a run by `events`, and by all that follows, as far as the invocation lasts. The rest goes to wake-ups.
    pub(crate) async fn drive(
        &self,
        run: &RunContext,
        events: Vec<(StageIndex, Event)>,
        tellings: Vec<Telling>,
        invocation: &Invocation,
    ) -> Result<(), Error> {
        let mut events = VecDeque::from(events);
        let mut tellings = VecDeque::from(tellings);
        let mut under_way = FuturesUnordered::new();
        let mut first_error = None;
        loop {
            while under_way.len() < CONCURRENCY {
                match events.pop_front().or_else(|| next_told(run, &mut tellings, invocation)) {
                    Some((index, event)) => under_way.push(self.advance(run, index, event)),
                    None => break,
                }
            }
            match under_way.next().await {
                Some(Ok(telling)) => tellings.extend(telling),
                // The others are finished all the same: what they claimed must not wait for its settling.
                Some(Err(error)) => first_error = first_error.or(Some(error)),
                None => break,
            }
        }
        self.hand_over(run, tellings).await?;
        first_error.map_or(Ok(()), Err)
    }

    async fn hand_over(&self, run: &RunContext, tellings: VecDeque<Telling>) -> Result<(), Error> {
        for telling in tellings {
            let stage = telling.stage.and_then(|(index, _)| run.stage(index));
            let wake = Wake {
                run_id: run.id().to_string(),
                stage: stage.map(|stage| stage.stage.name.to_string()),
                from: Some(telling.next),
            };
            self.wake_at(&wake, None).await?;
        }
        Ok(())
    }

    /// Applies one event to one stage, performs what is then outstanding, and says whom to tell.
    async fn advance(&self, run: &RunContext, index: StageIndex, event: Event) -> Result<Option<Telling>, Error> {
        let Some(at) = run.stage(index) else { return Ok(None) };
        let span = tracing::info_span!("stage", run = %run.id(), stage = %at.stage.name);
        // Without its type: what follows from an event is deep.
        let advanced: Pin<Box<dyn Future<Output = Result<Option<Telling>, Error>> + Send + '_>> =
            Box::pin(self.advance_in_span(run, at, event));
        advanced.instrument(span).await
    }

    async fn advance_in_span(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        event: Event,
    ) -> Result<Option<Telling>, Error> {
        let lease = Lease { claim: ClaimId::new(self.ids.hex()), since: Instant::now() };
        let mut stage = self.apply(run, at, event, &lease).await?;
        // A stage moves a few times at most before it waits for something outside: look, submit, record, tell.
        for _ in 0..CONFLICTS {
            let mut moved = None;
            for effect in stage::outstanding(&stage, at.node, self.now()) {
                match self.perform(run, at, &stage, effect, &lease).await? {
                    Performed::Event(event) => moved = Some(event),
                    Performed::Tell(telling) => return self.tell(run, at, telling).await,
                    Performed::Done => {}
                }
                if moved.is_some() {
                    break;
                }
            }
            match moved {
                Some(event) => stage = self.apply(run, at, event, &lease).await?,
                None => return Ok(None),
            }
        }
        Err(Error::Contended(format!("stage {} of run {}", at.stage.name, run.id())))
    }

    /// Decides and commits, anew as long as others write the same item.
    async fn apply(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        event: Event,
        lease: &Lease,
    ) -> Result<Stage, Error> {
        let (mut current, mut event) = match self.collect(run, at, event).await? {
            Collected::At(current, event) => (current, event),
            Collected::Unread(event) => (self.assume(run, at, &event).await?, event),
        };
        let queue = run.queue(self, at.stage);
        for _ in 0..CONFLICTS {
            let context = Context { now: self.now(), claim: &lease.claim, queue: &queue, node: at.node };
            let next = match stage::decide(&current.value, &event, context) {
                Decision::Advance(next) => next,
                Decision::Ignore(why) => {
                    tracing::debug!(why = why.name(), state = current.value.state.name(), "ignored");
                    return Ok(current.value);
                }
                Decision::Reject(Rejected::Twin(job)) => {
                    tracing::warn!(%job, "a twin is terminated");
                    self.jobs.terminate(&job, "Batchwright: another job is recorded for this attempt").await?;
                    return Ok(current.value);
                }
            };
            match self.table.put_stage(run.id(), &at.stage.name, next, current.revision).await? {
                Put::Written(written) => {
                    log_transition(&current.value, &written.value);
                    return Ok(written.value);
                }
                Put::Conflict(Some(actual)) => current = actual,
                Put::Conflict(None) => current = absent(run),
            }
            if let Collected::At(collected, next) = self.collect_again(run, at, event.clone(), &current).await? {
                (current, event) = (collected, next);
            }
        }
        Err(Error::Contended(format!("stage {} of run {}", at.stage.name, run.id())))
    }

    /// A verdict for a stage with several needs is collected by an upsert that reads nothing; what follows from it is then
    /// decided on what the upsert returned.
    async fn collect(&self, run: &RunContext, at: StageRef<'_>, event: Event) -> Result<Collected, Error> {
        let Event::NeedResolved { need, verdict, epoch } = event else { return Ok(Collected::Unread(event)) };
        if at.node.needs.len() == 1 {
            return Ok(Collected::Unread(event));
        }
        let number = Resolved::number(need, verdict);
        match self.table.add_resolved(run.id(), &at.stage.name, number, epoch).await? {
            Put::Written(stage) => Ok(Collected::At(stage, Event::Looked)),
            Put::Conflict(Some(stage)) => Ok(Collected::At(stage, event)),
            Put::Conflict(None) => Ok(Collected::At(absent(run), event)),
        }
    }

    /// After a conflict, only a verdict that the item has not got has to be collected again.
    async fn collect_again(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        event: Event,
        current: &Versioned<Stage>,
    ) -> Result<Collected, Error> {
        match &event {
            Event::NeedResolved { need, .. } if !current.value.resolved.contains(*need) => {
                self.collect(run, at, event).await
            }
            _ => Ok(Collected::Unread(event)),
        }
    }

    /// What the stage is taken to be before anything is known. The start of a root, and the only need of a stage, usually meet
    /// an item that does not exist: that is assumed, unread, and the write tells if it is wrong.
    async fn assume(&self, run: &RunContext, at: StageRef<'_>, event: &Event) -> Result<Versioned<Stage>, Error> {
        let usually_absent = match event {
            Event::NeedResolved { .. } => true,
            Event::Looked => at.node.needs.is_empty() && run.record.run.epoch == Epoch::FIRST,
            Event::SubmitAnswered { .. }
            | Event::Settled { .. }
            | Event::JobChanged { .. }
            | Event::JobMissing { .. }
            | Event::LookedAgain { .. }
            | Event::Cancelled { .. }
            | Event::Reset { .. } => false,
        };
        if usually_absent {
            return Ok(absent(run));
        }
        Ok(self.table.stage(run.id(), &at.stage.name).await?.unwrap_or_else(|| absent(run)))
    }

    async fn perform(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        stage: &Stage,
        effect: Effect,
        lease: &Lease,
    ) -> Result<Performed, Error> {
        match effect {
            Effect::Look => Ok(Performed::Event(Event::Looked)),
            Effect::LookAt(time) => {
                self.wake_at(&wake_stage(run, at), Some(time)).await?;
                Ok(Performed::Done)
            }
            Effect::Submit { claim, settle_at, .. } if !lease.holds(&claim) => {
                self.wake_at(&wake_stage(run, at), Some(settle_at)).await?;
                Ok(Performed::Done)
            }
            Effect::Submit { claim, queue, settle_at } => {
                let answer = self.submit(run, at, stage, &queue).await;
                if answer == SubmitAnswer::Unknown {
                    tracing::warn!("whether the job was submitted is unknown: the claim will be settled");
                    self.wake_at(&wake_stage(run, at), Some(settle_at)).await?;
                    return Ok(Performed::Done);
                }
                Ok(Performed::Event(Event::SubmitAnswered { claim, answer }))
            }
            Effect::Settle { claim, queue } => {
                let found = self.jobs.find(&queue, &run.job_name(at.stage, stage.attempt)).await?;
                let found = found.into_iter().next().map(|found| found.job);
                Ok(Performed::Event(Event::Settled { claim, found }))
            }
            Effect::Describe { job, queue } => self.describe(run, at, stage, &job, &queue).await,
            Effect::Terminate(job) => {
                self.jobs.terminate(&job, "Batchwright: the run was cancelled").await?;
                Ok(Performed::Done)
            }
            Effect::LookAgain(look) => self.look_again(run, at, stage, &look).await,
            Effect::Resolve(verdict) => Ok(Performed::Tell(Telling::dependents(at.index, verdict, 0))),
        }
    }

    async fn submit(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        stage: &Stage,
        queue: &machine::JobQueue,
    ) -> SubmitAnswer {
        let record = &run.record;
        let rendered = match render(record, at.stage, stage.attempt) {
            Ok(rendered) => rendered,
            Err(error) => return SubmitAnswer::Refused(Cause::new(CauseKind::Refused, error.to_string())),
        };
        let throttles = match &stage.state {
            stage::State::Claimed { throttles, .. } => *throttles,
            stage::State::Waiting
            | stage::State::Ready { .. }
            | stage::State::Submitted { .. }
            | stage::State::Cancelling { .. }
            | stage::State::Ended(_) => 0,
        };
        let submission = Submission {
            name: run.job_name(at.stage, stage.attempt),
            queue,
            definition: crate::jobs::define::name(at.stage, &self.config),
            stage: at.stage,
            rendered: &rendered,
            share: run.definition.share.as_ref().map_or("default", |share| share.as_str()),
            priority: at.stage.priority.map_or(record.priority, |priority| priority.get()),
            throttles,
        };
        self.jobs.submit(&submission, self.now()).await
    }

    async fn describe(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        stage: &Stage,
        job: &JobId,
        queue: &machine::JobQueue,
    ) -> Result<Performed, Error> {
        let known = self.jobs.describe(std::slice::from_ref(job), self.now()).await?;
        let job = job.clone();
        let event = match known.get(&job) {
            Some(change) => Event::JobChanged { attempt: stage.attempt, job, change: change.clone() },
            None => {
                let listed = self.jobs.find(queue, &run.job_name(at.stage, stage.attempt)).await?;
                if listed.iter().any(|found| found.job == job) {
                    return Ok(Performed::Done);
                }
                tracing::warn!(%job, "AWS Batch does not know the job");
                Event::JobMissing { job }
            }
        };
        // What moves nothing is not applied: the stage would only be described again.
        let context = Context { now: self.now(), claim: &ClaimId::new(""), queue, node: at.node };
        Ok(match stage::decide(stage, &event, context) {
            Decision::Advance(_) => Performed::Event(event),
            Decision::Ignore(_) | Decision::Reject(_) => Performed::Done,
        })
    }

    /// Looks at the name of an attempt for jobs that are not the recorded one, and terminates them.
    async fn look_again(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        stage: &Stage,
        look: &SecondLook,
    ) -> Result<Performed, Error> {
        let found = self.jobs.find(&look.queue, &run.job_name(at.stage, look.attempt)).await?;
        let recorded = if look.attempt == stage.attempt { stage.job() } else { None };
        let twins: Vec<&JobId> =
            found.iter().filter(|found| found.alive).map(|found| &found.job).filter(|job| Some(*job) != recorded).collect();
        for twin in &twins {
            tracing::warn!(job = %twin, "a twin is terminated");
            self.jobs.terminate(twin, "Batchwright: another job is recorded for this attempt").await?;
        }
        let again = (!twins.is_empty()).then(|| self.now().plus(policy::SILENCE));
        Ok(Performed::Event(Event::LookedAgain { attempt: look.attempt, again }))
    }

    /// The stage has ended. Its dependents are told by the caller; a sink tells the run.
    async fn tell(&self, run: &RunContext, at: StageRef<'_>, telling: Telling) -> Result<Option<Telling>, Error> {
        if !at.node.dependents.is_empty() {
            return Ok(Some(telling));
        }
        if let Some((sink, verdict)) = telling.stage {
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

    async fn apply_to_read_run(
        &self,
        run: &RunContext,
        event: run::Event,
        mut current: Versioned<RunRecord>,
    ) -> Result<RunRecord, Error> {
        for _ in 0..CONFLICTS {
            let next = match run::decide(&current.value.run, &event, run.definition.sinks(), self.now()) {
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

/// What came of collecting a verdict.
enum Collected {
    /// The stage as it now is, and what to decide on it.
    At(Versioned<Stage>, Event),
    /// Nothing was collected or read.
    Unread(Event),
}

/// What came of an effect.
enum Performed {
    /// Nothing more for now.
    Done,
    /// The stage has something to hear.
    Event(Event),
    /// Its dependents have.
    Tell(Telling),
}

/// The next dependent to tell, as far as the invocation lasts.
fn next_told(
    run: &RunContext,
    tellings: &mut VecDeque<Telling>,
    invocation: &Invocation,
) -> Option<(StageIndex, Event)> {
    loop {
        let telling = tellings.front_mut()?;
        let told = match telling.stage {
            Some((stage, _)) => run.definition.dependents(stage),
            None => run.definition.roots(),
        };
        let Some(&index) = told.get(telling.next) else {
            tellings.pop_front();
            continue;
        };
        if !invocation.take() {
            return None;
        }
        telling.next += 1;
        let epoch = run.record.run.epoch;
        return Some((index, match telling.stage {
            Some((need, verdict)) => Event::NeedResolved { need, verdict, epoch },
            None => Event::Looked,
        }));
    }
}

fn absent(run: &RunContext) -> Versioned<Stage> {
    Versioned { value: Stage::absent(run.record.run.epoch), revision: 0 }
}

fn wake_stage(run: &RunContext, at: StageRef<'_>) -> Wake {
    Wake { run_id: run.id().to_string(), stage: Some(at.stage.name.to_string()), from: None }
}

fn log_transition(before: &Stage, after: &Stage) {
    tracing::info!(
        attempt = after.attempt.0,
        from = before.state.name(),
        to = after.state.name(),
        job = after.job().map(JobId::as_str),
        "stage"
    );
}
