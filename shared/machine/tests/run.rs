//! What must hold for a run.

use machine::{
    Decision, Epoch, Outcome, Resolved, Run, Timestamp, Verdict,
    run::{Event, Outcome as RunOutcome, Status, decide},
};
use pipeline::StageIndex;
use proptest::prelude::*;

fn sinks(count: u16) -> Vec<StageIndex> {
    (0..count).map(StageIndex::new).collect()
}

fn resolved(sink: u16, outcome: Outcome) -> Event {
    let verdict = Verdict { outcome, tainted: outcome != Outcome::Succeeded };
    Event::SinkResolved { sink: StageIndex::new(sink), verdict, epoch: Epoch::FIRST }
}

fn play(count: u16, events: &[Event]) -> Run {
    events.iter().fold(Run::admitted(), |run, event| match decide(&run, event, &sinks(count), Timestamp::from_ms(7)) {
        Decision::Advance(next) => next,
        Decision::Ignore(_) | Decision::Reject(_) => run,
    })
}

fn ended(outcome: RunOutcome) -> Status {
    Status::Ended { outcome, at: Timestamp::from_ms(7) }
}

fn cancel() -> Event {
    Event::Cancelled { request: "cancel".into() }
}

#[test]
fn a_cancel_delivered_again_after_a_retry_does_nothing() {
    let retry = Event::Retried { kept: Resolved::default(), request: "retry".into() };
    let run = play(1, &[cancel(), resolved(0, Outcome::Cancelled), retry, cancel()]);
    assert_eq!((run.status, run.epoch), (Status::Running, Epoch(2)));
}

#[test]
fn a_run_ends_when_its_last_sink_has() {
    let (a, b) = (resolved(0, Outcome::Succeeded), resolved(1, Outcome::Succeeded));
    assert_eq!(play(2, &[a.clone(), a.clone()]).status, Status::Running);
    assert_eq!(play(2, &[a, b]).status, ended(RunOutcome::Succeeded));
}

#[test]
fn a_tainted_sink_fails_the_run_or_shows_that_it_was_cancelled() {
    let failed = [resolved(0, Outcome::Failed), resolved(1, Outcome::Succeeded)];
    assert_eq!(play(2, &failed).status, ended(RunOutcome::Failed));
    assert_eq!(play(1, &[cancel(), resolved(0, Outcome::Cancelled)]).status, ended(RunOutcome::Cancelled));
    assert_eq!(play(1, &[cancel(), resolved(0, Outcome::Succeeded)]).status, ended(RunOutcome::Succeeded));
}

#[test]
fn a_retry_is_made_once_by_one_request() {
    let retry = |request: &str| Event::Retried { kept: Resolved::default(), request: request.to_owned() };
    let failed = resolved(0, Outcome::Failed);
    let run = play(1, &[failed.clone(), retry("r")]);
    assert_eq!((run.status, run.epoch), (Status::Running, Epoch(2)));
    let late = play(1, &[failed.clone(), retry("r"), failed.clone()]);
    assert_eq!(late.status, Status::Running, "a verdict of the past does nothing");
    let again = Event::SinkResolved {
        sink: StageIndex::new(0),
        verdict: Verdict { outcome: Outcome::Failed, tainted: true },
        epoch: Epoch(2),
    };
    let twice = play(1, &[failed, retry("r"), again, retry("r")]);
    assert_eq!((twice.status, twice.epoch), (ended(RunOutcome::Failed), Epoch(2)));
}

#[test]
fn a_run_that_succeeded_is_never_retried() {
    let retry = Event::Retried { kept: Resolved::default(), request: "r".into() };
    assert_eq!(play(1, &[resolved(0, Outcome::Succeeded), retry]).status, ended(RunOutcome::Succeeded));
}

proptest! {
    /// Verdicts are numbers and back, whatever they are.
    #[test]
    fn verdicts_survive_their_numbers(pairs in prop::collection::vec((0_u16..600, 0_usize..4, any::<bool>()), 0..40)) {
        let outcomes = [Outcome::Succeeded, Outcome::Failed, Outcome::Skipped, Outcome::Cancelled];
        let set = pairs.iter().fold(Resolved::default(), |set, &(need, outcome, tainted)| {
            set.with(StageIndex::new(need), Verdict { outcome: outcomes[outcome], tainted })
        });
        let back = Resolved::from_numbers(set.numbers()).unwrap();
        prop_assert_eq!(&back, &set);
        prop_assert!(pairs.iter().all(|&(need, ..)| back.contains(StageIndex::new(need))));
        prop_assert_eq!(back.tainted(), pairs.iter().any(|&(.., tainted)| tainted));
    }
}
