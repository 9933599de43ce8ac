//! What must hold in every state, and what must be seen in some.
//!
//! No job of the model fails unless it was terminated, and `SubmitJob` is never refused: so a stage that fails failed by our own
//! doing, or because Batch forgot its job.

use machine::{
    Attempt, CauseKind, JobId, Outcome,
    stage::{CancelTarget, Ended, Event, State, SubmitAnswer},
};
use stateright::Property;

use crate::{
    batch::{Job, Phase},
    model::Protocol,
    worker::{Doing, Worker},
    world::World,
};

/// At most one live job of the attempt, once settled.
pub const ONE_LIVE_JOB: &str = "once settled, only the recorded job is alive";
/// A stage ends after its job.
pub const ENDS_AFTER_ITS_JOB: &str = "a stage that has ended has no live recorded job";
/// A cancel leaves no orphan.
pub const NO_ORPHAN: &str = "a cancelled stage leaves no live job";
/// Only a cancel ends the attempt's job.
pub const NOT_TERMINATED: &str = "a recorded job is terminated only by a cancel";
/// No second job without need.
pub const NO_SECOND_JOB: &str = "there is a second job only if ListJobs left one out";
/// A run that is off its watch needs none.
pub const NOTHING_LEFT: &str = "a run that has left its watch has nothing left to do";
/// Commit before effect.
pub const CLAIMED_FIRST: &str = "a job exists only of an attempt that was claimed";
/// What failed, failed for a reason.
pub const RIGHT_OUTCOME: &str = "a stage fails only if Batch forgot its job";

/// Those of a model: what is never seen without a fault is not looked for where there is none.
pub(crate) fn of(protocol: &Protocol) -> Vec<Property<Protocol>> {
    let mut properties: Vec<Property<Protocol>> = always().into_iter().chain(seen()).collect();
    if protocol.blind > 0 {
        properties.extend(seen_if_blind());
    }
    if protocol.forgets {
        properties.push(seen_if_forgetful());
    }
    properties
}

fn always() -> [Property<Protocol>; 8] {
    [
        Property::always(ONE_LIVE_JOB, |_, world: &World| {
            !is_settled(world) || world.batch.alive().all(|job| Some(&job.id) == world.item.job())
        }),
        Property::always(ENDS_AFTER_ITS_JOB, |_, world: &World| {
            !has_ended(world) || recorded(world).is_none_or(|job| job.phase != Phase::Alive)
        }),
        Property::always(NO_ORPHAN, |_, world: &World| {
            outcome(world) != Some(Outcome::Cancelled) || !is_settled(world) || world.batch.alive().next().is_none()
        }),
        Property::always(NOT_TERMINATED, |_, world: &World| {
            world.run.cancelled || recorded(world).is_none_or(|job| !job.terminated)
        }),
        Property::always(NO_SECOND_JOB, |model: &Protocol, world: &World| {
            world.batch.jobs.len() <= 1 + usize::from(model.blind - world.batch.blind)
        }),
        Property::always(NOTHING_LEFT, |_, world: &World| {
            world.run.watched || (world.is_over() && world.batch.alive().next().is_none() && world.batch.late.is_none())
        }),
        Property::always(CLAIMED_FIRST, |_, world: &World| {
            world.batch.jobs.is_empty() || world.item.attempt > Attempt::NONE
        }),
        Property::always(RIGHT_OUTCOME, |_, world: &World| {
            outcome(world) != Some(Outcome::Failed) || recorded(world).is_some_and(|job| job.phase == Phase::Gone)
        }),
    ]
}

/// Settled: the attempt's job is recorded, or the stage has ended; and no second look is pending.
fn is_settled(world: &World) -> bool {
    (world.item.job().is_some() || has_ended(world)) && world.item.second_looks.is_empty()
}

fn has_ended(world: &World) -> bool {
    matches!(world.item.state, State::Ended(_))
}

fn outcome(world: &World) -> Option<Outcome> {
    match &world.item.state {
        State::Ended(ended) => Some(ended.outcome),
        State::Waiting
        | State::Ready { .. }
        | State::Claimed { .. }
        | State::Submitted { .. }
        | State::Backoff { .. }
        | State::Expanding
        | State::FannedOut { .. }
        | State::Cancelling { .. } => None,
    }
}

fn recorded(world: &World) -> Option<&Job> {
    world.item.job().and_then(|id| world.batch.job(id))
}

