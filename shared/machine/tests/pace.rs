//! What must hold for the pace of the lane, whoever reserves slots of it, and whatever Batch answers.

use std::time::Duration;

use machine::{
    Pace, Timestamp,
    pace::{Answers, Rate},
};
use proptest::prelude::*;

/// Batch's limit, in calls a second.
const LIMIT: usize = 50;

/// Batch as a bucket of tokens, of which `per_second` come in a second, and no more than that lie in it.
struct Bucket {
    per_second: u64,
    thousandths: u64,
    at: Timestamp,
}

impl Bucket {
    fn empty(per_second: u64, at: Timestamp) -> Self {
        Self { per_second, thousandths: 0, at }
    }

    /// Whether a call at that time is taken.
    fn take(&mut self, now: Timestamp) -> bool {
        let more = u64::try_from(now.since(self.at).as_millis()).unwrap_or(u64::MAX) * self.per_second;
        self.thousandths = (self.thousandths + more).min(self.per_second * 1000);
        self.at = now.max(self.at);
        let taken = self.thousandths >= 1000;
        if taken {
            self.thousandths -= 1000;
        }
        taken
    }
}

fn ms(ms: u64) -> Timestamp {
    Timestamp::from_ms(ms)
}

/// Calls without a pause for `seconds`, each batch answered before the next but one is reserved. When they were, and whether
/// they were taken.
fn calls(bucket: &mut Bucket, mut now: Timestamp, seconds: u64) -> Vec<(Timestamp, bool)> {
    let (mut pace, mut calls, mut late) = (Pace::first(), Vec::new(), Answers::default());
    let end = now.plus(Duration::from_secs(seconds));
    while now < end {
        let (reserved, slots) = pace.answered(late).reserve(now);
        pace = reserved;
        late = Answers::default();
        assert!(!slots.is_empty() && pace.next > now, "the lane stands still: {pace:?}");
        for slot in slots {
            let taken = bucket.take(slot);
            late = late.and(Answers { accepted: u32::from(taken), throttled: u32::from(!taken) });
            calls.push((slot, taken));
        }
        now = pace.next;
    }
    calls
}

proptest! {
    /// Whenever who reserves how often, and however their clocks differ by seconds: in no second are there more calls than
    /// Batch takes, and no slot is reserved twice.
    #[test]
    fn there_are_never_more_slots_than_the_limit(
        rate in 1_u32..100_000,
        steps in prop::collection::vec((0_u64..2_000, 0_u64..4_000, 0_u32..3, 0_u32..2), 1..80),
    ) {
        let mut pace = Pace { next: ms(0), rate: Rate(rate) }.answered(Answers { accepted: 1, throttled: 0 });
        let (mut now, mut slots) = (ms(1_000_000), Vec::new());
        for (pause, skew, accepted, throttled) in steps {
            now = now.plus(Duration::from_millis(pause));
            let (reserved, batch) = pace.reserve(now.plus(Duration::from_millis(skew)));
            prop_assert!(!batch.is_empty());
            pace = reserved.answered(Answers { accepted, throttled });
            slots.extend(batch);
        }
        prop_assert!(slots.is_sorted());
        for (first, slot) in slots.iter().enumerate() {
            let second = slots.iter().skip(first).take_while(|other| other.since(*slot) < Duration::from_secs(1)).count();
            prop_assert!(second <= LIMIT, "{second} slots within a second");
        }
    }

    /// Whatever Batch answered before: it goes on, at least once a second.
    #[test]
    fn the_lane_never_stops(answers in prop::collection::vec((0_u32..50, 0_u32..50), 0..200), start in any::<u32>()) {
        let pace = answers.into_iter().fold(Pace { next: ms(0), rate: Rate(start) }, |pace, (accepted, throttled)| {
            pace.answered(Answers { accepted, throttled })
        });
        let (after, slots) = pace.reserve(ms(5));
        prop_assert_eq!(slots.first(), Some(&ms(5)));
        prop_assert!(after.ahead(ms(5)) <= Duration::from_secs(1));
    }

    /// Whatever part of the limit is left to the lane: after half a minute it uses most of it, and is seldom throttled.
    #[test]
    fn the_rate_settles_below_what_batch_takes(limit in 4_u64..=50) {
        let mut bucket = Bucket::empty(limit, ms(0));
        let settled: Vec<bool> =
            calls(&mut bucket, ms(0), 180).into_iter().filter(|(at, _)| *at >= ms(30_000)).map(|(_, taken)| taken).collect();
        let (taken, all) = (settled.iter().filter(|taken| **taken).count() as u64, settled.len() as u64);
        let offered = limit * 150;
        prop_assert!(taken * 10 >= offered * 6, "{taken} of {offered} that would be taken");
        prop_assert!((all - taken) * 3 <= all, "{} of {all} throttled", all - taken);
    }
}

