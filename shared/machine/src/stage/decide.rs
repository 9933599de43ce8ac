//! The transitions of a stage.
//!
//! | state ↓ event → | need resolved | looked, evaluated | turn came | submit answered | settled | job changed | job missing | cancelled |
//! |---|---|---|---|---|---|---|---|---|
//! | `Waiting` | collects; complete: `Claimed`, or `Ended` (skipped), or asks for its condition | the same | nothing | old claim | old claim | other attempt | other job | `Ended` |
//! | `Ready` | duplicate | nothing | `Claimed` | old claim | old claim | adopts it | other job | `Ended` |
//! | `Claimed` | duplicate | nothing | duplicate | `Submitted`, `Ready`, `Ended` (failed) | `Submitted`, or `Claimed` anew | adopts it | other job | `Cancelling` |
//! | `Submitted` | duplicate | nothing | duplicate | another job: twin | old claim | `Ended`, or `Backoff`, or notes what blocks it | twice: lost, as a failure | `Cancelling` |
//! | `Backoff` | duplicate | in time: `Claimed`, for the next attempt | nothing | another job: twin | old claim | another job: twin | other job | `Ended` |
//! | `Cancelling` | duplicate | nothing | duplicate | target known, or `Ended` | the same | `Ended` | twice: `Ended` | duplicate |
//! | `Ended` | collects, if cancelled early | nothing | ended | another job: twin | old claim | another job: twin | ended | ended |
//!
//! Whatever the state: a living job that is not the attempt's is a twin; [`Event::LookedAgain`] strikes the second look off;
//! [`Event::Reset`] takes a stage that ended without success back to `Waiting`, in a new epoch.

use pipeline::StageIndex;

use crate::{
    Attempt, Cause, CauseKind, ClaimId, Decision, Epoch, Ignored, JobId, JobQueue, Outcome, Rejected, Resolved,
    Timestamp, Verdict, policy,
    stage::{
        CancelTarget, Context, Ended, Event, JobChange, PastAttempt, SecondLook, Stage, State, SubmitAnswer, retry,
        start::Start,
    },
};

/// What becomes of `stage` when `event` happens.
pub fn decide(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
    match event {
        Event::NeedResolved { need, verdict, epoch } => need_resolved(stage, *need, *verdict, *epoch, context),
        Event::Looked => looked(stage, context),
        Event::Evaluated { epoch, holds } => evaluated(stage, *epoch, holds, context),
        Event::TurnCame => turn_came(stage, context),
        Event::SubmitAnswered { claim, attempt, answer } => submit_answered(stage, claim, *attempt, answer, context),
        Event::Settled { claim, found } => settled(stage, claim, found.as_ref(), context),
        Event::JobChanged { attempt, job, change } => job_changed(stage, *attempt, job, change, context),
        Event::JobMissing { job } => job_missing(stage, job, context),
        Event::LookedAgain { attempt, due, again } => looked_again(stage, *attempt, *due, *again),
        Event::Cancelled { epoch } => cancelled(stage, *epoch, context.now),
        Event::Reset { epoch, kept, cancelled } => reset(stage, *epoch, kept, *cancelled, context),
    }
}

fn need_resolved(
    stage: &Stage,
    need: StageIndex,
    verdict: Verdict,
    epoch: Epoch,
    context: Context<'_>,
) -> Decision<Stage> {
    if epoch != stage.epoch {
        return Decision::Ignore(Ignored::OtherEpoch);
    }
    let collecting = match &stage.state {
        State::Waiting => true,
        State::Ended(ended) => ended.outcome == Outcome::Cancelled,
        State::Ready { .. }
        | State::Claimed { .. }
        | State::Submitted { .. }
        | State::Backoff { .. }
        | State::Cancelling { .. } => false,
    };
    if !collecting || stage.resolved.contains(need) {
        return Decision::Ignore(Ignored::Duplicate);
    }
    let next = Stage { resolved: stage.resolved.clone().with(need, verdict), ..stage.clone() };
    Decision::Advance(start_if_complete(next, context))
}

