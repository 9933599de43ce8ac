//! What `SubmitJob` answered, or what is found of it later.

use super::job::job_changed;
use super::{by_cancel, cancelling, claim, ended, submitted, to};
use crate::{
    Attempt, Cause, CauseKind, ClaimId, Decision, Ignored, JobId, Outcome, Rejected, policy,
    stage::{CancelTarget, Context, JobChange, Stage, State, SubmitAnswer},
};

pub(super) fn submit_answered(
    stage: &Stage,
    claim: &ClaimId,
    attempt: Attempt,
    answer: &SubmitAnswer,
    context: Context<'_>,
) -> Decision<Stage> {
    let now = context.now;
    match (&stage.state, answer) {
        (State::Claimed { claim: held, queue, throttled_since, .. }, answer) if held == claim => match answer {
            SubmitAnswer::Done(job) => Decision::Advance(to(stage, submitted(job, queue, now))),
            SubmitAnswer::Refused(cause) => {
                Decision::Advance(to(stage, ended(Outcome::Failed, Some(cause.clone()), None, now)))
            }
            SubmitAnswer::Throttled => {
                let since = throttled_since.unwrap_or(now);
                Decision::Advance(to(stage, State::Ready { since, priority: context.priority }))
            }
            SubmitAnswer::Unknown => Decision::Ignore(Ignored::NothingDue),
        },
        (State::Cancelling { target: CancelTarget::Unsettled { claim: held, .. }, queue, at }, answer)
            if held == claim =>
        {
            match answer {
                SubmitAnswer::Done(job) => Decision::Advance(to(stage, cancelling(job, queue, *at))),
                SubmitAnswer::Refused(_) | SubmitAnswer::Throttled => {
                    Decision::Advance(to(stage, ended(Outcome::Cancelled, Some(by_cancel()), None, now)))
                }
                SubmitAnswer::Unknown => Decision::Ignore(Ignored::NothingDue),
            }
        }
        // The fence failed: somebody else went on with the stage. As long as no job is recorded, the one in hand is the attempt's:
        // to terminate it would kill what an event or a settling may have adopted by then.
        (_, SubmitAnswer::Done(job)) if stage.is_unrecorded(attempt) => {
            job_changed(stage, attempt, job, &JobChange::Alive { blocked: None }, context)
        }
        (_, SubmitAnswer::Done(job)) if stage.job() == Some(job) => Decision::Ignore(Ignored::Duplicate),
        (_, SubmitAnswer::Done(job)) => Decision::Reject(Rejected::Twin(job.clone())),
        (_, SubmitAnswer::Refused(_) | SubmitAnswer::Throttled | SubmitAnswer::Unknown) => {
            Decision::Ignore(Ignored::OldClaim)
        }
    }
}

pub(super) fn settled(
    stage: &Stage,
    claim_id: &ClaimId,
    found: Option<&JobId>,
    context: Context<'_>,
) -> Decision<Stage> {
    match &stage.state {
        State::Claimed { claim: held, queue, opened_at, throttled_since, .. } if held == claim_id => match found {
            Some(job) => Decision::Advance(to(stage, submitted(job, queue, context.now))),
            None if context.now.since(*opened_at) >= policy::LISTING_KEPT => {
                let cause = Cause::new(
                    CauseKind::Lost,
                    "whether its job was submitted can no longer be told: AWS Batch may have forgotten it",
                );
                Decision::Advance(to(stage, ended(Outcome::Failed, Some(cause), None, context.now)))
            }
            None => {
                let mut next = to(stage, claim(context, *opened_at, *throttled_since));
                next.look_again(queue.clone(), context.now.plus(policy::SECOND_LOOK_AFTER));
                Decision::Advance(next)
            }
        },
        State::Cancelling { target: CancelTarget::Unsettled { claim: held, .. }, queue, at } if held == claim_id => {
            match found {
                Some(job) => Decision::Advance(to(stage, cancelling(job, queue, *at))),
                None => {
                    let mut next = to(stage, ended(Outcome::Cancelled, Some(by_cancel()), None, context.now));
                    next.look_again(queue.clone(), context.now.plus(policy::SECOND_LOOK_AFTER));
                    Decision::Advance(next)
                }
            }
        }
        State::Waiting
        | State::Ready { .. }
        | State::Claimed { .. }
        | State::Submitted { .. }
        | State::Backoff { .. }
        | State::Expanding
        | State::FannedOut { .. }
        | State::Cancelling { .. }
        | State::Ended(_) => Decision::Ignore(Ignored::OldClaim),
    }
}