#[test]
fn a_pause_saves_nothing_up() {
    let (pace, slots) = Pace::first().reserve(ms(10_000));
    let (_, later) = pace.reserve(ms(3_600_000));
    assert_eq!(slots.len(), later.len());
    assert_eq!(later.first(), Some(&ms(3_600_000)));
}

#[test]
fn what_a_wrong_clock_reserved_is_forgotten() {
    let (broken, _) = Pace::first().reserve(ms(86_400_000));
    assert_eq!(broken.ahead(ms(1_000)), Duration::ZERO);
    assert_eq!(broken.reserve(ms(1_000)).1.first(), Some(&ms(1_000)));
}

/// At some rates: how many slots a reservation has, how long they take, and when the second one is.
#[test]
fn a_reservation_takes_half_a_second_or_is_a_single_slot() {
    let rows = [
        (45_000, 22, 489, Some(23)),
        (20_000, 10, 500, Some(50)),
        (10_000, 5, 500, Some(100)),
        (4_000, 2, 500, Some(250)),
        (3_999, 1, 251, None),
        (1_000, 1, 1_000, None),
        (1, 1, 1_000, None),
    ];
    for (rate, count, span, second) in rows {
        let (after, slots) = Pace { next: ms(9_000), rate: Rate(rate) }.reserve(ms(8_000));
        assert_eq!((slots.len(), slots.first()), (count, Some(&ms(9_000))), "{rate}");
        assert_eq!(slots.get(1).copied(), second.map(|second| ms(9_000 + second)), "{rate}");
        assert_eq!(after, Pace { next: ms(9_000 + span), rate: Rate(rate) });
    }
}

/// Answers that are accepted speed it up by half a call a second and a twentieth; one that is throttled leaves seven tenths.
#[test]
fn the_rate_follows_the_answers() {
    let rows = [
        (20_000, (0, 0), 20_000),
        (20_000, (1, 0), 21_500),
        (20_000, (30, 0), 21_500),
        (20_000, (0, 1), 14_000),
        (20_000, (30, 9), 14_000),
        (1_000, (1, 0), 1_550),
        (1_400, (0, 1), 1_000),
        (44_000, (1, 0), 45_000),
        (500, (0, 0), 1_000),
        (u32::MAX, (1, 0), 45_000),
    ];
    for (rate, (accepted, throttled), expected) in rows {
        let before = Pace { next: ms(9_000), rate: Rate(rate) };
        let after = before.answered(Answers { accepted, throttled });
        assert_eq!(after, Pace { rate: Rate(expected), ..before }, "{rate} after {accepted} and {throttled}");
    }
}

#[test]
fn a_slot_half_a_minute_ahead_is_kept_and_one_further_is_not() {
    let ahead = |next| Pace { next: ms(next), ..Pace::first() }.ahead(ms(1_000));
    assert_eq!(ahead(31_000), Duration::from_secs(30));
    assert_eq!(ahead(31_001), Duration::ZERO);
    assert_eq!(ahead(999), Duration::ZERO);
}

#[test]
fn answers_add_up() {
    let (some, more) = (Answers { accepted: 2, throttled: 3 }, Answers { accepted: u32::MAX, throttled: 4 });
    assert_eq!(some.and(more), Answers { accepted: u32::MAX, throttled: 7 });
}
