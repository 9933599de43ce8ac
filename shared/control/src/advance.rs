//! Advancing a stage: decide, commit, perform.

use std::{future::Future, pin::Pin};

use machine::{
    CauseKind, ClaimId, Decision, Epoch, JobId, Outcome, Rejected, Resolved, Stage,
    stage::{self, ChunkId, Event, SubmitAnswer},
};
use tracing::Instrument;

use crate::{
    Control, Error,
    cascade::Telling,
    perform::{Lease, Performed},
    place::Place,
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
    /// What its chunks have to hear, or the stage that it is a chunk of.
    pub(crate) follow: Vec<(Place, Event)>,
    /// What `SubmitJob` answered, if it was called and did.
    pub(crate) answer: Option<SubmitAnswer>,
}

impl Control {
    /// Applies one event to one stage, performs what is then outstanding, and says whom to tell.
    pub(crate) async fn advance(&self, run: &RunContext, place: Place, event: Event) -> Result<Advanced, Error> {
        let Some(at) = run.at(place) else { return Ok(Advanced::default()) };
        let span = tracing::info_span!("stage", run = %run.id(), stage = %at.item(), attempt = tracing::field::Empty);
        // Without its type: what follows from an event is deep.
        let advanced: Pin<Box<dyn Future<Output = Result<Advanced, Error>> + Send + '_>> =
            Box::pin(self.advance_in_span(run, at, event));
        advanced.instrument(span).await
    }

