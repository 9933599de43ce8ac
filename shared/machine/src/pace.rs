//! The pace of the lane in which throttled submissions wait for their turn.
//!
//! `SubmitJob` takes 50 calls a second, of a whole account and region together. Everyone who drains the lane reserves slots of
//! one shared [`Pace`], so that together they keep to it, however many they are. What Batch answers tells how fast it may be:
//! a throttled call slows it down by a part, a batch of accepted ones speeds it up by a step.
//!
//! Slots that nobody reserved are not saved up: after a pause the lane is no faster than before.

use std::time::Duration;

use crate::Timestamp;

/// The highest rate. It is below Batch's limit of 50 a second, so that submissions tried for the first time have room.
const HIGHEST: Rate = Rate(45_000);
/// The lowest rate: the lane never stops.
const LOWEST: Rate = Rate(1_000);
/// The rate of a lane that has learned nothing yet.
const FIRST: Rate = Rate(20_000);
/// What a batch of accepted calls adds, beside a twentieth: a slow lane must not leap over a low limit.
const STEP: u32 = 500;
/// What a throttled call leaves of the rate, in tenths.
const KEPT_TENTHS: u32 = 7;
/// How much time the slots of one reservation take, at most, unless it is a single one: whoever is killed wastes no more.
const BATCH_MS: u64 = 500;
/// No one reserves so far ahead. What lies further came from a clock that was wrong, and is forgotten.
const FURTHEST: Duration = Duration::from_secs(30);

/// Calls in a thousand seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate(pub u32);

/// When the next slot is, and how fast they follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The first slot that is not reserved, unless it has passed.
    pub next: Timestamp,
    /// How many slots there are in a thousand seconds.
    pub rate: Rate,
}

impl Pace {
    /// The pace of a lane that was never used.
    pub fn first() -> Self {
        Self { next: Timestamp::from_ms(0), rate: FIRST }
    }

    /// How far ahead the next slot lies.
    pub fn ahead(self, now: Timestamp) -> Duration {
        let ahead = self.next.since(now);
        if ahead > FURTHEST { Duration::ZERO } else { ahead }
    }

    /// Reserves a batch of slots, at least one: what the pace becomes, and when they are.
    pub fn reserve(self, now: Timestamp) -> (Self, Vec<Timestamp>) {
        let first = now.plus(self.ahead(now));
        let slot = |place: u32| first.plus(self.rate.time_of(place));
        let count = self.rate.calls_in_batch();
        (Self { next: slot(count), ..self }, (0..count).map(slot).collect())
    }

    /// What the pace becomes by the answers to a batch of calls. An answer that never came is none of them.
    #[must_use]
    pub fn answered(self, answers: Answers) -> Self {
        let Rate(rate) = self.rate;
        let rate = match answers {
            Answers { throttled: 0, accepted: 0 } => rate,
            Answers { throttled: 0, .. } => rate.saturating_add(STEP + rate / 20),
            Answers { .. } => rate / 10 * KEPT_TENTHS,
        };
        Self { rate: Rate(rate).clamp(LOWEST, HIGHEST), ..self }
    }
}

/// What Batch answered to some calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answers {
    /// How many it took, or refused for another reason.
    pub accepted: u32,
    /// How many it throttled.
    pub throttled: u32,
}

impl Answers {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            accepted: self.accepted.saturating_add(other.accepted),
            throttled: self.throttled.saturating_add(other.throttled),
        }
    }
}

impl Rate {
    fn calls_in_batch(self) -> u32 {
        let calls = u64::from(self.0) * BATCH_MS / 1_000_000;
        u32::try_from(calls).unwrap_or(u32::MAX).max(1)
    }

    /// The time that so many slots take, rounded up to a millisecond.
    fn time_of(self, slots: u32) -> Duration {
        let ms = (u64::from(slots) * 1_000_000).div_ceil(u64::from(self.0.max(LOWEST.0)));
        Duration::from_millis(ms)
    }
}
