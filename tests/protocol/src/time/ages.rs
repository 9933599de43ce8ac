//! What gets older as time passes.

use std::time::Duration;

use machine::{
    Stage, Timestamp, policy,
    stage::{CancelTarget, Effect, Event, SecondLook, State},
};

use super::NOW;
use crate::{
    batch::Batch,
    worker::{Doing, Lease, Seen, Worker},
};

/// Gets older.
pub(crate) trait Ages {
    /// `by` passes.
    fn age(&mut self, by: Duration);
}

fn earlier(time: Timestamp, by: Duration) -> Timestamp {
    Timestamp::from_ms(time.as_ms().saturating_sub(Timestamp::from_ms(0).plus(by).as_ms()))
}

/// As [`earlier`], but nobody asks whether it was longer ago than `asked`.
fn past(time: Timestamp, by: Duration, asked: Duration) -> Timestamp {
    earlier(time, by).max(earlier(NOW, asked))
}

impl Ages for Stage {
    fn age(&mut self, by: Duration) {
        self.second_looks.iter_mut().for_each(|look| look.age(by));
        match &mut self.state {
            // Since when a stage waits for its turn decides when it has it: here it may have it at any time.
            State::Waiting | State::Ready { .. } | State::Expanding | State::FannedOut { .. } | State::Ended(_) => {}
            State::Backoff { until } => *until = past(*until, by, Duration::ZERO),
            // Since when the attempt is open is asked after days only.
            State::Claimed { at, .. } => *at = past(*at, by, policy::SETTLE_AFTER),
            State::Cancelling { target: CancelTarget::Unsettled { settle_at, .. }, .. } => {
                *settle_at = past(*settle_at, by, Duration::ZERO);
            }
            State::Submitted { missing_since, .. }
            | State::Cancelling { target: CancelTarget::Job { missing_since, .. }, .. } => {
                *missing_since = missing_since.map(|since| past(since, by, policy::LOST_AFTER));
            }
        }
    }
}

impl Ages for SecondLook {
    // Not cut off: an older look is told from a newer one by when it was due.
    fn age(&mut self, by: Duration) {
        self.due = earlier(self.due, by);
    }
}

impl Ages for Event {
    fn age(&mut self, by: Duration) {
        match self {
            Self::LookedAgain { due, again, .. } => {
                *due = earlier(*due, by);
                *again = again.map(|again| earlier(again, by));
            }
            Self::NeedResolved { .. }
            | Self::Looked
            | Self::Evaluated { .. }
            | Self::Expanded { .. }
            | Self::ChunkEnded { .. }
            | Self::TurnCame
            | Self::SubmitAnswered { .. }
            | Self::Settled { .. }
            | Self::JobChanged { .. }
            | Self::JobMissing { .. }
            | Self::Cancelled { .. }
            | Self::Reset { .. } => {}
        }
    }
}

impl Ages for Effect {
    fn age(&mut self, by: Duration) {
        match self {
            Self::LookAt(time) | Self::Submit { settle_at: time, .. } => *time = past(*time, by, Duration::ZERO),
            Self::LookAgain(look) => look.age(by),
            Self::Look
            | Self::Evaluate
            | Self::Expand
            | Self::Chunks
            | Self::AwaitTurn
            | Self::Settle { .. }
            | Self::Describe { .. }
            | Self::Terminate(_)
            | Self::Resolve(_) => {}
        }
    }
}

impl Ages for Worker {
    fn age(&mut self, by: Duration) {
        let Self::Busy { lease, doing } = self else { return };
        lease.age(by);
        match doing {
            Doing::Committing { event, next } => {
                event.age(by);
                next.age(by);
            }
            Doing::Conflicting { event } => event.age(by),
            Doing::Undoing { seen, .. } => seen.age(by),
            Doing::Performing { seen, effects } => {
                seen.age(by);
                effects.iter_mut().for_each(|effect| effect.age(by));
            }
        }
    }
}

impl Ages for Lease {
    fn age(&mut self, _: Duration) {
        self.lasts = false;
    }
}

impl Ages for Seen {
    fn age(&mut self, by: Duration) {
        self.stage.age(by);
    }
}

impl Ages for Batch {
    fn age(&mut self, by: Duration) {
        self.late = self.late.map(|before| earlier(before, by));
    }
}