    async fn advance_in_span(&self, run: &RunContext, at: StageRef<'_>, event: Event) -> Result<Advanced, Error> {
        let lease = Lease::begin(ClaimId::new(self.ids.hex()));
        let (mut stage, mut told) = self.apply(run, at, event, &lease, None).await?;
        let (mut failed, mut answer) = (None, None);
        // A stage moves a few times at most before it waits for something outside: look, submit, record, tell.
        for _ in 0..CONFLICTS {
            let mut moved = None;
            for effect in (self.rules.outstanding)(&stage.value, at.node, self.now()) {
                match self.perform(run, at, &stage.value, effect, &lease).await {
                    Ok(Performed::Event(event)) => moved = Some(event),
                    Ok(Performed::Tell(telling)) => {
                        let telling = self.tell(run, at, telling).await?;
                        return failed.map_or(Ok(Advanced { telling, answer, ..Advanced::default() }), Err);
                    }
                    Ok(Performed::Follow(mut follow)) => {
                        // A change that released some says so; whoever finds it as it was cannot know who has begun.
                        follow.retain(|(place, _)| place.chunk.is_none_or(|chunk| !told.contains(&chunk)));
                        return failed.map_or(Ok(Advanced { follow, answer, ..Advanced::default() }), Err);
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
                return failed.map_or(Ok(Advanced { answer, ..Advanced::default() }), Err);
            };
            if let Event::SubmitAnswered { answer: got, .. } = &event {
                answer = Some(got.clone());
            }
            (stage, told) = self.apply(run, at, event, &lease, Some(stage)).await?;
        }
        Err(Error::Contended(format!("stage {} of run {}", at.stage.name, run.id())))
    }

    /// Decides and commits, anew as long as others write the same item. What is `known` of it is not read again: if it is no
    /// longer true, the write tells. Besides, which of its chunks were at work before, if this changed it.
    async fn apply(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        event: Event,
        lease: &Lease,
        known: Option<Versioned<Stage>>,
    ) -> Result<(Versioned<Stage>, Vec<ChunkId>), Error> {
        let event = self.with_outputs_read(run, at, event).await?;
        let event = self.with_cause_of_children(at, event).await?;
        let mut told = Vec::new();
        let ends = ending(&event);
        let (mut current, mut event) = match self.collect(run, at, event).await? {
            (Some(current), event) => {
                told = at_work(&current.value, ends);
                (current, event)
            }
            (None, event) => match known {
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
                    return Ok((current, told));
                }
                Decision::Reject(Rejected::Twin(job)) => {
                    tracing::warn!(%job, "a twin is terminated");
                    self.jobs.terminate(&job, "Batchwright: another job is recorded for this attempt").await?;
                    return Ok((current, told));
                }
            };
            match self.table.put_stage(run.id(), at.item(), next, current.revision).await? {
                Put::Written(written) => {
                    log_transition(&current.value, &written.value);
                    return Ok((written, at_work(&current.value, ends)));
                }
                Put::Conflict(Some(actual)) => current = actual,
                Put::Conflict(None) => current = absent(run),
            }
            if let (Some(collected), next) = self.collect_again(run, at, event.clone(), &current).await? {
                (current, event) = (collected, next);
            }
        }
        Err(Error::Contended(format!("stage {} of run {}", at.stage.name, run.id())))
    }

    /// A verdict for a stage with several needs, or of a chunk, is collected by an upsert that reads nothing; what follows from it is then
    /// decided on what the upsert returned.
    async fn collect(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        event: Event,
    ) -> Result<(Option<Versioned<Stage>>, Event), Error> {
        let added = match &event {
            Event::NeedResolved { need, verdict, epoch } if at.node.needs.len() > 1 => {
                let number = Resolved::number(*need, *verdict);
                self.table.add_resolved(run.id(), at.item(), number, *epoch).await?
            }
            Event::ChunkEnded { chunk, end } => self.table.add_chunk(run.id(), at.item(), *chunk, *end).await?,
            Event::NeedResolved { .. }
            | Event::Looked
            | Event::Evaluated { .. }
            | Event::Expanded { .. }
            | Event::TurnCame
            | Event::SubmitAnswered { .. }
            | Event::Settled { .. }
            | Event::JobChanged { .. }
            | Event::JobMissing { .. }
            | Event::LookedAgain { .. }
            | Event::Cancelled { .. }
            | Event::Reset { .. } => return Ok((None, event)),
        };
        match added {
            Put::Written(stage) => Ok((Some(stage), Event::Looked)),
            Put::Conflict(Some(stage)) => Ok((Some(stage), event)),
            Put::Conflict(None) => Ok((Some(absent(run)), event)),
        }
    }

    /// After a conflict, only a verdict that the item has not got has to be collected again.
    async fn collect_again(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        event: Event,
        current: &Versioned<Stage>,
    ) -> Result<(Option<Versioned<Stage>>, Event), Error> {
        if lacks(&current.value, &event) { self.collect(run, at, event).await } else { Ok((None, event)) }
    }

    /// What the stage is taken to be before anything is known. The start of a root, and the only need of a stage, usually meet
    /// an item that does not exist: that is assumed, unread, and the write tells if it is wrong.
    async fn assume(&self, run: &RunContext, at: StageRef<'_>, event: &Event) -> Result<Versioned<Stage>, Error> {
        let usually_absent = match event {
            Event::NeedResolved { .. } => true,
            Event::Looked => at.node.needs.is_empty() && run.record.run.epoch == Epoch::FIRST,
            Event::Evaluated { .. }
            | Event::Expanded { .. }
            | Event::ChunkEnded { .. }
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
        Ok(self.table.stage(run.id(), at.item()).await?.unwrap_or_else(|| absent(run)))
    }
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

/// Its chunks that had begun before that one ended.
fn at_work(stage: &Stage, ends: Option<ChunkId>) -> Vec<ChunkId> {
    match (&stage.state, &stage.fan_out) {
        (stage::State::FannedOut { .. }, Some(fan_out)) => {
            let mut before = fan_out.clone();
            ends.filter(|chunk| chunk.generation == before.generation).map(|chunk| before.ended.remove(&chunk.number));
            before.open().collect()
        }
        _ => Vec::new(),
    }
}

/// The chunk that an event tells the end of.
fn ending(event: &Event) -> Option<ChunkId> {
    if let Event::ChunkEnded { chunk, .. } = event { Some(*chunk) } else { None }
}

/// Whether an event brings something to collect that the stage has not got.
fn lacks(stage: &Stage, event: &Event) -> bool {
    if let Event::NeedResolved { need, .. } = event {
        return !stage.resolved.contains(*need);
    }
    ending(event).is_some_and(|chunk| awaits(stage, chunk))
}

/// Whether it has yet to hear of that chunk's end.
fn awaits(stage: &Stage, chunk: ChunkId) -> bool {
    matches!(stage.state, stage::State::FannedOut { .. })
        && stage
            .fan_out
            .as_ref()
            .is_some_and(|fan_out| fan_out.generation == chunk.generation && !fan_out.ended.contains_key(&chunk.number))
}

fn absent(run: &RunContext) -> Versioned<Stage> {
    Versioned { value: Stage::absent(run.record.run.epoch), revision: 0 }
}

fn log_transition(before: &Stage, after: &Stage) {
    tracing::Span::current().record("attempt", after.attempt.0);
    tracing::info!(from = before.state.name(), to = after.state.name(), job = after.job().map(JobId::as_str), "stage");
}
