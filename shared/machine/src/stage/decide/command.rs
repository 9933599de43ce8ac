//! What was asked for: a second look, a cancel, a retry of the run.

use super::{by_cancel, cancelling, chunks, ended, to};
use crate::{
    Attempt, Decision, Epoch, Ignored, Outcome, Resolved, Timestamp, policy,
    stage::{CancelTarget, Context, FanOut, SecondLook, Stage, State},
};

pub(super) fn looked_again(
    stage: &Stage,
    attempt: Attempt,
    due: Timestamp,
    again: Option<Timestamp>,
) -> Decision<Stage> {
    let mut next = stage.clone();
    let taken = |look: &SecondLook| look.attempt == attempt && look.due == due;
    match again {
        Some(later) => next.second_looks.iter_mut().filter(|look| taken(look)).for_each(|look| look.due = later),
        None => next.second_looks.retain(|look| !taken(look)),
    }
    if next == *stage { Decision::Ignore(Ignored::Duplicate) } else { Decision::Advance(next) }
}

pub(super) fn cancelled(stage: &Stage, epoch: Epoch, context: Context<'_>) -> Decision<Stage> {
    let now = context.now;
    if epoch != stage.epoch {
        return Decision::Ignore(Ignored::OtherEpoch);
    }
    match &stage.state {
        State::Waiting | State::Ready { .. } | State::Expanding => {
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
        State::FannedOut { at, cancelled: false } => {
            let cancelled = to(stage, State::FannedOut { at: *at, cancelled: true });
            Decision::Advance(chunks::settled(&cancelled, context))
        }
        State::FannedOut { cancelled: true, .. } | State::Cancelling { .. } => Decision::Ignore(Ignored::Duplicate),
        State::Ended(_) => Decision::Ignore(Ignored::Ended),
    }
}

pub(super) fn reset(
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
            // Where all that it needs is kept, its items are the same: only those that failed are done again.
            let same = node.needs.iter().all(|need| kept.contains(*need));
            let fan_out = stage.fan_out.clone().filter(|_| same).map(FanOut::kept);
            let mut next = Stage { epoch, resolved: kept.clone(), fan_out, state, ..stage.clone() };
            // One that was cancelled while the next attempt was awaited is among them already.
            let remembered = stage.past.iter().any(|past| past.attempt == stage.attempt);
            let had_a_job = ended.outcome == Outcome::Cancelled && ended.job.is_some() && !remembered;
            if ended.outcome == Outcome::Failed || had_a_job {
                next.remember(stage.attempt, stage.epoch, ended);
            }
            Decision::Advance(next)
        }
        State::Ended(_) => Decision::Ignore(Ignored::Ended),
        State::Waiting
        | State::Ready { .. }
        | State::Claimed { .. }
        | State::Submitted { .. }
        | State::Backoff { .. }
        | State::Expanding
        | State::FannedOut { .. }
        | State::Cancelling { .. } => Decision::Ignore(Ignored::NothingDue),
    }
}
