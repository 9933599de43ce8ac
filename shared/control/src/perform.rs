//! Performing what a committed stage asks for.

use machine::{
    Cause, CauseKind, ClaimId, Decision, JobId, Resolved, Stage, policy,
    stage::{Effect, Event, SecondLook, State, SubmitAnswer},
};
use pipeline::{Before, When};
use tokio::time::Instant;

use crate::{
    Control, Error,
    cascade::Telling,
    chunks::ChunkItems,
    jobs::submit::{Share, Submission},
    place::Place,
    run_context::{self, RunContext, StageRef},
    wake::Look,
};

/// The fresh claim of one call of [`Control::advance`], and since when its lease runs.
///
/// The lease is measured by this process's monotonic clock, from before the claim was written.
pub(crate) struct Lease {
    pub(crate) claim: ClaimId,
    since: Instant,
}

impl Lease {
    pub(crate) fn begin(claim: ClaimId) -> Self {
        Self { claim, since: Instant::now() }
    }

    fn holds(&self, claim: &ClaimId) -> bool {
        // What is sent in the lease's last moment must still time out within it.
        self.claim == *claim && self.since.elapsed() + crate::jobs::submit::TIMEOUT < policy::LEASE
    }
}

/// What came of an effect.
pub(crate) enum Performed {
    /// Nothing more for now.
    Done,
    /// The stage has something to hear.
    Event(Event),
    /// Its dependents have.
    Tell(Telling),
    /// Its chunks have, or the stage that it is a chunk of.
    Follow(Vec<(Place, Event)>),
}

