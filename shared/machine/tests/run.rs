//! What must hold for a run.

use machine::{
    Decision, Epoch, Ignored, Outcome, Resolved, Run, Timestamp, Verdict,
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

/// The table at the top of `run.rs`, for a run of one sink.
#[test]
fn every_event_in_every_state_does_what_the_table_says() {
    let retry = Event::Retried { kept: Resolved::default(), request: "retry".into() };
    let sink = resolved(0, Outcome::Failed);
    let (running, cancelling) = (play(1, &[]), play(1, &[cancel()]));
    let [failed, cancelled] = [&[sink.clone()][..], &[cancel(), sink.clone()][..]].map(|events| play(1, events));
    let succeeded = play(1, &[resolved(0, Outcome::Succeeded)]);
    let again = Event::Cancelled { request: "again".into() };
    let rows = [
        (&running, &sink, Ok("FAILED")),
        (&running, &Event::Looked, Err(Ignored::NothingDue)),
        (&running, &cancel(), Ok("CANCELLING")),
        (&running, &retry, Err(Ignored::NothingDue)),
        (&cancelling, &sink, Ok("CANCELLED")),
        (&cancelling, &Event::Looked, Err(Ignored::NothingDue)),
        (&cancelling, &again, Err(Ignored::Duplicate)),
        (&cancelling, &retry, Err(Ignored::NothingDue)),
        (&failed, &sink, Err(Ignored::Duplicate)),
        (&failed, &Event::Looked, Err(Ignored::Ended)),
        (&failed, &cancel(), Err(Ignored::Ended)),
        (&failed, &retry, Ok("RUNNING")),
        (&cancelled, &sink, Err(Ignored::Duplicate)),
        (&cancelled, &Event::Looked, Err(Ignored::Ended)),
        (&cancelled, &again, Err(Ignored::Ended)),
        (&cancelled, &retry, Ok("RUNNING")),
        (&succeeded, &sink, Err(Ignored::Duplicate)),
        (&succeeded, &Event::Looked, Err(Ignored::Ended)),
        (&succeeded, &cancel(), Err(Ignored::Ended)),
        (&succeeded, &retry, Err(Ignored::Ended)),
    ];
    for (run, event, expected) in rows {
        let became = match decide(run, event, &sinks(1), Timestamp::from_ms(7)) {
            Decision::Advance(next) => Ok(next.status.name()),
            Decision::Ignore(why) => Err(why),
            Decision::Reject(_) => unreachable!("a run rejects nothing"),
        };
        assert_eq!(became, expected, "{} {event:?}", run.status.name());
    }
}

#[test]
fn a_look_ends_a_run_whose_sinks_have_all_resolved() {
    let good = Verdict { outcome: Outcome::Succeeded, tainted: false };
    let complete = Run { resolved: Resolved::default().with(StageIndex::new(0), good), ..Run::admitted() };
    let ended = Run { status: ended(RunOutcome::Succeeded), ..complete.clone() };
    assert_eq!(decide(&complete, &Event::Looked, &sinks(1), Timestamp::from_ms(7)), Decision::Advance(ended.clone()));
    assert_eq!((complete.has_ended(), ended.has_ended()), (false, true));
}

#[test]
fn a_retry_keeps_what_succeeded() {
    let good = Verdict { outcome: Outcome::Succeeded, tainted: false };
    let kept = Resolved::default().with(StageIndex::new(0), good);
    let retry = Event::Retried { kept: kept.clone(), request: "retry".into() };
    let run = play(2, &[resolved(0, Outcome::Succeeded), resolved(1, Outcome::Failed), retry]);
    let requests = vec!["retry".to_owned()];
    assert_eq!(run, Run { epoch: Epoch(2), resolved: kept, status: Status::Running, requests });
}

#[test]
fn the_last_sixteen_requests_are_remembered() {
    let rounds = (0..17).flat_map(|round| {
        let sink = StageIndex::new(0);
        let verdict = Verdict { outcome: Outcome::Failed, tainted: true };
        let retry = Event::Retried { kept: Resolved::default(), request: format!("retry-{round}") };
        [Event::SinkResolved { sink, verdict, epoch: Epoch(round + 1) }, retry]
    });
    let run = play(1, &rounds.collect::<Vec<_>>());
    let expected: Vec<String> = (1..17).map(|round| format!("retry-{round}")).collect();
    assert_eq!(run.requests, expected);
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
