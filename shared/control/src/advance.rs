//! Advancing a stage: decide, commit, perform.

use std::{future::Future, pin::Pin};

use machine::{
    CauseKind, ClaimId, Decision, Epoch, JobId, Outcome, Rejected, Resolved, Stage,
    stage::{self, Event, SubmitAnswer},
};
use pipeline::StageIndex;
use tracing::Instrument;

use crate::{
    Control, Error,
    cascade::Telling,
    perform::{Lease, Performed},
    run_context::{RunContext, StageRef},
    table::{Put, Versioned},
};

/// How often a decision is taken anew because its item had changed.
pub(crate) const CONFLICTS: usize = 20;

/// What came of advancing a stage.
#[derive(Debug, Default)]
pub(crate) struct Advanced {
    /// Whom it is to tell.
    pub(crate) telling: Option<Telling>,
    /// What `SubmitJob` answered, if it was called and did.
    pub(crate) answer: Option<SubmitAnswer>,
}

impl Control {
    /// Applies one event to one stage, performs what is then outstanding, and says whom to tell.
    pub(crate) async fn advance(&self, run: &RunContext, index: StageIndex, event: Event) -> Result<Advanced, Error> {
        let Some(at) = run.stage(index) else { return Ok(Advanced::default()) };
        let span =
            tracing::info_span!("stage", run = %run.id(), stage = %at.stage.name, attempt = tracing::field::Empty);
        // Without its type: what follows from an event is deep.
        let advanced: Pin<Box<dyn Future<Output = Result<Advanced, Error>> + Send + '_>> =
            Box::pin(self.advance_in_span(run, at, event));
        advanced.instrument(span).await
    }

    async fn advance_in_span(&self, run: &RunContext, at: StageRef<'_>, event: Event) -> Result<Advanced, Error> {
        let lease = Lease::begin(ClaimId::new(self.ids.hex()));
        let mut stage = self.apply(run, at, event, &lease, None).await?;
        let (mut failed, mut answer) = (None, None);
        // A stage moves a few times at most before it waits for something outside: look, submit, record, tell.
        for _ in 0..CONFLICTS {
            let mut moved = None;
            for effect in (self.rules.outstanding)(&stage.value, at.node, self.now()) {
                match self.perform(run, at, &stage.value, effect, &lease).await {
                    Ok(Performed::Event(event)) => moved = Some(event),
                    Ok(Performed::Tell(telling)) => {
                        let telling = self.tell(run, at, telling).await?;
                        return failed.map_or(Ok(Advanced { telling, answer }), Err);
                    }
                    Ok(Performed::Done) => {}
                    // The other effects do not wait for one that fails: a second look must not hold up a verdict.
                    Err(error) => failed = failed.or(Some(error)),
                }
                if moved.is_some() {
                    break;
                }
            }
            let Some(event) = moved else {
                return failed.map_or(Ok(Advanced { telling: None, answer }), Err);
            };
            if let Event::SubmitAnswered { answer: got, .. } = &event {
                answer = Some(got.clone());
            }
            stage = self.apply(run, at, event, &lease, Some(stage)).await?;
        }
        Err(Error::Contended(format!("stage {} of run {}", at.stage.name, run.id())))
    }

    /// Decides and commits, anew as long as others write the same item. What is `known` of it is not read again: if it is no
    /// longer true, the write tells.
    async fn apply(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        event: Event,
        lease: &Lease,
        known: Option<Versioned<Stage>>,
    ) -> Result<Versioned<Stage>, Error> {
        let event = self.with_outputs_read(run, at, event).await?;
        let (mut current, mut event) = match self.collect(run, at, event).await? {
            Collected::At(current, event) => (current, event),
            Collected::Unread(event) => match known {
                Some(known) => (known, event),
                None => (self.assume(run, at, &event).await?, event),
            },
        };
        for _ in 0..CONFLICTS {
            let queue = run.queue(self, at.stage, &current.value);
            tracing::Span::current().record("attempt", current.value.attempt.0);
            let context = run.context(at, self.now(), &lease.claim, &queue);
            let next = match (self.rules.decide)(&current.value, &event, context) {
                Decision::Advance(next) => in_words(run, next),
                Decision::Ignore(why) => {
                    tracing::debug!(why = why.name(), state = current.value.state.name(), "ignored");
                    return Ok(current);
                }
                Decision::Reject(Rejected::Twin(job)) => {
                    tracing::warn!(%job, "a twin is terminated");
                    self.jobs.terminate(&job, "Batchwright: another job is recorded for this attempt").await?;
                    return Ok(current);
                }
            };
            match self.table.put_stage(run.id(), &at.stage.name, next, current.revision).await? {
                Put::Written(written) => {
                    log_transition(&current.value, &written.value);
                    return Ok(written);
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
            Event::NeedResolved { .. }
            | Event::Looked
            | Event::Evaluated { .. }
            | Event::TurnCame
            | Event::SubmitAnswered { .. }
            | Event::Settled { .. }
            | Event::JobChanged { .. }
            | Event::JobMissing { .. }
            | Event::LookedAgain { .. }
            | Event::Cancelled { .. }
            | Event::Reset { .. } => Ok(Collected::Unread(event)),
        }
    }

    /// What the stage is taken to be before anything is known. The start of a root, and the only need of a stage, usually meet
    /// an item that does not exist: that is assumed, unread, and the write tells if it is wrong.
    async fn assume(&self, run: &RunContext, at: StageRef<'_>, event: &Event) -> Result<Versioned<Stage>, Error> {
        let usually_absent = match event {
            Event::NeedResolved { .. } => true,
            Event::Looked => at.node.needs.is_empty() && run.record.run.epoch == Epoch::FIRST,
            Event::Evaluated { .. }
            | Event::TurnCame
            | Event::SubmitAnswered { .. }
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
}

/// What came of collecting a verdict.
enum Collected {
    /// The stage as it now is, and what to decide on it.
    At(Versioned<Stage>, Event),
    /// Nothing was collected or read.
    Unread(Event),
}

/// The machine knows stages by their position; people know them by their name.
fn in_words(run: &RunContext, mut stage: Stage) -> Stage {
    let first = stage.resolved.verdicts().find(|(_, verdict)| verdict.tainted);
    if let stage::State::Ended(stage::Ended { outcome: Outcome::Skipped, cause: Some(cause), .. }) = &mut stage.state
        && cause.kind == CauseKind::NeedNotMet
        && let Some((need, verdict)) = first
        && let Some(need) = run.stage(need)
    {
        cause.text = format!("{}, which it needs, is {}", need.stage.name, verdict.outcome.name());
    }
    stage
}

fn absent(run: &RunContext) -> Versioned<Stage> {
    Versioned { value: Stage::absent(run.record.run.epoch), revision: 0 }
}

fn log_transition(before: &Stage, after: &Stage) {
    tracing::Span::current().record("attempt", after.attempt.0);
    tracing::info!(from = before.state.name(), to = after.state.name(), job = after.job().map(JobId::as_str), "stage");
}
