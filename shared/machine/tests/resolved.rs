//! What has resolved, and the numbers that stand for it in an item.

use machine::{Outcome, Resolved, UnknownVerdict, Verdict};
use pipeline::StageIndex;

const ROWS: [(u16, Outcome, bool, u32); 9] = [
    (0, Outcome::Succeeded, false, 0),
    (0, Outcome::Failed, false, 1),
    (0, Outcome::Skipped, false, 2),
    (0, Outcome::Cancelled, false, 3),
    (0, Outcome::Succeeded, true, 4),
    (3, Outcome::Cancelled, true, 31),
    (4, Outcome::Succeeded, false, 32),
    (7, Outcome::Skipped, true, 62),
    (u16::MAX, Outcome::Cancelled, true, 524_287),
];

fn only(need: u16, outcome: Outcome, tainted: bool) -> Resolved {
    Resolved::default().with(StageIndex::new(need), Verdict { outcome, tainted })
}

/// Items of runs that are under way hold these numbers: they never change.
#[test]
fn a_verdict_is_position_times_eight_and_its_kind() {
    for (need, outcome, tainted, number) in ROWS {
        let resolved = only(need, outcome, tainted);
        assert_eq!(resolved.numbers().collect::<Vec<_>>(), [number]);
        let verdict = (StageIndex::new(need), Verdict { outcome, tainted });
        let back = Resolved::from_numbers([number]).unwrap();
        assert_eq!(back.verdicts().collect::<Vec<_>>(), [verdict]);
        assert_eq!(back.tainted(), tainted);
    }
}

#[test]
fn a_number_beyond_the_last_position_is_none_of_ours() {
    assert_eq!(Resolved::from_numbers([0, 524_288]), Err(UnknownVerdict(524_288)));
    assert_eq!(Resolved::from_numbers([u32::MAX]), Err(UnknownVerdict(u32::MAX)));
    assert_eq!(Resolved::from_numbers([524_287, 0]).map(|resolved| resolved.len()), Ok(2));
}

#[test]
fn a_need_has_resolved_whatever_its_verdict_and_its_neighbours_have_not() {
    for (need, outcome, tainted, _) in ROWS {
        let resolved = only(need, outcome, tainted);
        assert!(resolved.contains(StageIndex::new(need)));
        for neighbour in [need.checked_sub(1), need.checked_add(1)].into_iter().flatten() {
            assert!(!resolved.contains(StageIndex::new(neighbour)), "{neighbour} beside {need}");
        }
    }
}

#[test]
fn each_need_counts_once() {
    let none = Resolved::default();
    assert_eq!((none.len(), none.is_empty(), none.tainted()), (0, true, false));
    let good = Verdict { outcome: Outcome::Succeeded, tainted: false };
    let two = none.with(StageIndex::new(1), good).with(StageIndex::new(9), good).with(StageIndex::new(1), good);
    assert_eq!((two.len(), two.is_empty(), two.tainted()), (2, false, false));
    let positions: Vec<u16> = two.verdicts().map(|(need, _)| need.get()).collect();
    assert_eq!(positions, [1, 9], "in the order of the definition");
}