fn looked(stage: &Stage, context: Context<'_>) -> Decision<Stage> {
    match &stage.state {
        State::Waiting if stage.is_complete(context.node) => {
            let next = start_if_complete(stage.clone(), context);
            if next == *stage { Decision::Ignore(Ignored::NothingDue) } else { Decision::Advance(next) }
        }
        State::Backoff { until } if *until <= context.now => Decision::Advance(next_attempt(stage.clone(), context)),
        State::Waiting
        | State::Ready { .. }
        | State::Claimed { .. }
        | State::Submitted { .. }
        | State::Backoff { .. }
        | State::Cancelling { .. } => Decision::Ignore(Ignored::NothingDue),
        State::Ended(_) => Decision::Ignore(Ignored::Ended),
    }
}

fn evaluated(stage: &Stage, epoch: Epoch, holds: &Result<bool, Cause>, context: Context<'_>) -> Decision<Stage> {
    if epoch != stage.epoch {
        return Decision::Ignore(Ignored::OtherEpoch);
    }
    match &stage.state {
        State::Waiting if stage.is_complete(context.node) && Start::of(stage, context.node) == Start::Asks => {
            Decision::Advance(start(stage.clone(), Start::evaluated(holds), context))
        }
        State::Waiting => Decision::Ignore(Ignored::NothingDue),
        State::Ready { .. }
        | State::Claimed { .. }
        | State::Submitted { .. }
        | State::Backoff { .. }
        | State::Cancelling { .. } => Decision::Ignore(Ignored::Duplicate),
        State::Ended(_) => Decision::Ignore(Ignored::Ended),
    }
}

fn turn_came(stage: &Stage, context: Context<'_>) -> Decision<Stage> {
    match &stage.state {
        State::Ready { since, .. } => {
            let mut next = to(stage, claim(context, context.now, Some(*since)));
            // A job of this claim may show as late as one of the first.
            next.put_off_second_look(context.now.plus(policy::SECOND_LOOK_AFTER));
            Decision::Advance(next)
        }
        State::Waiting | State::Backoff { .. } => Decision::Ignore(Ignored::NothingDue),
        State::Claimed { .. } | State::Submitted { .. } | State::Cancelling { .. } => {
            Decision::Ignore(Ignored::Duplicate)
        }
        State::Ended(_) => Decision::Ignore(Ignored::Ended),
    }
}

fn start_if_complete(stage: Stage, context: Context<'_>) -> Stage {
    if stage.state != State::Waiting || !stage.is_complete(context.node) {
        return stage;
    }
    let how = Start::of(&stage, context.node);
    start(stage, how, context)
}

fn start(stage: Stage, how: Start, context: Context<'_>) -> Stage {
    match how {
        Start::Asks => stage,
        Start::Runs => next_attempt(stage, context),
        Start::Ends(outcome, cause) => to(&stage, ended(outcome, Some(cause), None, context.now)),
    }
}

fn next_attempt(stage: Stage, context: Context<'_>) -> Stage {
    Stage { attempt: stage.attempt.next(), state: claim(context, context.now, None), ..stage }
}

fn submit_answered(
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

fn settled(stage: &Stage, claim_id: &ClaimId, found: Option<&JobId>, context: Context<'_>) -> Decision<Stage> {
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
        | State::Cancelling { .. }
        | State::Ended(_) => Decision::Ignore(Ignored::OldClaim),
    }
}

fn job_changed(
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
        State::Waiting => stray(job, change, Ignored::OtherAttempt),
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
    let backoff = ended.cause.as_ref().and_then(|cause| retry::backoff(stage, context.node.retry, cause));
    match (backoff, ended) {
        (Some(backoff), Ended { cause: Some(cause), job, started_at, at, .. }) => {
            let mut next = to(stage, State::Backoff { until: context.now.plus(backoff) });
            next.remember(PastAttempt { attempt: stage.attempt, epoch: stage.epoch, cause, job, started_at, at });
            next
        }
        (_, ended) => to(stage, State::Ended(ended)),
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
                cause: Some(Cause::new(CauseKind::Cancelled, cause.text.clone())),
                job: Some(job.clone()),
                started_at: *started_at,
                at: *at,
            }),
        ),
    }
}

fn job_missing(stage: &Stage, job: &JobId, context: Context<'_>) -> Decision<Stage> {
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
        | State::Cancelling { target: CancelTarget::Unsettled { .. }, .. }
        | State::Ended(_) => {}
    }
    next
}

