//! A worker: an invocation of a Lambda that advances the stage, as `Control::advance` does.
//!
//! Its steps are in [`steps`]; here is where it may stand between two of them, and what it then holds in memory.

use machine::{
    ClaimId, JobId, Stage,
    stage::{Effect, Event},
};

pub(crate) mod claims;
pub(crate) mod steps;

/// A worker.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::large_enum_variant, reason = "both are in every state, by value, to be hashed")]
pub enum Worker {
    /// It waits for something to look at, or has crashed, which is the same.
    Idle,
    /// It advances the stage.
    Busy {
        /// The fresh claim of this call, and since when its lease runs.
        lease: Lease,
        /// What it does next.
        doing: Doing,
    },
}

/// `Lease` of `shared/control/src/perform.rs`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Lease {
    /// The claim.
    pub claim: ClaimId,
    /// Whether it lasts, by the worker's monotonic clock. The worker sends only while it does.
    pub lasts: bool,
}

/// What a worker does next. Between two of these, anything may happen: others go on, time passes, it crashes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Doing {
    /// It writes what it decided, on condition of the revision that it decided on.
    Committing {
        /// What happened to the stage; if the write conflicts, it is decided anew.
        event: Event,
        /// What the stage becomes.
        next: Stage,
    },
    /// It writes what it decided, in vain: the item has been written since.
    Conflicting {
        /// What happened to the stage.
        event: Event,
    },
    /// It terminates a twin.
    Undoing {
        /// The twin.
        twin: JobId,
        /// The stage.
        seen: Seen,
    },
    /// It performs what is outstanding, in order.
    Performing {
        /// The stage.
        seen: Seen,
        /// What is outstanding; never empty.
        effects: Vec<Effect>,
    },
}

/// The stage as a worker knows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Seen {
    /// The stage.
    pub stage: Stage,
    /// Whether the item is still that one: whether the revisions are the same.
    pub fresh: bool,
}

impl Lease {
    fn begin() -> Self {
        Self { claim: claims::own(), lasts: true }
    }

    fn holds(&self, claim: &ClaimId) -> bool {
        self.lasts && self.claim == *claim
    }
}

impl Worker {
    /// Somebody else has written the item.
    pub(crate) fn outdate(&mut self) {
        let Self::Busy { doing, .. } = self else { return };
        match doing {
            Doing::Committing { event, .. } => *doing = Doing::Conflicting { event: event.clone() },
            Doing::Conflicting { .. } => {}
            Doing::Undoing { seen, .. } | Doing::Performing { seen, .. } => seen.fresh = false,
        }
    }
}
