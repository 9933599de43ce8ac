//! The machine of a stage.
//!
//! ```text
//!               all needs ended well         SubmitJob done, or a job found, or its event came
//!   Waiting ─────────────────────▶ Claimed ─────────────────────────────────▶ Submitted ──▶ Ended
//!      │                     its turn ▲ │ throttled                                │
//!      │ its condition does not hold  │ ▼                                          │ cancel
//!      ▼                            Ready                cancel: Claimed, Submitted ▼
//!    Ended (skipped)                                                            Cancelling ──▶ Ended
//!
//!   A failure that is to be tried again: Submitted ──▶ Backoff ──▶ Claimed, for the next attempt.
//!   One that is done for many items: Waiting ──▶ Expanding ──▶ FannedOut ──▶ Ended, and each of its chunks is such a machine.
//! ```
//!
//! An item that does not exist is [`Stage::absent`]: waiting, with nothing resolved.

mod decide;
mod event;
mod fan_out;
mod outstanding;
mod retry;
mod start;
mod state;

pub use decide::decide;
pub use event::{Event, JobChange, SubmitAnswer};
pub use fan_out::{ChunkEnd, ChunkId, FanOut, MAX_CHUNKS, Parts};
pub use outstanding::{Effect, outstanding};
pub use state::{CancelTarget, Ended, PastAttempt, SecondLook, Stage, State};

use pipeline::{Foreach, Retry, StageIndex, When};

use crate::{ClaimId, Epoch, JobQueue, Timestamp};

/// The place of a machine in its run's graph, and in the run's epochs.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    /// The epoch that the run is in.
    pub epoch: Epoch,
    /// What it needs.
    pub needs: &'a [StageIndex],
    /// What needs it. Empty for a sink: then the run needs it.
    pub dependents: &'a [StageIndex],
    /// Whether it runs, once all that it needs has ended.
    pub when: &'a When,
    /// Whether its failure counts for nothing.
    pub allow_failure: bool,
    /// Which of its failures are followed by another attempt.
    pub retry: &'a Retry,
    /// How it is done for many items, if it is.
    pub foreach: Option<&'a Foreach>,
}

/// No failure is.
static NO_RETRY: Retry = Retry::none();

impl<'a> Node<'a> {
    /// A stage that runs if nothing that it needs failed, once, and whose failure counts.
    pub const fn new(epoch: Epoch, needs: &'a [StageIndex], dependents: &'a [StageIndex]) -> Self {
        Self { epoch, needs, dependents, when: &When::Success, allow_failure: false, retry: &NO_RETRY, foreach: None }
    }
}

/// What a decision may use that does not follow from state and event.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The time.
    pub now: Timestamp,
    /// A fresh id, for a claim made by this decision.
    pub claim: &'a ClaimId,
    /// The queue that this stage's jobs go to.
    pub queue: &'a JobQueue,
    /// The stage's priority, 0 to 9999.
    pub priority: u16,
    /// The stage's place.
    pub node: Node<'a>,
}
