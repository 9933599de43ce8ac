//! The names of claims.
//!
//! In the product each is 128 random bits. Here only three are told apart, so that a state does not remember how many claims
//! there were before: the one that the item holds, or held last; the worker's own, as long as the item does not hold it; and any
//! other, which was fenced off.

use machine::{
    ClaimId, Stage,
    stage::{CancelTarget, Effect, Event, State},
};

use crate::worker::{Doing, Lease, Worker};

const HELD: &str = "held";
const OWN: &str = "own";
const OLD: &str = "old";

/// A fresh claim.
pub(crate) fn own() -> ClaimId {
    ClaimId::new(OWN)
}

/// A claim was written into the item, if `next` holds a new one: it is named anew everywhere.
///
/// Of what the writer held in memory, only its lease outlives the write.
pub(crate) fn rename(next: &mut Stage, writer: &mut Lease, other: &mut Worker) {
    let Some(claim) = of_stage(next).filter(|claim| claim.as_str() == OWN) else { return };
    *claim = ClaimId::new(HELD);
    if writer.claim.as_str() == OWN {
        writer.claim = ClaimId::new(HELD);
    }
    let others = if lease_is_held(other) { OWN } else { OLD };
    for claim in of_worker(other).into_iter().filter(|claim| claim.as_str() == HELD) {
        *claim = ClaimId::new(others);
    }
}

fn lease_is_held(worker: &Worker) -> bool {
    match worker {
        Worker::Idle => false,
        Worker::Busy { lease, .. } => lease.claim.as_str() == HELD,
    }
}

fn of_worker(worker: &mut Worker) -> Vec<&mut ClaimId> {
    let Worker::Busy { lease, doing } = worker else { return Vec::new() };
    let mut claims = vec![&mut lease.claim];
    match doing {
        Doing::Committing { event, next } => {
            claims.extend(of_event(event));
            claims.extend(of_stage(next));
        }
        Doing::Conflicting { event } => claims.extend(of_event(event)),
        Doing::Undoing { seen, .. } => claims.extend(of_stage(&mut seen.stage)),
        Doing::Performing { seen, effects } => {
            claims.extend(of_stage(&mut seen.stage));
            claims.extend(effects.iter_mut().filter_map(of_effect));
        }
    }
    claims
}

fn of_stage(stage: &mut Stage) -> Option<&mut ClaimId> {
    match &mut stage.state {
        State::Claimed { claim, .. } | State::Cancelling { target: CancelTarget::Unsettled { claim, .. }, .. } => {
            Some(claim)
        }
        State::Waiting
        | State::Ready { .. }
        | State::Submitted { .. }
        | State::Backoff { .. }
        | State::Expanding
        | State::FannedOut { .. }
        | State::Cancelling { target: CancelTarget::Job { .. }, .. }
        | State::Ended(_) => None,
    }
}

fn of_event(event: &mut Event) -> Option<&mut ClaimId> {
    match event {
        Event::SubmitAnswered { claim, .. } | Event::Settled { claim, .. } => Some(claim),
        Event::NeedResolved { .. }
        | Event::Looked
        | Event::Evaluated { .. }
        | Event::Expanded { .. }
        | Event::ChunkEnded { .. }
        | Event::TurnCame
        | Event::JobChanged { .. }
        | Event::JobMissing { .. }
        | Event::LookedAgain { .. }
        | Event::Cancelled { .. }
        | Event::Reset { .. } => None,
    }
}

fn of_effect(effect: &mut Effect) -> Option<&mut ClaimId> {
    match effect {
        Effect::Submit { claim, .. } | Effect::Settle { claim, .. } => Some(claim),
        Effect::Look
        | Effect::LookAt(_)
        | Effect::Evaluate
        | Effect::Expand
        | Effect::Chunks
        | Effect::AwaitTurn
        | Effect::Describe { .. }
        | Effect::Terminate(_)
        | Effect::LookAgain(_)
        | Effect::Resolve(_) => None,
    }
}
