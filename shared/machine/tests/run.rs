//! What must hold for a run.

use machine::{
    Decision, Epoch, GroupOrder, Ignored, Outcome, Resolved, Run, Timestamp, Verdict,
    group::Place,
    run::{Effect, Event, Outcome as RunOutcome, Status, decide, outstanding},
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
    play_from(Run::admitted(false), count, events)
}

fn play_from(run: Run, count: u16, events: &[Event]) -> Run {
    events.iter().fold(run, |run, event| match decide(&run, event, &sinks(count), Timestamp::from_ms(7)) {
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
    let (granted, away) = (Event::PlaceGranted { epoch: Epoch::FIRST }, Event::TurnedAway { epoch: Epoch::FIRST });
    let queued = Run::admitted(true);
    let skipped = play_from(queued.clone(), 1, std::slice::from_ref(&away));
    let rows = [
        (&queued, &granted, Ok("RUNNING")),
        (&queued, &Event::PlaceGranted { epoch: Epoch(2) }, Err(Ignored::OtherEpoch)),
        (&queued, &away, Ok("SKIPPED")),
        (&queued, &Event::TurnedAway { epoch: Epoch(2) }, Err(Ignored::OtherEpoch)),
        (&queued, &sink, Err(Ignored::NothingDue)),
        (&queued, &Event::Looked, Err(Ignored::NothingDue)),
        (&queued, &cancel(), Ok("CANCELLING")),
        (&queued, &retry, Err(Ignored::NothingDue)),
        (&running, &granted, Err(Ignored::Duplicate)),
        (&running, &away, Err(Ignored::NothingDue)),
        (&cancelling, &granted, Err(Ignored::NothingDue)),
        (&cancelling, &away, Err(Ignored::NothingDue)),
        (&failed, &granted, Err(Ignored::Ended)),
        (&failed, &away, Err(Ignored::Ended)),
        (&skipped, &granted, Err(Ignored::Ended)),
        (&skipped, &cancel(), Err(Ignored::Ended)),
        (&skipped, &retry, Ok("QUEUED")),
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
    let complete = Run { resolved: Resolved::default().with(StageIndex::new(0), good), ..Run::admitted(false) };
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
    assert_eq!(run, Run { epoch: Epoch(2), resolved: kept, status: Status::Running, requests, grouped: false });
}

#[test]
fn a_run_of_a_group_seeks_a_place_before_each_epoch_and_leaves_it_after() {
    let granted = |epoch| Event::PlaceGranted { epoch: Epoch(epoch) };
    let retry = Event::Retried { kept: Resolved::default(), request: "retry".into() };
    let queued = Run::admitted(true);
    assert_eq!(outstanding(&queued), Some(Effect::SeekPlace));
    let running = play_from(queued, 1, &[granted(1)]);
    assert_eq!((running.status, outstanding(&running)), (Status::Running, None));
    let cancelling = play_from(running.clone(), 1, &[cancel()]);
    assert_eq!(outstanding(&cancelling), None, "its jobs may still run");
    let failed = play_from(running, 1, &[resolved(0, Outcome::Failed)]);
    assert_eq!((failed.status, outstanding(&failed)), (ended(RunOutcome::Failed), Some(Effect::LeavePlace)));
    let again = play_from(failed, 1, &[retry]);
    assert_eq!((again.status, again.epoch, outstanding(&again)), (Status::Queued, Epoch(2), Some(Effect::SeekPlace)));
    assert_eq!(play_from(again, 1, &[granted(1)]).status, Status::Queued, "the place was that of another epoch");
}

#[test]
fn a_place_is_void_once_its_epoch_has_ended() {
    let retry = Event::Retried { kept: Resolved::default(), request: "retry".into() };
    let queued = Run::admitted(true);
    let running = play_from(queued.clone(), 1, &[Event::PlaceGranted { epoch: Epoch(1) }]);
    let failed = play_from(running.clone(), 1, &[resolved(0, Outcome::Failed)]);
    let again = play_from(failed.clone(), 1, &[retry]);
    for (run, epoch, place) in [
        (&queued, 1, Place::Unheard),
        (&running, 1, Place::Used),
        (&play_from(running.clone(), 1, &[cancel()]), 1, Place::Used),
        (&failed, 1, Place::Void),
        (&again, 1, Place::Void),
        (&again, 2, Place::Unheard),
        (&failed, 2, Place::Used),
    ] {
        assert_eq!(Place::of(run, Epoch(epoch)), place, "{} in epoch {epoch}", run.status.name());
    }
}

#[test]
fn stages_are_held_back_until_there_is_a_place() {
    let skipped = play_from(Run::admitted(true), 1, &[Event::TurnedAway { epoch: Epoch::FIRST }]);
    for (status, held_back) in [
        (Status::Queued, true),
        (skipped.status, true),
        (Status::Running, false),
        (Status::Cancelling, false),
        (ended(RunOutcome::Succeeded), false),
        (ended(RunOutcome::Failed), false),
        (ended(RunOutcome::Cancelled), false),
    ] {
        assert_eq!(status.holds_back(), held_back, "{}", status.name());
    }
}

#[test]
fn a_run_of_no_group_has_no_place_to_seek_or_leave() {
    assert_eq!(outstanding(&Run::admitted(false)), None);
    assert_eq!(outstanding(&play(1, &[resolved(0, Outcome::Failed)])), None);
}

#[test]
fn a_group_lets_in_by_priority_then_by_age_and_nobody_starves() {
    let order =
        |priority, minute: u64| GroupOrder::new(priority, Timestamp::from_ms(1_000_000_000_000 + minute * 60_000));
    assert!(order(5, 0) < order(4, 0), "the higher priority goes first");
    assert!(order(5, 0) < order(5, 1), "then the older one");
    assert!(order(9, 3) < order(5, 0), "four points are worth four minutes");
    assert!(order(5, 0) < order(9, 5), "and no more");
    let newest_first = |ms| GroupOrder::newest_first(Timestamp::from_ms(ms));
    assert!(newest_first(1_795_500_000_001) < newest_first(1_795_500_000_000), "a millisecond tells");
    assert_eq!(GroupOrder::new(0, Timestamp::from_ms(7)).get(), 7);
    assert_eq!(GroupOrder::new(9999, Timestamp::from_ms(1)).get(), 0);
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
