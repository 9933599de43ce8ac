//! What must hold for a stage whatever happens to it, in whatever order, however often.

use machine::{
    Attempt, ClaimId, Epoch, JobId, Outcome, Resolved, Timestamp, Verdict,
    stage::{Event, JobChange, State, SubmitAnswer},
};
use pipeline::{StageIndex, When};
use proptest::prelude::*;

use crate::{
    conditions::condition,
    play::Play,
    retries::retry,
    sample::{EPOCH, cause},
};

/// A stage with so many needs, on any condition, with or without a budget.
fn play() -> impl Strategy<Value = Play> {
    let when = prop::sample::select(vec![When::Success, When::Failure, When::Always, condition()]);
    (0_u16..3, when, 0_u8..3).prop_map(|(count, when, limit)| {
        let mut play = Play::new(count);
        (play.when, play.retry) = (when, retry(limit));
        play
    })
}

fn verdict() -> impl Strategy<Value = Verdict> {
    let outcomes = [Outcome::Succeeded, Outcome::Failed, Outcome::Skipped, Outcome::Cancelled];
    prop::sample::select(outcomes.to_vec())
        .prop_map(|outcome| Verdict { outcome, tainted: outcome != Outcome::Succeeded })
}

fn change() -> impl Strategy<Value = JobChange> {
    let at = Timestamp::from_ms(5);
    prop_oneof![
        prop::option::of(Just("CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY".to_owned()))
            .prop_map(|blocked| JobChange::Alive { blocked }),
        Just(JobChange::Succeeded { started_at: None, at }),
        Just(JobChange::Failed { started_at: None, at, cause: cause() }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let claim = || (0_u32..12).prop_map(|number| ClaimId::new(format!("claim-{number}")));
    let job = || (0_u32..3).prop_map(|number| JobId::new(format!("job-{number}")));
    let answer = prop_oneof![
        job().prop_map(SubmitAnswer::Done),
        Just(SubmitAnswer::Refused(cause())),
        Just(SubmitAnswer::Throttled),
        Just(SubmitAnswer::Unknown),
    ];
    prop_oneof![
        3 => (0_u16..3, verdict(), 1_u32..4).prop_map(|(need, verdict, epoch)| Event::NeedResolved {
            need: StageIndex::new(need),
            verdict,
            epoch: Epoch(epoch),
        }),
        3 => Just(Event::Looked),
        1 => (1_u32..4, prop_oneof![Just(Ok(true)), Just(Ok(false)), Just(Err(cause()))])
            .prop_map(|(epoch, holds)| Event::Evaluated { epoch: Epoch(epoch), holds }),
        2 => Just(Event::TurnCame),
        4 => (claim(), 0_u32..4, answer).prop_map(|(claim, attempt, answer)| {
            Event::SubmitAnswered { claim, attempt: Attempt(attempt), answer }
        }),
        2 => (claim(), prop::option::of(job())).prop_map(|(claim, found)| Event::Settled { claim, found }),
        4 => (0_u32..4, job(), change()).prop_map(|(attempt, job, change)| Event::JobChanged {
            attempt: Attempt(attempt),
            job,
            change,
        }),
        1 => job().prop_map(|job| Event::JobMissing { job }),
        1 => (0_u32..3, 0_u64..9_000_000, prop::option::of(0_u64..9_000_000)).prop_map(|(attempt, due, again)| Event::LookedAgain {
            attempt: Attempt(attempt),
            due: Timestamp::from_ms(due),
            again: again.map(Timestamp::from_ms),
        }),
        1 => (1_u32..4).prop_map(|epoch| Event::Cancelled { epoch: Epoch(epoch) }),
        1 => (1_u32..5).prop_map(|epoch| Event::Reset { epoch: Epoch(epoch), kept: Resolved::default(), cancelled: false }),
    ]
}

proptest! {
    /// I3: a terminal state is final, save for an explicit retry; attempts and epochs only grow; what resolved stays.
    #[test]
    fn nothing_goes_back(mut play in play(), events in prop::collection::vec((event(), 0_u64..400_000), 0..60)) {
        for (event, pause) in events {
            play.now = Timestamp::from_ms(play.now.as_ms() + pause);
            let before = play.stage.clone();
            play.decide(&event);
            let after = &play.stage;
            prop_assert!(after.attempt >= before.attempt);
            prop_assert!(after.epoch >= before.epoch);
            if after.epoch == before.epoch {
                prop_assert!(before.resolved.numbers().all(|number| after.resolved.numbers().any(|kept| kept == number)));
                if let State::Ended(_) = before.state {
                    prop_assert_eq!(&after.state, &before.state);
                }
            } else {
                let is_reset = matches!(event, Event::Reset { .. });
                prop_assert!(is_reset);
            }
        }
    }

    /// Applying the same event twice is applying it once: the second time it is ignored, or does the same.
    #[test]
    fn a_duplicate_does_nothing(mut play in play(), events in prop::collection::vec(event(), 1..40)) {
        for event in events {
            play.decide(&event);
            let once = play.stage.clone();
            play.decide(&event);
            let twice = play.stage.clone();
            let due = matches!(event, Event::JobMissing { .. });
            // The first look only found that it is complete, or the second one that the time has come.
            let due = due || matches!(once.state, State::Backoff { .. });
            prop_assert!(once == twice || due, "{:?}: {:?} then {:?}", event, once, twice);
        }
    }

    /// I2: a job is only ever claimed once everything resolved in this epoch, and only if its condition holds.
    #[test]
    fn only_a_complete_stage_starts(mut play in play(), events in prop::collection::vec(event(), 0..40)) {
        let mut held = false;
        for event in events {
            held |= matches!(event, Event::Evaluated { holds: Ok(true), .. });
            play.decide(&event);
            if let State::Claimed { .. } = play.stage.state {
                prop_assert!(play.stage.is_complete(play.node()));
                let tainted = play.stage.resolved.tainted();
                let may = match play.when {
                    When::Success => !tainted,
                    When::Failure => tainted,
                    When::Always => true,
                    When::Condition(_) => held,
                };
                prop_assert!(may, "{:?}", play.stage);
                let cancelled = play.stage.resolved.verdicts().any(|(_, verdict)| verdict.outcome == Outcome::Cancelled);
                prop_assert!(!cancelled);
            }
        }
    }

    /// However often it fails, there are no more attempts in an epoch than its budgets allow.
    #[test]
    fn a_budget_is_kept(events in prop::collection::vec((event(), 0_u64..100_000_000), 0..200)) {
        let mut play = Play::new(0);
        play.retry = retry(2);
        let mut opened_in_epoch = 0;
        for (event, pause) in events {
            play.now = Timestamp::from_ms(play.now.as_ms() + pause);
            let before = play.stage.clone();
            play.decide(&event);
            let opened = play.stage.attempt.0 - before.attempt.0;
            opened_in_epoch = if play.stage.epoch == before.epoch { opened_in_epoch + opened } else { opened };
            prop_assert!(opened_in_epoch <= 3, "{:?}", play.stage);
        }
    }

    /// The order in which needs resolve does not matter.
    #[test]
    fn verdicts_commute(verdicts in prop::collection::vec(verdict(), 3), order in Just([0_u16, 1, 2]).prop_shuffle()) {
        let resolve = |order: &[u16]| {
            let mut play = Play::new(3);
            for &need in order {
                let verdict = verdicts[usize::from(need)];
                play.decide(&Event::NeedResolved { need: StageIndex::new(need), verdict, epoch: EPOCH });
            }
            (play.stage.resolved, play.stage.state.name())
        };
        prop_assert_eq!(resolve(&order), resolve(&[0, 1, 2]));
    }

    /// Every stage says what it waits for: either something is outstanding, or it waits for a need or for its job.
    #[test]
    fn nobody_waits_for_nothing(mut play in play(), events in prop::collection::vec(event(), 0..40)) {
        for event in events {
            play.decide(&event);
            let node = play.node();
            let waits = match &play.stage.state {
                State::Waiting => !play.stage.is_complete(node),
                State::Submitted { .. } => true,
                State::Ended(_) => play.stage.verdict(node).is_none() && !play.stage.is_complete(node),
                State::Ready { .. }
                | State::Claimed { .. }
                | State::Backoff { .. }
                | State::Expanding
                | State::FannedOut { .. }
                | State::Cancelling { .. } => false,
            };
            prop_assert!(waits || !play.outstanding().is_empty(), "{:?}", play.stage);
        }
    }
}
