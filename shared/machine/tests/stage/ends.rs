//! Cancels, retries, and what a stage that has ended tells.

use machine::{
    Decision, Epoch, Ignored, Outcome, Resolved, Stage, Timestamp, Verdict, policy,
    stage::{CancelTarget, Effect, Ended, Event, Node, State},
};
use pipeline::StageIndex;

use crate::sample::*;

const NEED: StageIndex = StageIndex::new(0);
const GOOD: Verdict = Verdict { outcome: Outcome::Succeeded, tainted: false };
const UNSUCCESSFUL: [Outcome; 2] = [Outcome::Failed, Outcome::Cancelled];

#[test]
fn a_cancel_ends_what_has_no_job_and_waits_for_what_may_have_one() {
    let cancel = Event::Cancelled { epoch: EPOCH };
    for stage in [waiting(), ready()] {
        assert_eq!(decide(&stage, &cancel), advance(&stage, ended(Outcome::Cancelled, by_cancel())));
    }
    let with_its_job = State::Ended(Ended {
        outcome: Outcome::Cancelled,
        cause: Some(by_cancel()),
        job: Some(job()),
        started_at: None,
        at: NOW,
    });
    assert_eq!(decide(&backoff_until(NOW), &cancel), advance(&backoff_until(NOW), with_its_job));
    let target = CancelTarget::Unsettled { claim: held(), settle_at: AT.plus(policy::SETTLE_AFTER) };
    let waits = State::Cancelling { target, queue: its_queue(), at: NOW };
    assert_eq!(decide(&claimed(), &cancel), advance(&claimed(), waits));
    assert_eq!(decide(&submitted(), &cancel), advance(&submitted(), terminating_since(NOW, None)));
    for stage in [unsettled(), terminating()] {
        assert_eq!(decide(&stage, &cancel), ignore(Ignored::Duplicate), "{stage:?}");
    }
    assert_eq!(decide(&done(Outcome::Succeeded), &cancel), ignore(Ignored::Ended));
}

#[test]
fn a_cancel_of_another_epoch_does_nothing() {
    for epoch in [Epoch(1), Epoch(3)] {
        for stage in
            [waiting(), ready(), claimed(), submitted(), backoff_until(NOW), terminating(), done(Outcome::Failed)]
        {
            assert_eq!(decide(&stage, &Event::Cancelled { epoch }), ignore(Ignored::OtherEpoch), "{stage:?}");
        }
    }
}

#[test]
fn a_retry_begins_anew_what_did_not_succeed() {
    let kept = Resolved::default().with(NEED, GOOD);
    let reset = |epoch, cancelled| Event::Reset { epoch, kept: kept.clone(), cancelled };
    for outcome in UNSUCCESSFUL {
        let before = Stage { second_looks: vec![look(ATTEMPT, AT)], ..done(outcome) };
        // What the attempt had is kept, for whoever asks later, if it had anything.
        let failed = matches!(outcome, Outcome::Failed | Outcome::Cancelled).then(|| past(ATTEMPT, cause()));
        let after = |state| {
            let past = failed.clone().into_iter().collect();
            Decision::Advance(Stage { epoch: Epoch(5), resolved: kept.clone(), past, state, ..before.clone() })
        };
        assert_eq!(decide(&before, &reset(Epoch(5), false)), after(State::Waiting));
        let cancelled = after(ended(Outcome::Cancelled, by_cancel()));
        assert_eq!(decide(&before, &reset(Epoch(5), true)), cancelled, "the run was cancelled since");
        for epoch in [Epoch(1), EPOCH] {
            assert_eq!(decide(&before, &reset(epoch, false)), ignore(Ignored::OtherEpoch));
        }
    }
    // It was cancelled while its next attempt was awaited: what the last one had is kept already.
    let between = Stage { past: vec![past(ATTEMPT, cause())], ..done(Outcome::Cancelled) };
    let Decision::Advance(again) = decide(&between, &reset(Epoch(5), false)) else { unreachable!("it is reset") };
    assert_eq!(again.past, between.past);
    for outcome in [Outcome::Succeeded, Outcome::Skipped] {
        assert_eq!(decide(&done(outcome), &reset(Epoch(5), false)), ignore(Ignored::Ended));
    }
    for stage in [waiting(), ready(), claimed(), submitted(), backoff_until(NOW), unsettled(), terminating()] {
        assert_eq!(decide(&stage, &reset(Epoch(5), false)), ignore(Ignored::NothingDue), "{stage:?}");
    }
}

