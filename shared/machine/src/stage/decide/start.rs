//! When a stage starts: what it needs has ended, its condition holds, its turn has come, its next attempt is due.

use pipeline::StageIndex;

use super::{chunks, claim, ended, to};
use crate::{
    Cause, Decision, Epoch, Ignored, Outcome, Verdict, policy,
    stage::{Context, Stage, State, start::Start},
};

pub(super) fn need_resolved(
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
        | State::Expanding
        | State::FannedOut { .. }
        | State::Cancelling { .. } => false,
    };
    if !collecting || stage.resolved.contains(need) {
        return Decision::Ignore(Ignored::Duplicate);
    }
    let next = Stage { resolved: stage.resolved.clone().with(need, verdict), ..stage.clone() };
    Decision::Advance(start_if_complete(next, context))
}

pub(super) fn looked(stage: &Stage, context: Context<'_>) -> Decision<Stage> {
    match &stage.state {
        State::Waiting if stage.is_complete(context.node) => {
            let next = start_if_complete(stage.clone(), context);
            if next == *stage { Decision::Ignore(Ignored::NothingDue) } else { Decision::Advance(next) }
        }
        State::Backoff { until } if *until <= context.now => Decision::Advance(next_attempt(stage.clone(), context)),
        State::FannedOut { .. } => {
            let next = chunks::settled(stage, context);
            if next == *stage { Decision::Ignore(Ignored::NothingDue) } else { Decision::Advance(next) }
        }
        State::Waiting
        | State::Ready { .. }
        | State::Claimed { .. }
        | State::Submitted { .. }
        | State::Backoff { .. }
        | State::Expanding
        | State::Cancelling { .. } => Decision::Ignore(Ignored::NothingDue),
        State::Ended(_) => Decision::Ignore(Ignored::Ended),
    }
}

pub(super) fn evaluated(
    stage: &Stage,
    epoch: Epoch,
    holds: &Result<bool, Cause>,
    context: Context<'_>,
) -> Decision<Stage> {
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
        | State::Expanding
        | State::FannedOut { .. }
        | State::Cancelling { .. } => Decision::Ignore(Ignored::Duplicate),
        State::Ended(_) => Decision::Ignore(Ignored::Ended),
    }
}

pub(super) fn turn_came(stage: &Stage, context: Context<'_>) -> Decision<Stage> {
    match &stage.state {
        State::Ready { since, .. } => {
            let mut next = to(stage, claim(context, context.now, Some(*since)));
            // A job of this claim may show as late as one of the first.
            next.put_off_second_look(context.now.plus(policy::SECOND_LOOK_AFTER));
            Decision::Advance(next)
        }
        State::Waiting | State::Backoff { .. } | State::Expanding | State::FannedOut { .. } => {
            Decision::Ignore(Ignored::NothingDue)
        }
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
        Start::Runs if context.node.foreach.is_some() => chunks::begin(stage, context),
        Start::Runs => next_attempt(stage, context),
        Start::Ends(outcome, cause) => to(&stage, ended(outcome, Some(cause), None, context.now)),
    }
}

fn next_attempt(stage: Stage, context: Context<'_>) -> Stage {
    Stage { attempt: stage.attempt.next(), state: claim(context, context.now, None), ..stage }
}