fn looked_again(stage: &Stage, attempt: Attempt, due: Timestamp, again: Option<Timestamp>) -> Decision<Stage> {
    let mut next = stage.clone();
    let taken = |look: &SecondLook| look.attempt == attempt && look.due == due;
    match again {
        Some(later) => next.second_looks.iter_mut().filter(|look| taken(look)).for_each(|look| look.due = later),
        None => next.second_looks.retain(|look| !taken(look)),
    }
    if next == *stage { Decision::Ignore(Ignored::Duplicate) } else { Decision::Advance(next) }
}

fn cancelled(stage: &Stage, epoch: Epoch, now: Timestamp) -> Decision<Stage> {
    if epoch != stage.epoch {
        return Decision::Ignore(Ignored::OtherEpoch);
    }
    match &stage.state {
        State::Waiting | State::Ready { .. } => {
            Decision::Advance(to(stage, ended(Outcome::Cancelled, Some(by_cancel()), None, now)))
        }
        State::Backoff { .. } => {
            let job = stage.job().cloned();
            Decision::Advance(to(stage, ended(Outcome::Cancelled, Some(by_cancel()), job, now)))
        }
        State::Claimed { claim, queue, at, .. } => {
            let target = CancelTarget::Unsettled { claim: claim.clone(), settle_at: at.plus(policy::SETTLE_AFTER) };
            Decision::Advance(to(stage, State::Cancelling { target, queue: queue.clone(), at: now }))
        }
        State::Submitted { job, queue, .. } => Decision::Advance(to(stage, cancelling(job, queue, now))),
        State::Cancelling { .. } => Decision::Ignore(Ignored::Duplicate),
        State::Ended(_) => Decision::Ignore(Ignored::Ended),
    }
}

fn reset(
    stage: &Stage,
    epoch: Epoch,
    kept: &Resolved,
    cancelled: bool,
    Context { now, node, .. }: Context<'_>,
) -> Decision<Stage> {
    if epoch <= stage.epoch {
        return Decision::Ignore(Ignored::OtherEpoch);
    }
    match &stage.state {
        State::Ended(ended) if stage.taints(node, ended.outcome) => {
            let state =
                if cancelled { self::ended(Outcome::Cancelled, Some(by_cancel()), None, now) } else { State::Waiting };
            let mut next = Stage { epoch, resolved: kept.clone(), state, ..stage.clone() };
            if let (Outcome::Failed, Some(cause)) = (ended.outcome, ended.cause.clone()) {
                let Ended { job, started_at, at, .. } = ended.clone();
                next.remember(PastAttempt { attempt: stage.attempt, epoch: stage.epoch, cause, job, started_at, at });
            }
            Decision::Advance(next)
        }
        State::Ended(_) => Decision::Ignore(Ignored::Ended),
        State::Waiting
        | State::Ready { .. }
        | State::Claimed { .. }
        | State::Submitted { .. }
        | State::Backoff { .. }
        | State::Cancelling { .. } => Decision::Ignore(Ignored::NothingDue),
    }
}

fn to(stage: &Stage, state: State) -> Stage {
    Stage { state, ..stage.clone() }
}

fn claim(context: Context<'_>, opened_at: Timestamp, throttled_since: Option<Timestamp>) -> State {
    let (claim, queue) = (context.claim.clone(), context.queue.clone());
    State::Claimed { claim, queue, at: context.now, opened_at, throttled_since }
}

fn submitted(job: &JobId, queue: &JobQueue, at: Timestamp) -> State {
    State::Submitted { job: job.clone(), queue: queue.clone(), at, missing_since: None, blocked: None }
}

fn cancelling(job: &JobId, queue: &JobQueue, at: Timestamp) -> State {
    let target = CancelTarget::Job { job: job.clone(), missing_since: None };
    State::Cancelling { target, queue: queue.clone(), at }
}

fn ended(outcome: Outcome, cause: Option<Cause>, job: Option<JobId>, at: Timestamp) -> State {
    State::Ended(Ended { outcome, cause, job, started_at: None, at })
}

fn by_cancel() -> Cause {
    Cause::new(CauseKind::Cancelled, "the run was cancelled before the job was submitted")
}
