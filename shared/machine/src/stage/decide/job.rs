//! What is seen of jobs: of the attempt's own, and of others.

use super::{cancelling, to};
use crate::{
    Attempt, Cause, CauseKind, Decision, Ignored, JobId, JobQueue, Outcome, Rejected, Timestamp, policy,
    stage::{CancelTarget, Context, Ended, JobChange, Stage, State, retry},
};

pub(super) fn job_changed(
    stage: &Stage,
    attempt: Attempt,
    job: &JobId,
    change: &JobChange,
    context: Context<'_>,
) -> Decision<Stage> {
    if attempt > stage.attempt {
        return Decision::Ignore(Ignored::OtherAttempt);
    }
    if attempt < stage.attempt {
        return stray(job, change, Ignored::OtherAttempt);
    }
    match &stage.state {
        State::Waiting | State::Expanding | State::FannedOut { .. } => stray(job, change, Ignored::OtherAttempt),
        // Certainly never submitted under this claim; what exists nevertheless came from an earlier one of this attempt.
        State::Ready { .. } => Decision::Advance(adopt(stage, job, context.queue, change, context)),
        State::Claimed { queue, .. } => Decision::Advance(adopt(stage, job, queue, change, context)),
        State::Submitted { job: recorded, queue, .. } if recorded == job => match change {
            JobChange::Alive { blocked } if stage.knows_alive(blocked.as_deref()) => {
                Decision::Ignore(Ignored::Duplicate)
            }
            JobChange::Alive { .. } | JobChange::Succeeded { .. } | JobChange::Failed { .. } => {
                Decision::Advance(adopt(stage, job, queue, change, context))
            }
        },
        State::Cancelling { target: CancelTarget::Unsettled { .. }, queue, at } => {
            Decision::Advance(adopt_cancelled(stage, job, queue, *at, change, context))
        }
        State::Cancelling { target: CancelTarget::Job { job: recorded, .. }, queue, at } if recorded == job => {
            match change {
                JobChange::Alive { blocked } if stage.knows_alive(blocked.as_deref()) => {
                    Decision::Ignore(Ignored::Duplicate)
                }
                JobChange::Alive { .. } | JobChange::Succeeded { .. } | JobChange::Failed { .. } => {
                    Decision::Advance(adopt_cancelled(stage, job, queue, *at, change, context))
                }
            }
        }
        State::Backoff { .. } | State::Ended(_) if stage.job() == Some(job) => Decision::Ignore(Ignored::Duplicate),
        State::Submitted { .. } | State::Backoff { .. } | State::Cancelling { .. } | State::Ended(_) => {
            stray(job, change, Ignored::OtherJob)
        }
    }
}

/// A job that is not the recorded one: alive, it is a twin; ended, it is nothing.
fn stray(job: &JobId, change: &JobChange, why: Ignored) -> Decision<Stage> {
    match change {
        JobChange::Alive { .. } => Decision::Reject(Rejected::Twin(job.clone())),
        JobChange::Succeeded { .. } | JobChange::Failed { .. } => Decision::Ignore(why),
    }
}

/// The job is the attempt's job: what was seen of it is what the stage becomes.
fn adopt(stage: &Stage, job: &JobId, queue: &JobQueue, change: &JobChange, context: Context<'_>) -> Stage {
    match change {
        JobChange::Alive { blocked } => {
            let (job, queue, at) = (job.clone(), queue.clone(), context.now);
            to(stage, State::Submitted { job, queue, at, missing_since: None, blocked: blocked.clone() })
        }
        JobChange::Succeeded { started_at, at } => to(
            stage,
            State::Ended(Ended {
                outcome: Outcome::Succeeded,
                cause: None,
                job: Some(job.clone()),
                started_at: *started_at,
                at: *at,
            }),
        ),
        JobChange::Failed { started_at, at, cause } => {
            let ended = Ended {
                outcome: Outcome::Failed,
                cause: Some(cause.clone()),
                job: Some(job.clone()),
                started_at: *started_at,
                at: *at,
            };
            failed(stage, ended, context)
        }
    }
}

/// The attempt failed. If there is to be another, this one becomes a past one.
fn failed(stage: &Stage, ended: Ended, context: Context<'_>) -> Stage {
    match ended.cause.as_ref().and_then(|cause| retry::backoff(stage, context.node.retry, cause)) {
        Some(backoff) => {
            let mut next = to(stage, State::Backoff { until: context.now.plus(backoff) });
            next.remember(stage.attempt, stage.epoch, &ended);
            next
        }
        None => to(stage, State::Ended(ended)),
    }
}

/// As [`adopt`], after a cancel: a job that succeeded all the same has succeeded; one that failed was cancelled.
fn adopt_cancelled(
    stage: &Stage,
    job: &JobId,
    queue: &JobQueue,
    since: Timestamp,
    change: &JobChange,
    context: Context<'_>,
) -> Stage {
    match change {
        JobChange::Alive { .. } => to(stage, cancelling(job, queue, since)),
        JobChange::Succeeded { .. } => adopt(stage, job, queue, change, context),
        JobChange::Failed { started_at, at, cause } => to(
            stage,
            State::Ended(Ended {
                outcome: Outcome::Cancelled,
                cause: Some(Cause::new(CauseKind::Cancelled, cause.text.clone()).with_children(cause.children)),
                job: Some(job.clone()),
                started_at: *started_at,
                at: *at,
            }),
        ),
    }
}

pub(super) fn job_missing(stage: &Stage, job: &JobId, context: Context<'_>) -> Decision<Stage> {
    let now = context.now;
    let (missing_since, outcome) = match &stage.state {
        State::Submitted { job: recorded, missing_since, .. } if recorded == job => (missing_since, Outcome::Failed),
        State::Cancelling { target: CancelTarget::Job { job: recorded, missing_since }, .. } if recorded == job => {
            (missing_since, Outcome::Cancelled)
        }
        State::Ended(_) => return Decision::Ignore(Ignored::Ended),
        State::Waiting
        | State::Ready { .. }
        | State::Claimed { .. }
        | State::Submitted { .. }
        | State::Backoff { .. }
        | State::Expanding
        | State::FannedOut { .. }
        | State::Cancelling { .. } => return Decision::Ignore(Ignored::OtherJob),
    };
    match missing_since {
        None => Decision::Advance(missing_from(stage, now)),
        Some(since) if now.since(*since) < policy::LOST_AFTER => Decision::Ignore(Ignored::NothingDue),
        Some(_) => {
            let cause = Some(Cause::new(CauseKind::Lost, format!("AWS Batch no longer knows the job {job}")));
            let ended = Ended { outcome, cause, job: Some(job.clone()), started_at: None, at: now };
            Decision::Advance(match outcome {
                Outcome::Failed => failed(stage, ended, context),
                Outcome::Succeeded | Outcome::Skipped | Outcome::Cancelled => to(stage, State::Ended(ended)),
            })
        }
    }
}

fn missing_from(stage: &Stage, now: Timestamp) -> Stage {
    let mut next = stage.clone();
    match &mut next.state {
        State::Submitted { missing_since, .. }
        | State::Cancelling { target: CancelTarget::Job { missing_since, .. }, .. } => *missing_since = Some(now),
        State::Waiting
        | State::Ready { .. }
        | State::Claimed { .. }
        | State::Backoff { .. }
        | State::Expanding
        | State::FannedOut { .. }
        | State::Cancelling { target: CancelTarget::Unsettled { .. }, .. }
        | State::Ended(_) => {}
    }
    next
}
