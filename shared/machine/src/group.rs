//! Concurrency groups: in which order their runs are let in.

use crate::{Epoch, Run, Timestamp, policy, run::Status};

/// The place of a run in the order in which its group lets runs in; the lowest goes first.
///
/// The highest priority goes first, then whoever has waited longest. And nobody starves: a point of priority counts as much as
/// having waited for [`policy::AGEING`], so that whoever comes late enough goes behind, however high its priority. As all grow
/// old at the same pace, the order of two runs never changes, and can be kept as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupOrder(u64);

impl GroupOrder {
    /// Of a run of that priority (0 to 9999) that was admitted then.
    pub fn new(priority: u16, created_at: Timestamp) -> Self {
        let head_start = policy::AGEING.saturating_mul(u32::from(priority));
        let head_start = u64::try_from(head_start.as_millis()).unwrap_or(u64::MAX);
        Self(created_at.as_ms().saturating_sub(head_start))
    }

    /// Of a run that was admitted then, in a group in which the newest goes first.
    pub fn newest_first(created_at: Timestamp) -> Self {
        Self(u64::MAX - created_at.as_ms())
    }

    /// Its number.
    pub fn get(self) -> u64 {
        self.0
    }
}

/// What a place in a group is to the run that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// It runs by it, or is about to end.
    Used,
    /// It was given the place, and has yet to hear of it.
    Unheard,
    /// The epoch that the place was for has ended: nobody needs it any more.
    Void,
}

impl Place {
    /// What the place that was given for that epoch is to the run.
    pub fn of(run: &Run, epoch: Epoch) -> Self {
        if run.epoch > epoch || (run.epoch == epoch && run.has_ended()) {
            Self::Void
        } else if run.epoch == epoch && run.status == Status::Queued {
            Self::Unheard
        } else {
            Self::Used
        }
    }
}
