//! Time, told from the present.
//!
//! The present is always [`NOW`]: when time passes, everything else gets older. So two states that differ only in when they came
//! about are one state. What lies so far back that no span of [`policy`] reaches it is not told apart either.
//!
//! Time passes only from one deadline to the next: between two of them the machine answers the same.

use std::time::Duration;

use machine::{
    Timestamp, policy,
    stage::{CancelTarget, State},
};

use crate::world::World;

mod ages;
mod looks;

pub(crate) use ages::Ages;

/// The present.
pub const NOW: Timestamp = Timestamp::from_ms(1_000_000_000_000);

/// Since when a recorded job counts as silent: always.
pub(crate) const SILENT: Timestamp = Timestamp::from_ms(0);

/// How long it is to the next deadline; `None` if there is none, or if a request in flight has to be executed first.
pub(crate) fn to_next_deadline(world: &World, settle_after: Duration) -> Option<Duration> {
    let next = deadlines(world, settle_after).into_iter().filter(|deadline| *deadline > NOW).min()?;
    let held_up = world.batch.late.is_some_and(|before| before <= next);
    (!held_up).then(|| next.since(NOW))
}

/// Lets time pass.
pub(crate) fn pass(world: &mut World, by: Duration) {
    world.item.age(by);
    world.workers.iter_mut().for_each(|worker| worker.age(by));
    world.batch.age(by);
    looks::rank(world);
}

fn deadlines(world: &World, settle_after: Duration) -> Vec<Timestamp> {
    let mut deadlines: Vec<Timestamp> = world.item.second_looks.iter().map(|look| look.due).collect();
    match &world.item.state {
        State::Waiting | State::Ready { .. } | State::Expanding | State::FannedOut { .. } | State::Ended(_) => {}
        State::Backoff { until } => deadlines.push(*until),
        State::Claimed { at, .. } => deadlines.push(at.plus(settle_after)),
        State::Cancelling { target: CancelTarget::Unsettled { settle_at, .. }, .. } => deadlines.push(*settle_at),
        State::Submitted { missing_since, .. }
        | State::Cancelling { target: CancelTarget::Job { missing_since, .. }, .. } => {
            deadlines.extend(missing_since.map(|since| since.plus(policy::LOST_AFTER)));
        }
    }
    deadlines
}
