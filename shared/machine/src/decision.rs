//! What an event does to a machine.

use crate::JobId;

/// What becomes of a machine after an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<State> {
    /// It becomes this, once that is committed.
    Advance(State),
    /// It stays as it is, as it should: the event was a duplicate, or stale, or said nothing new.
    Ignore(Ignored),
    /// It stays as it is, and what the event brought must be undone.
    Reject(Rejected),
}

/// Why an event was ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ignored {
    /// It was taken before.
    Duplicate,
    /// It belongs to another attempt, and there is nothing to undo.
    OtherAttempt,
    /// It belongs to another epoch of the run.
    OtherEpoch,
    /// It belongs to a claim that was fenced off.
    OldClaim,
    /// It speaks of a job that is not the recorded one, and has ended.
    OtherJob,
    /// The machine has ended.
    Ended,
    /// Nothing is due.
    NothingDue,
}

impl Ignored {
    /// Its stable name, in logs and counters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Duplicate => "duplicate",
            Self::OtherAttempt => "other-attempt",
            Self::OtherEpoch => "other-epoch",
            Self::OldClaim => "old-claim",
            Self::OtherJob => "other-job",
            Self::Ended => "ended",
            Self::NothingDue => "nothing-due",
        }
    }
}

/// What must be undone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rejected {
    /// A job that is not the recorded one of its attempt, and may be alive: it is to be terminated.
    Twin(JobId),
}
