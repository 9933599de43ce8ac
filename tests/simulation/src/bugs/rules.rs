//! Bugs in decisions: the real ones, bent.
#![expect(clippy::wildcard_enum_match_arm, reason = "what is not bent stays as it is")]

use std::time::Duration;

use control::Rules;
use machine::{
    Cause, CauseKind, Decision, Outcome, Run, Stage, Timestamp, policy, run,
    stage::{CancelTarget, Context, Effect, Ended, Event, JobChange, Node, State, SubmitAnswer, decide, outstanding},
};
use pipeline::StageIndex;

type Decide = fn(&Stage, &Event, Context<'_>) -> Decision<Stage>;

pub(super) fn deciding(decide: Decide) -> Rules {
    Rules { decide, ..Rules::default() }
}

pub(super) fn seeing(outstanding: fn(&Stage, Node<'_>, Timestamp) -> Vec<Effect>) -> Rules {
    Rules { outstanding, ..Rules::default() }
}

pub(super) fn deciding_runs(decide_run: fn(&Run, &run::Event, &[StageIndex], Timestamp) -> Decision<Run>) -> Rules {
    Rules { decide_run, ..Rules::default() }
}

fn ended(stage: &Stage, outcome: Outcome, at: Timestamp) -> Decision<Stage> {
    let cause = (outcome != Outcome::Succeeded).then(|| Cause::new(CauseKind::Other, "planted"));
    let ended = Ended { outcome, cause, job: stage.job().cloned(), started_at: None, at };
    Decision::Advance(Stage { state: State::Ended(ended), ..stage.clone() })
}

/// What the event says is what the stage becomes, whatever it was.
pub(super) fn acts_on_the_event(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
    match event {
        Event::JobChanged { change: JobChange::Succeeded { at, .. }, .. } => ended(stage, Outcome::Succeeded, *at),
        Event::JobChanged { change: JobChange::Failed { at, .. }, .. } => ended(stage, Outcome::Failed, *at),
        _ => decide(stage, event, context),
    }
}

/// An event of an older attempt counts for the current one.
pub(super) fn accepts_older_attempts(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
    match event {
        Event::JobChanged { attempt, job, change } if *attempt < stage.attempt => {
            let job = stage.job().unwrap_or(job).clone();
            decide(stage, &Event::JobChanged { attempt: stage.attempt, job, change: change.clone() }, context)
        }
        _ => decide(stage, event, context),
    }
}

/// A second look is forgotten when the stage moves on.
pub(super) fn forgets_second_looks(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
    match decide(stage, event, context) {
        Decision::Advance(mut next) if !matches!(next.state, State::Claimed { .. }) => {
            next.second_looks.clear();
            Decision::Advance(next)
        }
        decision => decision,
    }
}

/// A job that Batch does not know for once is lost.
pub(super) fn lost_on_silence(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
    if !matches!(event, Event::JobMissing { .. }) {
        return decide(stage, event, context);
    }
    let mut stage = stage.clone();
    if let State::Submitted { missing_since, .. }
    | State::Cancelling { target: CancelTarget::Job { missing_since, .. }, .. } = &mut stage.state
    {
        *missing_since = Some(Timestamp::from_ms(0));
    }
    decide(&stage, event, context)
}

/// A cancel takes a claimed stage for one that has no job.
pub(super) fn cancel_forgets_claimed(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
    match (event, &stage.state) {
        (Event::Cancelled { .. }, State::Claimed { .. }) => ended(stage, Outcome::Cancelled, context.now),
        _ => decide(stage, event, context),
    }
}

/// A cancel does not wait for the job to end.
pub(super) fn cancel_does_not_wait(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
    match (event, &stage.state) {
        (Event::Cancelled { .. }, State::Submitted { .. }) => ended(stage, Outcome::Cancelled, context.now),
        _ => decide(stage, event, context),
    }
}

/// A 429 fails the stage.
pub(super) fn throttled_is_refused(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
    match event {
        Event::SubmitAnswered { claim, attempt, answer: SubmitAnswer::Throttled } => {
            let answer = SubmitAnswer::Refused(Cause::new(CauseKind::Refused, "429 Too Many Requests"));
            decide(stage, &Event::SubmitAnswered { claim: claim.clone(), attempt: *attempt, answer }, context)
        }
        _ => decide(stage, event, context),
    }
}

/// Whatever a condition gives, the stage runs.
pub(super) fn heeds_no_condition(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
    match event {
        Event::Evaluated { epoch, .. } => decide(stage, &Event::Evaluated { epoch: *epoch, holds: Ok(true) }, context),
        _ => decide(stage, event, context),
    }
}

/// What an attempt failed of counts against no budget.
pub(super) fn forgets_attempts(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
    match decide(stage, event, context) {
        Decision::Advance(mut next) => {
            next.past.clear();
            Decision::Advance(next)
        }
        decision => decision,
    }
}

/// One need is enough.
pub(super) fn one_need_is_enough(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
    let known: Vec<StageIndex> = stage.resolved.verdicts().map(|(need, _)| need).collect();
    let needs = if known.is_empty() { context.node.needs } else { &known };
    decide(stage, event, Context { node: Node { needs, ..context.node }, ..context })
}

/// Whatever was found of an unsettled claim is adopted, but if nothing was, the stage is taken for one that never ran.
pub(super) fn settles_without_second_look(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
    match decide(stage, event, context) {
        Decision::Advance(next) if matches!(event, Event::Settled { found: None, .. }) => {
            Decision::Advance(Stage { second_looks: stage.second_looks.clone(), ..next })
        }
        decision => decision,
    }
}

/// A claim is settled as soon as its lease is over, although its request may be on its way.
pub(super) fn settles_early(stage: &Stage, node: Node<'_>, now: Timestamp) -> Vec<Effect> {
    let State::Claimed { at, .. } = &stage.state else { return outstanding(stage, node, now) };
    let early = policy::SETTLE_AFTER.saturating_sub(policy::LEASE);
    let over = now >= at.plus(policy::LEASE);
    let effects = outstanding(stage, node, if over { now.plus(early) } else { now });
    let sooner = |time: Timestamp| Timestamp::from_ms(time.as_ms().saturating_sub(ms(early)));
    effects
        .into_iter()
        .map(|effect| match effect {
            Effect::Submit { claim, queue, settle_at } => Effect::Submit { claim, queue, settle_at: sooner(settle_at) },
            other => other,
        })
        .collect()
}

fn ms(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// Nobody settles a claim whose holder is gone.
pub(super) fn skips_claimed(stage: &Stage, node: Node<'_>, now: Timestamp) -> Vec<Effect> {
    let effects = outstanding(stage, node, now);
    effects.into_iter().filter(|effect| !matches!(effect, Effect::Settle { .. })).collect()
}

/// A verdict does not say that something failed.
pub(super) fn drops_taint(stage: &Stage, node: Node<'_>, now: Timestamp) -> Vec<Effect> {
    let untainted = |effect| match effect {
        Effect::Resolve(verdict) => Effect::Resolve(machine::Verdict { tainted: false, ..verdict }),
        other => other,
    };
    outstanding(stage, node, now).into_iter().map(untainted).collect()
}

/// A retry stays in the epoch.
pub(super) fn retry_without_epoch(
    run: &Run,
    event: &run::Event,
    sinks: &[StageIndex],
    now: Timestamp,
) -> Decision<Run> {
    match run::decide(run, event, sinks, now) {
        Decision::Advance(next) => Decision::Advance(Run { epoch: run.epoch, ..next }),
        decision => decision,
    }
}

/// A retry runs at once, whoever runs in its concurrency group.
pub(super) fn retries_without_a_place(
    run: &Run,
    event: &run::Event,
    sinks: &[StageIndex],
    now: Timestamp,
) -> Decision<Run> {
    match run::decide(run, event, sinks, now) {
        Decision::Advance(next) if next.epoch > run.epoch => {
            Decision::Advance(Run { status: run::Status::Running, ..next })
        }
        decision => decision,
    }
}

/// However many items may be worked on at once, all chunks begin.
pub(super) fn releases_all_chunks(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
    match decide(stage, event, context) {
        Decision::Advance(mut next) => {
            if let (State::FannedOut { .. }, Some(fan_out)) = (&next.state, &mut next.fan_out) {
                fan_out.released = fan_out.parts.chunks();
                fan_out.parts.window = u32::MAX;
            }
            Decision::Advance(next)
        }
        decision => decision,
    }
}
