//! What becomes of a stage that is done once for each of many items.

use super::{ended, to};
use crate::{
    Cause, CauseKind, Decision, Epoch, Ignored, Outcome,
    stage::{ChunkEnd, ChunkId, Context, FanOut, Stage, State},
};

/// Its items were read and written down, or why they cannot be.
pub(super) fn expanded(
    stage: &Stage,
    items: &Result<FanOut, Cause>,
    epoch: Epoch,
    context: Context<'_>,
) -> Decision<Stage> {
    if epoch != stage.epoch {
        return Decision::Ignore(Ignored::OtherEpoch);
    }
    let now = context.now;
    match (&stage.state, items) {
        (State::Expanding, Ok(fan_out)) if fan_out.parts.is_empty() => {
            let cause = Cause::new(CauseKind::ConditionNotMet, "there is no item to do it for");
            Decision::Advance(to(stage, ended(Outcome::Skipped, Some(cause), None, now)))
        }
        (State::Expanding, Ok(fan_out)) => {
            let state = State::FannedOut { at: now, cancelled: false };
            Decision::Advance(Stage { fan_out: Some(fan_out.clone()), state, ..stage.clone() })
        }
        (State::Expanding, Err(cause)) => {
            Decision::Advance(to(stage, ended(Outcome::Failed, Some(cause.clone()), None, now)))
        }
        (State::Ended(_), _) => Decision::Ignore(Ignored::Ended),
        (
            State::Waiting
            | State::Ready { .. }
            | State::Claimed { .. }
            | State::Submitted { .. }
            | State::Backoff { .. }
            | State::FannedOut { .. }
            | State::Cancelling { .. },
            _,
        ) => Decision::Ignore(Ignored::Duplicate),
    }
}

/// One of its chunks has ended.
pub(super) fn chunk_ended(stage: &Stage, chunk: ChunkId, end: ChunkEnd, context: Context<'_>) -> Decision<Stage> {
    let (State::FannedOut { .. }, Some(fan_out)) = (&stage.state, &stage.fan_out) else {
        return Decision::Ignore(Ignored::Duplicate);
    };
    if fan_out.generation != chunk.generation {
        return Decision::Ignore(Ignored::OtherEpoch);
    }
    if fan_out.ended.contains_key(&chunk.number) {
        return Decision::Ignore(Ignored::Duplicate);
    }
    let fan_out = Some(fan_out.clone().with(chunk.number, end));
    Decision::Advance(settled(&Stage { fan_out, ..stage.clone() }, context))
}

/// What follows from the chunks that are known to have ended: others may begin, or the stage ends.
pub(super) fn settled(stage: &Stage, context: Context<'_>) -> Stage {
    let (State::FannedOut { cancelled, .. }, Some(fan_out)) = (&stage.state, &stage.fan_out) else {
        return stage.clone();
    };
    let fan_out = if *cancelled || fan_out.is_cancelled() { fan_out.clone() } else { fan_out.clone().released() };
    let min_success = context.node.foreach.map_or(pipeline::ALL, |foreach| foreach.min_success);
    let next = Stage { fan_out: Some(fan_out.clone()), ..stage.clone() };
    match fan_out.outcome(*cancelled, min_success) {
        None => next,
        Some((outcome, cause)) => to(&next, ended(outcome, cause, None, context.now)),
    }
}

/// It begins: with the items that were read before, if it is done again for those that failed; otherwise they are read.
pub(super) fn begin(stage: Stage, context: Context<'_>) -> Stage {
    let again = Stage { state: State::FannedOut { at: context.now, cancelled: false }, ..stage };
    if again.fan_out.is_some() { settled(&again, context) } else { to(&again, State::Expanding) }
}