impl Control {
    pub(crate) async fn perform(
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
                self.wake_at(look_at(run, at), Some(time)).await?;
                Ok(Performed::Done)
            }
            Effect::Expand => match &at.stage.foreach {
                Some(foreach) => self.expand(run, at, foreach, stage).await,
                None => Ok(Performed::Done),
            },
            Effect::Chunks => Ok(Performed::Follow(chunks(run, at, stage))),
            Effect::Evaluate => self.evaluate(run, at, stage).await,
            Effect::AwaitTurn => {
                self.wake_lane().await?;
                Ok(Performed::Done)
            }
            Effect::Submit { claim, settle_at, .. } if !lease.holds(&claim) => {
                self.wake_at(look_at(run, at), Some(settle_at)).await?;
                Ok(Performed::Done)
            }
            Effect::Submit { claim, queue, settle_at } => {
                let answer = self.submit(run, at, stage, &queue).await;
                if answer == SubmitAnswer::Unknown {
                    tracing::warn!("whether the job was submitted is unknown: the claim will be settled");
                    self.wake_at(look_at(run, at), Some(settle_at)).await?;
                    return Ok(Performed::Done);
                }
                Ok(Performed::Event(Event::SubmitAnswered { claim, attempt: stage.attempt, answer }))
            }
            Effect::Settle { claim, queue } => self.settle(run, at, stage, claim, &queue).await,
            Effect::Describe { job, queue } => self.describe(run, at, stage, &job, &queue).await,
            Effect::Terminate(job) => {
                self.jobs.terminate(&job, "Batchwright: the run was cancelled").await?;
                Ok(Performed::Done)
            }
            Effect::LookAgain(look) => self.look_again(run, at, stage, &look).await,
            Effect::Resolve(_) if at.chunk.is_some() => {
                Ok(Performed::Follow(end_of_chunk(at, stage).into_iter().collect()))
            }
            Effect::Resolve(verdict) => Ok(Performed::Tell(Telling::dependents(at.index, verdict))),
        }
    }

    /// Evaluates the stage's condition.
    async fn evaluate(&self, run: &RunContext, at: StageRef<'_>, stage: &Stage) -> Result<Performed, Error> {
        let When::Condition(condition) = &at.stage.when else { return Ok(Performed::Done) };
        let context = run_context::context(&run.record, at.stage, stage.attempt.next(), None, None);
        let holds = self.before(run, at, stage).await?.and_then(|before| {
            let holds = at.stage.condition_holds(condition, &context, &before);
            holds.map_err(|error| Cause::new(CauseKind::Expression, error.to_string()))
        });
        Ok(Performed::Event(Event::Evaluated { epoch: stage.epoch, holds }))
    }

    async fn submit(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        stage: &Stage,
        queue: &machine::JobQueue,
    ) -> SubmitAnswer {
        let (before, items) = match self.given(run, at, stage).await {
            Ok(Ok(given)) => given,
            Ok(Err(cause)) => return SubmitAnswer::Refused(cause),
            Err(error) => {
                tracing::warn!(%error, "what the job is to be given cannot be read: it is submitted later");
                return SubmitAnswer::Throttled;
            }
        };
        let item = items.as_ref().and_then(|items| items.item.as_deref());
        let context = run_context::context(&run.record, at.stage, stage.attempt, item, Some(&before));
        let mut rendered = match at.stage.render(&context) {
            Ok(rendered) => rendered,
            Err(error) => return SubmitAnswer::Refused(Cause::new(CauseKind::Expression, error.to_string())),
        };
        // One item alone is no array, which has two children at least.
        rendered.array = items.as_ref().map_or(rendered.array, |items| Some(items.count).filter(|count| *count > 1));
        let submission = Submission {
            name: run.job_name(at, stage.attempt),
            queue,
            definition: crate::jobs::define::name(at.stage, &self.config.jobs),
            stage: at.stage,
            memory_mib: run_context::resources(at.stage, stage).1,
            rendered: &rendered,
            items_uri: items.as_ref().map(|items| items.uri.clone()),
            outputs_uri: self.outputs_uri(run, at.stage, stage.attempt),
            share: run_context::has_fair_share(at.stage, &self.config.jobs).then(|| Share {
                identifier: run.definition.share.as_ref().map_or("default", |share| share.as_str()),
                priority: run.priority(at.stage),
            }),
        };
        self.jobs.submit(&submission).await
    }

    /// What the stages before it gave, and the items of a chunk's attempt. The inner error is a reason why that can never be known.
    async fn given(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        stage: &Stage,
    ) -> Result<Result<(Before, Option<ChunkItems>), Cause>, Error> {
        let Some(chunk) = at.chunk else {
            return Ok(self.before(run, at, stage).await?.map(|before| (before, None)));
        };
        // A chunk needs nothing itself: what is before it is before the stage that it is of.
        let whole = self.table.stage(run.id(), &at.stage.name).await?.map(|read| read.value);
        let whole = whole.unwrap_or_else(|| Stage::absent(stage.epoch));
        let before = match self.before(run, at, &whole).await? {
            Ok(before) => before,
            Err(cause) => return Ok(Err(cause)),
        };
        Ok(self.chunk_items(run, at, chunk, stage, &whole).await?.map(|items| (before, Some(items))))
    }

    /// Asks Batch whether the attempt has a job, the oldest of its name. One that has ended already tells how: nobody else may.
    async fn settle(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        stage: &Stage,
        claim: ClaimId,
        queue: &machine::JobQueue,
    ) -> Result<Performed, Error> {
        let found = self.jobs.find(queue, &run.job_name(at, stage.attempt)).await?.into_iter().next();
        if let Some(ended) = found.as_ref().filter(|found| !found.alive)
            && let Some(change) =
                self.jobs.describe(std::slice::from_ref(&ended.job), self.now()).await?.remove(&ended.job)
        {
            let (attempt, job) = (stage.attempt, ended.job.clone());
            return Ok(Performed::Event(Event::JobChanged { attempt, job, change }));
        }
        Ok(Performed::Event(Event::Settled { claim, found: found.map(|found| found.job) }))
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
                let listed = self.jobs.find(queue, &run.job_name(at, stage.attempt)).await?;
                if listed.iter().any(|found| found.job == job) {
                    return Ok(Performed::Done);
                }
                tracing::warn!(%job, "AWS Batch does not know the job");
                Event::JobMissing { job }
            }
        };
        // What moves nothing is not applied: the stage would only be described again.
        let claim = ClaimId::new("");
        let context = run.context(at, self.now(), &claim, queue);
        Ok(match (self.rules.decide)(stage, &event, context) {
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
        let found = match self.jobs.find(&look.queue, &run.job_name(at, look.attempt)).await {
            // A queue that is gone has no jobs.
            Err(error) if error.refused => Vec::new(),
            found => found?,
        };
        let recorded = if look.attempt == stage.attempt { stage.job() } else { None };
        let twins: Vec<&JobId> = found
            .iter()
            .filter(|found| found.alive)
            .map(|found| &found.job)
            .filter(|job| Some(*job) != recorded)
            .collect();
        for twin in &twins {
            tracing::warn!(job = %twin, "a twin is terminated");
            self.jobs.terminate(twin, "Batchwright: another job is recorded for this attempt").await?;
        }
        let again = (!twins.is_empty()).then(|| self.now().plus(policy::SILENCE));
        Ok(Performed::Event(Event::LookedAgain { attempt: look.attempt, due: look.due, again }))
    }
}

/// A look at one stage.
pub(crate) fn look_at(run: &RunContext, at: StageRef<'_>) -> Look {
    Look { stage: Some(at.item().to_string()), ..Look::run(run.id()) }
}

/// The chunks that may have begun, and what they have to hear: what was read in an earlier epoch is done again. Those of a stage
/// that was cancelled are cancelled by a look at the whole run.
fn chunks(run: &RunContext, at: StageRef<'_>, stage: &Stage) -> Vec<(Place, Event)> {
    let (State::FannedOut { cancelled: false, .. }, Some(fan_out)) = (&stage.state, &stage.fan_out) else {
        return Vec::new();
    };
    let epoch = run.record.run.epoch;
    let event = if fan_out.generation == epoch {
        Event::Looked
    } else {
        Event::Reset { epoch, kept: Resolved::default(), cancelled: false }
    };
    fan_out.open().map(|chunk| (Place { stage: at.index, chunk: Some(chunk) }, event.clone())).collect()
}

/// What the stage hears that a chunk is of.
fn end_of_chunk(at: StageRef<'_>, stage: &Stage) -> Option<(Place, Event)> {
    let (chunk, end) = (at.chunk?, stage.chunk_end(at.node)?);
    Some((Place::from(at.index), Event::ChunkEnded { chunk, end }))
}
