//! What becomes of a gathering.

use std::time::Duration;

use machine::{
    Decision, Ignored, Timestamp,
    gathering::{Effect, Event, Gathering, Goal, MOST_BYTES, Outcome, State, Terms, decide, outstanding},
};
use proptest::prelude::*;

const OPENED: Timestamp = Timestamp::from_ms(1_795_500_000_000);
const WINDOW: Duration = Duration::from_secs(600);
const SETTLE: Duration = Duration::from_secs(60);

fn terms(goal: Goal) -> Terms {
    Terms { goal, window: WINDOW }
}

const BATCH: Goal = Goal::Batch { most: 10 };
const COUNT: Goal = Goal::Count { needed: 3 };
const MARKER: Goal = Goal::Marker { settle: SETTLE };

fn open(items: u32) -> Gathering {
    Gathering {
        opened_at: OPENED,
        closes_at: OPENED.plus(WINDOW),
        slots: items,
        items,
        bytes: 0,
        marks: 0,
        marked_at: None,
        in_vain: 0,
        state: State::Open,
    }
}

fn after(seconds: u64) -> Timestamp {
    OPENED.plus(Duration::from_secs(seconds))
}

fn closes(gathering: &Gathering, event: &Event, goal: Goal, now: Timestamp) -> bool {
    match decide(gathering, event, terms(goal), now) {
        Decision::Advance(next) => next.state == State::Closed { at: now },
        Decision::Ignore(_) | Decision::Reject(_) => false,
    }
}

#[test]
fn it_closes_when_it_is_full_or_its_window_is_over() {
    for (goal, items, seconds, is_due) in [
        (BATCH, 9, 599, false),
        (BATCH, 10, 0, true),
        (BATCH, 1, 600, true),
        (COUNT, 3, 0, false),
        (COUNT, 1, 600, true),
        (COUNT, 10_000, 0, true),
        (MARKER, 9_999, 599, false),
        (MARKER, 0, 600, true),
    ] {
        assert_eq!(closes(&open(items), &Event::Looked, goal, after(seconds)), is_due, "{goal:?} {items} {seconds}");
        assert_eq!(outstanding(&open(items), terms(goal), after(seconds)) == Some(Effect::Look), is_due);
    }
    let heavy = Gathering { bytes: MOST_BYTES, ..open(2) };
    assert!(closes(&heavy, &Event::Looked, BATCH, after(1)));
}

#[test]
fn enough_announcements_ask_for_a_count_and_only_the_count_closes() {
    assert_eq!(outstanding(&open(2), terms(COUNT), after(1)), Some(Effect::LookAt(after(600))));
    assert_eq!(outstanding(&open(3), terms(COUNT), after(1)), Some(Effect::Count));
    assert!(closes(&open(3), &Event::Counted { found: 3 }, COUNT, after(1)));
    let Decision::Advance(counted) = decide(&open(3), &Event::Counted { found: 2 }, terms(COUNT), after(1)) else {
        panic!("one came twice, and that is remembered");
    };
    assert_eq!((counted.in_vain, &counted.state), (1, &State::Open));
    assert_eq!(
        outstanding(&counted, terms(COUNT), after(2)),
        Some(Effect::LookAt(after(600))),
        "it is not counted again"
    );
    let one_more = Gathering { items: 4, ..counted };
    assert_eq!(outstanding(&one_more, terms(COUNT), after(3)), Some(Effect::Count));
}

