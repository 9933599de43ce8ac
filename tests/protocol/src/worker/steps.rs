//! What a worker does: `shared/control/src/advance.rs` and `perform.rs`, cut where something is read or written.
//!
//! What happens in one step, happens at once: a read with the decision on it, a request with its answer.

use machine::{
    ClaimId, Decision, JobId, JobQueue, Rejected, Stage, policy,
    stage::{Context, Effect, Event, JobChange, SecondLook, State, SubmitAnswer},
};

use crate::{
    batch::{ATTEMPT, Job, Phase},
    model::Answer,
    rules::{Commits, Rules},
    time::{NOW, SILENT},
    worker::{Doing, Lease, Seen, Worker, claims},
    world::{NODE, Which, World},
};

/// A worker at work, taken out of its world for a step.
struct Step<'a> {
    rules: &'a Rules,
    world: &'a mut World,
    which: Which,
}

/// A worker that is idle takes an event: it reads the item, and decides.
pub(crate) fn start(world: &mut World, rules: &Rules, which: Which, event: Event) {
    let seen = Seen { stage: world.item.clone(), fresh: true };
    Step { rules, world, which }.apply(Lease::begin(), event, seen);
}

/// A worker takes its next step. What it asks for is answered as `answer` says.
pub(crate) fn go_on(world: &mut World, rules: &Rules, which: Which, answer: Answer) {
    let (worker, _) = world.both(which);
    let Worker::Busy { lease, doing } = std::mem::replace(worker, Worker::Idle) else { return };
    let mut step = Step { rules, world, which };
    match doing {
        Doing::Committing { next, .. } => step.commit(lease, next),
        Doing::Conflicting { event } => {
            let actual = Seen { stage: step.world.item.clone(), fresh: true };
            step.apply(lease, event, actual);
        }
        Doing::Undoing { twin, seen } => {
            step.world.batch.terminate(&twin);
            step.look(lease, seen);
        }
        Doing::Performing { seen, mut effects } => {
            let effect = effects.remove(0);
            step.perform(lease, seen, effect, effects, answer);
        }
    }
}

