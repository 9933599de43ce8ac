//! The machine of a stage.
//!
//! ```text
//!               all needs succeeded          SubmitJob done, or a job found, or its event came
//!   Waiting ─────────────────────▶ Claimed ─────────────────────────────────▶ Submitted ──▶ Ended
//!      │                     its turn ▲ │ throttled                                │
//!      │ a need did not succeed       │ ▼                                          │ cancel
//!      ▼                            Ready                cancel: Claimed, Submitted ▼
//!    Ended (skipped)                                                            Cancelling ──▶ Ended
//! ```
//!
//! An item that does not exist is [`Stage::absent`]: waiting, with nothing resolved.

mod decide;
mod event;
mod outstanding;
mod state;

pub use decide::decide;
pub use event::{Event, JobChange, SubmitAnswer};
pub use outstanding::{Effect, outstanding};
pub use state::{CancelTarget, Ended, SecondLook, Stage, State};

use pipeline::StageIndex;

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