#[test]
fn a_marker_is_waited_after_because_events_come_out_of_order() {
    let marked = Gathering { marks: 1, marked_at: Some(after(10)), ..open(2) };
    assert_eq!(outstanding(&marked, terms(MARKER), after(10)), Some(Effect::LookAt(after(70))));
    assert_eq!(outstanding(&marked, terms(MARKER), after(70)), Some(Effect::Count));
    assert!(closes(&marked, &Event::Counted { found: 1 }, MARKER, after(70)));
    assert!(!closes(&marked, &Event::Counted { found: 1 }, MARKER, after(69)));
    let Decision::Advance(in_vain) = decide(&marked, &Event::Counted { found: 0 }, terms(MARKER), after(70)) else {
        panic!("it was the marker of an earlier one");
    };
    assert_eq!(outstanding(&in_vain, terms(MARKER), after(70)), Some(Effect::LookAt(after(600))));
    let late = Gathering { marked_at: Some(after(590)), ..marked };
    assert_eq!(
        outstanding(&late, terms(MARKER), after(591)),
        Some(Effect::LookAt(after(600))),
        "the window is over first"
    );
}

#[test]
fn what_is_closed_stays_closed_and_ends_once() {
    let closed = Gathering { state: State::Closed { at: after(1) }, ..open(10) };
    for event in [Event::Looked, Event::Counted { found: 9 }] {
        assert_eq!(decide(&closed, &event, terms(BATCH), after(700)), Decision::Ignore(Ignored::NothingDue));
    }
    assert_eq!(outstanding(&closed, terms(BATCH), after(1)), Some(Effect::Settle));
    let settled = Event::Settled(Outcome::Run("r".to_owned()));
    let Decision::Advance(ended) = decide(&closed, &settled, terms(BATCH), after(2)) else { panic!("it ends") };
    assert_eq!(ended.state, State::Ended { at: after(2), outcome: Outcome::Run("r".to_owned()) });
    assert_eq!(outstanding(&ended, terms(BATCH), after(9)), None);
    assert_eq!(decide(&ended, &settled, terms(BATCH), after(3)), Decision::Ignore(Ignored::Duplicate));
    assert_eq!(decide(&ended, &Event::Looked, terms(BATCH), after(3)), Decision::Ignore(Ignored::Ended));
    let early = decide(&open(1), &settled, terms(BATCH), after(1));
    assert_eq!(early, Decision::Ignore(Ignored::NothingDue), "nothing is settled before it is closed");
}

#[test]
fn a_lane_is_busy_by_its_rate() {
    let busy = |slots, ms| Gathering { slots, ..open(0) }.is_busy(OPENED.plus(Duration::from_millis(ms)));
    assert!(!busy(49, 0), "that may be a small burst");
    assert!(busy(50, 0));
    assert!(busy(101, 1000));
    assert!(!busy(100, 1000));
    assert!(!busy(1000, 60_000));
}

proptest! {
    /// Whatever is open is looked at again, or due now; and what is due is closed by that look.
    #[test]
    fn nothing_is_left_open_for_ever(
        items in 0_u32..12, marks in 0_u32..3, in_vain in 0_u32..12, marked in 0_u64..700, now in 0_u64..1000, goal in 0..3
    ) {
        let goal = [BATCH, COUNT, MARKER][usize::try_from(goal).unwrap_or_default()];
        let marked_at = (marks > 0).then(|| after(marked));
        let gathering = Gathering { marks, marked_at, in_vain, ..open(items) };
        let now = after(now);
        match outstanding(&gathering, terms(goal), now) {
            Some(Effect::Look) => {
                let closed = closes(&gathering, &Event::Looked, goal, now);
                prop_assert!(closed);
            }
            Some(Effect::LookAt(at)) => prop_assert!(at > now && at <= gathering.closes_at),
            Some(Effect::Count) => {
                let closed = closes(&gathering, &Event::Counted { found: 10_000 }, goal, now);
                prop_assert!(closed);
                let Decision::Advance(counted) = decide(&gathering, &Event::Counted { found: 0 }, terms(goal), now) else {
                    return Err(TestCaseError::fail("it is remembered"));
                };
                prop_assert_ne!(outstanding(&counted, terms(goal), now), Some(Effect::Count), "for ever");
            }
            Some(Effect::Settle) | None => return Err(TestCaseError::fail("it is open")),
        }
    }
}