impl Step<'_> {
    fn becomes(&mut self, lease: Lease, doing: Doing) {
        let (worker, _) = self.world.both(self.which);
        *worker = Worker::Busy { lease, doing };
    }

    /// `Control::apply`: decides on what is known of the stage.
    fn apply(&mut self, lease: Lease, event: Event, seen: Seen) {
        let queue = queue();
        let context = Context { now: NOW, claim: &lease.claim, queue: &queue, priority: PRIORITY, node: NODE };
        match (self.rules.decide)(&seen.stage, &event, context) {
            Decision::Advance(next) => self.advance(lease, event, normal(next), seen.fresh),
            Decision::Ignore(_) => self.look(lease, seen),
            Decision::Reject(Rejected::Twin(twin)) => self.becomes(lease, Doing::Undoing { twin, seen }),
        }
    }

    fn advance(&mut self, lease: Lease, event: Event, next: Stage, fresh: bool) {
        let is_claim = matches!(&next.state, State::Claimed { claim, .. } if *claim == lease.claim);
        if is_claim && self.rules.commits == Commits::AfterSubmitJob {
            return self.look(lease, Seen { stage: next, fresh });
        }
        if fresh || self.rules.commits == Commits::Blindly {
            self.becomes(lease, Doing::Committing { event, next });
        } else {
            self.becomes(lease, Doing::Conflicting { event });
        }
    }

    /// The conditional write, of a worker whose revision is the item's.
    fn commit(&mut self, mut lease: Lease, mut next: Stage) {
        let (_, other) = self.world.both(self.which);
        if self.rules.commits != Commits::Blindly {
            other.outdate();
        }
        claims::rename(&mut next, &mut lease, other);
        self.world.item = next.clone();
        self.look(lease, Seen { stage: next, fresh: true });
    }

    /// What is outstanding for the stage as this worker knows it. A wake-up is sent for what it leaves to others: anyone may
    /// look, and give a turn, at any time here, so that is nothing.
    fn look(&mut self, lease: Lease, seen: Seen) {
        let mut effects = (self.rules.outstanding)(&seen.stage, NODE, NOW);
        effects.retain(|effect| self.does_something(&lease, &seen.stage, effect));
        if effects.first() == Some(&Effect::Look) {
            return self.apply(lease, Event::Looked, seen);
        }
        self.perform_next(lease, seen, effects);
    }

    fn does_something(&self, lease: &Lease, stage: &Stage, effect: &Effect) -> bool {
        match effect {
            Effect::LookAt(_) | Effect::Evaluate | Effect::Expand | Effect::Chunks | Effect::AwaitTurn => false,
            Effect::Submit { claim, .. } => lease.holds(claim),
            Effect::Resolve(_) => !self.world.run.ended,
            Effect::Terminate(job) => {
                self.world.batch.job(job).is_some_and(|job| job.phase == Phase::Alive && !job.terminated)
            }
            Effect::Describe { job, .. } => self.describe(stage, job.clone()).is_some(),
            Effect::Look | Effect::Settle { .. } | Effect::LookAgain(_) => true,
        }
    }

    fn perform_next(&mut self, lease: Lease, seen: Seen, effects: Vec<Effect>) {
        if !effects.is_empty() {
            self.becomes(lease, Doing::Performing { seen, effects });
        }
    }

    /// `Control::perform`. An effect that ends in an event ends the others: what is outstanding is asked anew.
    fn perform(&mut self, lease: Lease, seen: Seen, effect: Effect, others: Vec<Effect>, answer: Answer) {
        let event = match effect {
            Effect::Submit { claim, .. } => self.submit(&lease, &seen.stage, claim, answer),
            Effect::Settle { claim, .. } => Some(self.settle(claim, answer)),
            Effect::Describe { job, .. } => self.describe(&seen.stage, job),
            Effect::LookAgain(look) => Some(self.look_again(&seen.stage, &look)),
            Effect::Terminate(job) => {
                self.world.batch.terminate(&job);
                None
            }
            Effect::Resolve(_) => {
                self.world.run.ended = true;
                return;
            }
            Effect::Look
            | Effect::LookAt(_)
            | Effect::Evaluate
            | Effect::Expand
            | Effect::Chunks
            | Effect::AwaitTurn => None,
        };
        match event {
            Some(event) => self.apply(lease, event, seen),
            None => self.perform_next(lease, seen, others),
        }
    }

    /// Only while the lease lasts, by the worker's own clock.
    fn submit(&mut self, lease: &Lease, stage: &Stage, claim: ClaimId, answer: Answer) -> Option<Event> {
        if !lease.holds(&claim) {
            return None;
        }
        let batch = &mut self.world.batch;
        let answer = match answer {
            Answer::Plain | Answer::Blind => SubmitAnswer::Done(batch.submit()),
            Answer::Throttled => SubmitAnswer::Throttled,
            Answer::Lost => {
                batch.submit();
                self.rules.unanswered.clone()
            }
            Answer::Dropped => self.rules.unanswered.clone(),
            Answer::Late => {
                batch.late = Some(NOW.plus(policy::SETTLE_AFTER));
                self.rules.unanswered.clone()
            }
        };
        let attempt = stage.attempt;
        (answer != SubmitAnswer::Unknown).then_some(Event::SubmitAnswered { claim, attempt, answer })
    }

    /// `Control::settle`: the oldest job of the name; one that has ended already tells how.
    fn settle(&mut self, claim: ClaimId, answer: Answer) -> Event {
        let found = self.world.batch.list(answer == Answer::Blind).into_iter().next();
        match found.as_ref().map(|found| (found, found.change())) {
            Some((found, Some(change @ (JobChange::Succeeded { .. } | JobChange::Failed { .. })))) => {
                Event::JobChanged { attempt: ATTEMPT, job: found.id.clone(), change }
            }
            Some((_, Some(JobChange::Alive { .. }) | None)) | None => {
                Event::Settled { claim, found: found.map(|found| found.id) }
            }
        }
    }

    /// `Control::describe`: what moves nothing is not applied.
    fn describe(&self, stage: &Stage, job: JobId) -> Option<Event> {
        let event = match self.world.batch.describe(&job) {
            Some(change) => Event::JobChanged { attempt: ATTEMPT, job, change },
            None => Event::JobMissing { job },
        };
        let (queue, claim) = (queue(), ClaimId::new(""));
        let context = Context { now: NOW, claim: &claim, queue: &queue, priority: PRIORITY, node: NODE };
        let moves = matches!((self.rules.decide)(stage, &event, context), Decision::Advance(_));
        moves.then_some(event)
    }

    /// `Control::look_again`: every living job of the name that is not the recorded one is terminated.
    fn look_again(&mut self, stage: &Stage, look: &SecondLook) -> Event {
        let listed = self.world.batch.list(false);
        let is_twin = |job: &&Job| job.phase == Phase::Alive && Some(&job.id) != stage.job();
        let twins: Vec<JobId> = listed.iter().filter(is_twin).map(|job| job.id.clone()).collect();
        twins.iter().for_each(|twin| self.world.batch.terminate(twin));
        let again = (!twins.is_empty()).then(|| NOW.plus(policy::SILENCE));
        Event::LookedAgain { attempt: look.attempt, due: look.due, again }
    }
}

/// What no rule depends on is not told apart: since when a submission waits for its turn, or did. And a recorded job counts as silent
/// from the first moment, so that Batch may be asked about it at any time: sooner than it is, and as late.
fn normal(mut stage: Stage) -> Stage {
    match &mut stage.state {
        State::Ready { since, .. } => *since = SILENT,
        State::Claimed { throttled_since, .. } => *throttled_since = None,
        State::Submitted { at, .. } | State::Cancelling { at, .. } => *at = SILENT,
        State::Waiting | State::Backoff { .. } | State::Expanding | State::FannedOut { .. } | State::Ended(_) => {}
    }
    stage
}

/// The stage's priority: the lane goes by it, the protocol does not.
const PRIORITY: u16 = 0;

fn queue() -> JobQueue {
    JobQueue::new("queue")
}