/// The situations that the protocol is for. Those that tell how a state came about look at a worker that is about to write it, or
/// comes too late to.
fn seen() -> [Property<Protocol>; 6] {
    [
        Property::sometimes("adopted by its event before the record", |_, world: &World| {
            matches!(world.item.state, State::Submitted { .. })
                && records(world).any(|record| record.lasts && world.item.job() == Some(record.job))
        }),
        Property::sometimes("ended by its event before the record", |_, world: &World| {
            has_ended(world) && records(world).any(|record| record.lasts && world.item.job() == Some(record.job))
        }),
        Property::sometimes("adopted by ListJobs", |_, world: &World| {
            writes(world).any(|event| matches!(event, Event::Settled { found: Some(_), .. }))
        }),
        Property::sometimes("cancelled during a claim", |_, world: &World| {
            matches!(world.item.state, State::Cancelling { target: CancelTarget::Unsettled { .. }, .. })
        }),
        Property::sometimes("executed late, after a cancel", |_, world: &World| {
            world.batch.late.is_some() && matches!(world.item.state, State::Cancelling { .. })
        }),
        Property::sometimes("succeeded although cancelled", |_, world: &World| {
            world.run.cancelled && outcome(world) == Some(Outcome::Succeeded)
        }),
    ]
}

fn seen_if_blind() -> [Property<Protocol>; 5] {
    [
        Property::sometimes("claimed anew although there is a job", |_, world: &World| {
            matches!(world.item.state, State::Claimed { .. })
                && !world.item.second_looks.is_empty()
                && !world.batch.jobs.is_empty()
        }),
        Property::sometimes("fenced off, with a job in hand", |_, world: &World| {
            matches!(world.item.state, State::Claimed { .. }) && records(world).any(|record| !record.fresh)
        }),
        Property::sometimes("a twin in hand", |_, world: &World| {
            world.workers.iter().any(|worker| matches!(worker, Worker::Busy { doing: Doing::Undoing { .. }, .. }))
        }),
        Property::sometimes("a second look finds a twin", |_, world: &World| {
            writes(world).any(|event| matches!(event, Event::LookedAgain { again: Some(_), .. }))
        }),
        Property::sometimes("at rest after a twin", |_, world: &World| {
            world.is_at_rest() && world.batch.jobs.len() > 1
        }),
    ]
}

fn seen_if_forgetful() -> Property<Protocol> {
    Property::sometimes("lost", |_, world: &World| match &world.item.state {
        State::Ended(Ended { cause: Some(cause), .. }) => cause.kind == CauseKind::Lost,
        State::Ended(Ended { cause: None, .. })
        | State::Waiting
        | State::Ready { .. }
        | State::Claimed { .. }
        | State::Submitted { .. }
        | State::Backoff { .. }
        | State::Expanding
        | State::FannedOut { .. }
        | State::Cancelling { .. } => false,
    })
}

/// The events that workers are about to write.
fn writes(world: &World) -> impl Iterator<Item = &Event> {
    world.workers.iter().filter_map(|worker| match worker {
        Worker::Busy { doing: Doing::Committing { event, .. } | Doing::Conflicting { event }, .. } => Some(event),
        Worker::Busy { doing: Doing::Undoing { .. } | Doing::Performing { .. }, .. } | Worker::Idle => None,
    })
}

/// A job that a worker is about to record.
struct Record<'a> {
    job: &'a JobId,
    /// Whether nobody has written the item since the worker decided.
    fresh: bool,
    /// Whether no time has passed since it claimed.
    lasts: bool,
}

fn records(world: &World) -> impl Iterator<Item = Record<'_>> {
    world.workers.iter().filter_map(|worker| {
        let Worker::Busy { lease, doing } = worker else { return None };
        let (event, fresh) = match doing {
            Doing::Committing { event, .. } => (event, true),
            Doing::Conflicting { event } => (event, false),
            Doing::Undoing { .. } | Doing::Performing { .. } => return None,
        };
        match event {
            Event::SubmitAnswered { answer: SubmitAnswer::Done(job), .. } => {
                Some(Record { job, fresh, lasts: lease.lasts })
            }
            Event::SubmitAnswered { .. }
            | Event::NeedResolved { .. }
            | Event::Looked
            | Event::Evaluated { .. }
            | Event::Expanded { .. }
            | Event::ChunkEnded { .. }
            | Event::TurnCame
            | Event::Settled { .. }
            | Event::JobChanged { .. }
            | Event::JobMissing { .. }
            | Event::LookedAgain { .. }
            | Event::Cancelled { .. }
            | Event::Reset { .. } => None,
        }
    })
}
