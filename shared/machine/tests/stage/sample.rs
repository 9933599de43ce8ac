//! A stage in each of its states, in the midst of its life: its third attempt, in the second epoch.

use std::time::Duration;

use machine::{
    Attempt, Cause, CauseKind, ClaimId, Decision, Epoch, Ignored, JobId, JobQueue, Outcome, Rejected, Resolved, Stage,
    Timestamp,
    stage::{self, CancelTarget, Context, Effect, Ended, Event, JobChange, Node, PastAttempt, SecondLook, State},
};
use pipeline::StageIndex;

pub(crate) const NOW: Timestamp = Timestamp::from_ms(1_000_000_000_000);
/// When the state came about.
pub(crate) const AT: Timestamp = Timestamp::from_ms(999_999_999_000);
/// When the attempt was first claimed.
pub(crate) const OPENED: Timestamp = Timestamp::from_ms(999_999_998_000);
/// Since when it waited for its turn.
pub(crate) const SINCE: Timestamp = Timestamp::from_ms(999_999_997_000);
/// When its job began to run.
pub(crate) const STARTED: Timestamp = Timestamp::from_ms(999_999_998_500);
pub(crate) const EPOCH: Epoch = Epoch(2);
pub(crate) const ATTEMPT: Attempt = Attempt(3);
pub(crate) const PRIORITY: u16 = 7;
/// The least span.
pub(crate) const MS: Duration = Duration::from_millis(1);

pub(crate) fn ago(span: Duration) -> Timestamp {
    Timestamp::from_ms(NOW.as_ms() - Timestamp::from_ms(0).plus(span).as_ms())
}

pub(crate) fn node(needs: &[StageIndex]) -> Node<'_> {
    Node::new(EPOCH, needs, &[])
}

/// What becomes of it, if it needs nothing.
pub(crate) fn decide(stage: &Stage, event: &Event) -> Decision<Stage> {
    decide_needing(&[], stage, event)
}

pub(crate) fn decide_needing(needs: &[StageIndex], stage: &Stage, event: &Event) -> Decision<Stage> {
    decide_at(node(needs), stage, event)
}

pub(crate) fn decide_at(node: Node<'_>, stage: &Stage, event: &Event) -> Decision<Stage> {
    let (claim, queue) = (fresh(), queue());
    stage::decide(stage, event, Context { now: NOW, claim: &claim, queue: &queue, priority: PRIORITY, node })
}

/// What is then to be done, if it needs nothing.
pub(crate) fn outstanding(stage: &Stage) -> Vec<Effect> {
    stage::outstanding(stage, node(&[]), NOW)
}

pub(crate) fn advance(stage: &Stage, state: State) -> Decision<Stage> {
    Decision::Advance(Stage { state, ..stage.clone() })
}

pub(crate) fn ignore(why: Ignored) -> Decision<Stage> {
    Decision::Ignore(why)
}

pub(crate) fn twin(job: JobId) -> Decision<Stage> {
    Decision::Reject(Rejected::Twin(job))
}

/// The claim that a decision makes.
pub(crate) fn fresh() -> ClaimId {
    ClaimId::new("fresh")
}

/// The claim that is held.
pub(crate) fn held() -> ClaimId {
    ClaimId::new("held")
}

/// A claim that was fenced off.
pub(crate) fn old() -> ClaimId {
    ClaimId::new("old")
}

/// The queue that its jobs go to.
pub(crate) fn queue() -> JobQueue {
    JobQueue::new("queue")
}

/// The queue that its job went to: that of an earlier version, say.
pub(crate) fn its_queue() -> JobQueue {
    JobQueue::new("its-queue")
}

/// Its job, if it has one.
pub(crate) fn job() -> JobId {
    JobId::new("job")
}

pub(crate) fn other() -> JobId {
    JobId::new("other")
}

pub(crate) fn cause() -> Cause {
    Cause::new(CauseKind::Exit, "exit code 1")
}

pub(crate) fn by_cancel() -> Cause {
    Cause::new(CauseKind::Cancelled, "the run was cancelled before the job was submitted")
}

pub(crate) fn alive() -> JobChange {
    JobChange::Alive { blocked: None }
}

pub(crate) fn succeeded() -> JobChange {
    JobChange::Succeeded { started_at: Some(STARTED), at: AT }
}

pub(crate) fn failed() -> JobChange {
    JobChange::Failed { started_at: Some(STARTED), at: AT, cause: cause() }
}

pub(crate) fn stage(state: State) -> Stage {
    Stage {
        epoch: EPOCH,
        attempt: ATTEMPT,
        resolved: Resolved::default(),
        second_looks: Vec::new(),
        past: Vec::new(),
        fan_out: None,
        state,
    }
}

pub(crate) fn waiting() -> Stage {
    stage(State::Waiting)
}

pub(crate) fn ready() -> Stage {
    stage(State::Ready { since: SINCE, priority: PRIORITY })
}

pub(crate) fn claimed() -> Stage {
    claimed_at(AT)
}

pub(crate) fn claimed_at(at: Timestamp) -> Stage {
    stage(State::Claimed { claim: held(), queue: its_queue(), at, opened_at: OPENED, throttled_since: Some(SINCE) })
}

pub(crate) fn submitted() -> Stage {
    stage(submitted_to(its_queue(), AT))
}

/// The state of one whose job is recorded.
pub(crate) fn submitted_to(queue: JobQueue, at: Timestamp) -> State {
    State::Submitted { job: job(), queue, at, missing_since: None, blocked: None }
}

/// Its third attempt failed, and the fourth is to come.
pub(crate) fn backoff_until(until: Timestamp) -> Stage {
    Stage { past: vec![past(ATTEMPT, cause())], ..stage(State::Backoff { until }) }
}

/// An attempt of this epoch that failed with its job.
pub(crate) fn past(attempt: Attempt, cause: Cause) -> PastAttempt {
    PastAttempt { attempt, epoch: EPOCH, cause, job: Some(job()), started_at: Some(STARTED), at: AT }
}

/// Cancelled while it was claimed.
pub(crate) fn unsettled() -> Stage {
    unsettled_until(NOW)
}

pub(crate) fn unsettled_until(settle_at: Timestamp) -> Stage {
    let target = CancelTarget::Unsettled { claim: held(), settle_at };
    stage(State::Cancelling { target, queue: its_queue(), at: AT })
}

/// Cancelled while its job was recorded.
pub(crate) fn terminating() -> Stage {
    stage(terminating_since(AT, None))
}

pub(crate) fn terminating_since(at: Timestamp, missing_since: Option<Timestamp>) -> State {
    State::Cancelling { target: CancelTarget::Job { job: job(), missing_since }, queue: its_queue(), at }
}

/// Ended without a job, now.
pub(crate) fn ended(outcome: Outcome, cause: Cause) -> State {
    State::Ended(Ended { outcome, cause: Some(cause), job: None, started_at: None, at: NOW })
}

/// Ended as its job did.
pub(crate) fn ended_with(outcome: Outcome, cause: Option<Cause>) -> State {
    State::Ended(Ended { outcome, cause, job: Some(job()), started_at: Some(STARTED), at: AT })
}

/// Ended with its job.
pub(crate) fn done(outcome: Outcome) -> Stage {
    stage(ended_with(outcome, (outcome != Outcome::Succeeded).then(cause)))
}

pub(crate) fn look(attempt: Attempt, due: Timestamp) -> SecondLook {
    SecondLook { attempt, queue: its_queue(), due }
}
