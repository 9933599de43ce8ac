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

mod chunks;
mod command;
mod job;
mod start;
mod submission;

use crate::{
    Cause, CauseKind, Decision, JobId, JobQueue, Outcome, Timestamp,
    stage::{CancelTarget, Context, Ended, Event, Stage, State},
};

/// What becomes of `stage` when `event` happens.
pub fn decide(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
    match event {
        Event::NeedResolved { need, verdict, epoch } => start::need_resolved(stage, *need, *verdict, *epoch, context),
        Event::Looked => start::looked(stage, context),
        Event::Evaluated { epoch, holds } => start::evaluated(stage, *epoch, holds, context),
        Event::TurnCame => start::turn_came(stage, context),
        Event::SubmitAnswered { claim, attempt, answer } => {
            submission::submit_answered(stage, claim, *attempt, answer, context)
        }
        Event::Settled { claim, found } => submission::settled(stage, claim, found.as_ref(), context),
        Event::JobChanged { attempt, job, change } => job::job_changed(stage, *attempt, job, change, context),
        Event::JobMissing { job } => job::job_missing(stage, job, context),
        Event::LookedAgain { attempt, due, again } => command::looked_again(stage, *attempt, *due, *again),
        Event::Expanded { epoch, items } => chunks::expanded(stage, items, *epoch, context),
        Event::ChunkEnded { chunk, end } => chunks::chunk_ended(stage, *chunk, *end, context),
        Event::Cancelled { epoch } => command::cancelled(stage, *epoch, context),
        Event::Reset { epoch, kept, cancelled } => command::reset(stage, *epoch, kept, *cancelled, context),
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