#[test]
fn only_what_a_failure_touched_in_an_earlier_epoch_is_to_be_reset() {
    let in_epoch = |epoch| Node::new(epoch, &[NEED], &[]);
    let after_a_failure = Resolved::default().with(NEED, Verdict { outcome: Outcome::Failed, tainted: true });
    let touched = [Outcome::Succeeded, Outcome::Skipped]
        .map(|outcome| Stage { resolved: after_a_failure.clone(), ..done(outcome) });
    for stage in UNSUCCESSFUL.map(done).into_iter().chain(touched) {
        for (epoch, expected) in [(Epoch(1), false), (EPOCH, false), (Epoch(3), true), (Epoch(4), true)] {
            assert_eq!(stage.is_to_be_reset(in_epoch(epoch)), expected, "{stage:?} {epoch:?}");
        }
    }
    let untouched = [Outcome::Succeeded, Outcome::Skipped].map(done);
    let not_ended = [waiting(), ready(), claimed(), submitted(), backoff_until(NOW), unsettled(), terminating()];
    for stage in untouched.into_iter().chain(not_ended) {
        assert!(!stage.is_to_be_reset(in_epoch(Epoch(3))), "{stage:?}");
    }
    let allowed = Node { allow_failure: true, ..in_epoch(Epoch(3)) };
    assert!(!done(Outcome::Failed).is_to_be_reset(allowed), "its failure counts for nothing");
    assert!(done(Outcome::Cancelled).is_to_be_reset(allowed));
}

#[test]
fn a_verdict_is_told_once_the_stage_and_all_that_it_needs_have_ended() {
    let needs = [NEED];
    let complete = |stage: Stage, verdict| Stage { resolved: Resolved::default().with(NEED, verdict), ..stage };
    for outcome in UNSUCCESSFUL {
        let told = Verdict { outcome, tainted: true };
        assert_eq!(complete(done(outcome), GOOD).verdict(node(&needs)), Some(told));
        assert_eq!(done(outcome).verdict(node(&needs)), None, "its need has not ended");
    }
    let skipped = Verdict { outcome: Outcome::Skipped, tainted: false };
    assert_eq!(
        complete(done(Outcome::Skipped), GOOD).verdict(node(&needs)),
        Some(skipped),
        "its condition did not hold"
    );
    let tainted = Verdict { outcome: Outcome::Succeeded, tainted: true };
    assert_eq!(complete(done(Outcome::Succeeded), GOOD).verdict(node(&needs)), Some(GOOD));
    assert_eq!(complete(done(Outcome::Succeeded), tainted).verdict(node(&needs)), Some(tainted), "a taint goes on");
    let allowed = Node { allow_failure: true, ..node(&needs) };
    let failed = Verdict { outcome: Outcome::Failed, tainted: false };
    assert_eq!(complete(done(Outcome::Failed), GOOD).verdict(allowed), Some(failed), "its failure counts for nothing");
    let passed_on = complete(done(Outcome::Failed), tainted).verdict(allowed).map(|verdict| verdict.tainted);
    assert_eq!(passed_on, Some(true), "that of what it needs does");
    for stage in [waiting(), ready(), claimed(), submitted(), backoff_until(NOW), unsettled(), terminating()] {
        assert_eq!(complete(stage, GOOD).verdict(node(&needs)), None);
    }
}

#[test]
fn what_succeeded_before_a_retry_tells_so_after_it_too() {
    let later = Node::new(Epoch(3), &[], &[]);
    assert_eq!(done(Outcome::Succeeded).verdict(later), Some(GOOD));
    assert_eq!(done(Outcome::Failed).verdict(later), None, "it is to be reset");
}

#[test]
fn a_stage_that_does_not_exist_waits() {
    let absent = Stage::absent(EPOCH);
    assert_eq!((absent.epoch, absent.attempt, absent.state.clone()), (EPOCH, machine::Attempt::NONE, State::Waiting));
    assert_eq!(machine::stage::outstanding(&absent, node(&[]), Timestamp::from_ms(0)), [Effect::Look]);
    assert_eq!(machine::stage::outstanding(&absent, node(&[NEED]), Timestamp::from_ms(0)), []);
}
