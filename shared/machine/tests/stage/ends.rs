//! Cancels, retries, and what a stage that has ended tells.

use machine::{
    Decision, Epoch, Ignored, Outcome, Resolved, Stage, Timestamp, Verdict, policy,
    stage::{CancelTarget, Effect, Event, Node, State},
};
use pipeline::StageIndex;

use crate::sample::*;

const NEED: StageIndex = StageIndex::new(0);
const GOOD: Verdict = Verdict { outcome: Outcome::Succeeded, tainted: false };
const UNSUCCESSFUL: [Outcome; 3] = [Outcome::Failed, Outcome::Skipped, Outcome::Cancelled];

#[test]
fn a_cancel_ends_what_has_no_job_and_waits_for_what_may_have_one() {
    let cancel = Event::Cancelled { epoch: EPOCH };
    for stage in [waiting(), ready()] {
        assert_eq!(decide(&stage, &cancel), advance(&stage, ended(Outcome::Cancelled, by_cancel())));
    }
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
        for stage in [waiting(), ready(), claimed(), submitted(), terminating(), done(Outcome::Failed)] {
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
        let after =
            |state| Decision::Advance(Stage { epoch: Epoch(5), resolved: kept.clone(), state, ..before.clone() });
        assert_eq!(decide(&before, &reset(Epoch(5), false)), after(State::Waiting));
        let cancelled = after(ended(Outcome::Cancelled, by_cancel()));
        assert_eq!(decide(&before, &reset(Epoch(5), true)), cancelled, "the run was cancelled since");
        for epoch in [Epoch(1), EPOCH] {
            assert_eq!(decide(&before, &reset(epoch, false)), ignore(Ignored::OtherEpoch));
        }
    }
    assert_eq!(decide(&done(Outcome::Succeeded), &reset(Epoch(5), false)), ignore(Ignored::Ended));
    for stage in [waiting(), ready(), claimed(), submitted(), unsettled(), terminating()] {
        assert_eq!(decide(&stage, &reset(Epoch(5), false)), ignore(Ignored::NothingDue), "{stage:?}");
    }
}

#[test]
fn only_what_ended_without_success_in_an_earlier_epoch_is_to_be_reset() {
    for outcome in UNSUCCESSFUL {
        for (epoch, expected) in [(Epoch(1), false), (EPOCH, false), (Epoch(3), true), (Epoch(4), true)] {
            assert_eq!(done(outcome).is_to_be_reset(epoch), expected, "{outcome:?} {epoch:?}");
        }
    }
    for stage in [done(Outcome::Succeeded), waiting(), ready(), claimed(), submitted(), unsettled(), terminating()] {
        assert!(!stage.is_to_be_reset(Epoch(3)), "{stage:?}");
    }
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
    let tainted = Verdict { outcome: Outcome::Succeeded, tainted: true };
    assert_eq!(complete(done(Outcome::Succeeded), GOOD).verdict(node(&needs)), Some(GOOD));
    assert_eq!(complete(done(Outcome::Succeeded), tainted).verdict(node(&needs)), Some(tainted), "a taint goes on");
    for stage in [waiting(), ready(), claimed(), submitted(), unsettled(), terminating()] {
        assert_eq!(complete(stage, GOOD).verdict(node(&needs)), None);
    }
}

#[test]
fn what_succeeded_before_a_retry_tells_so_after_it_too() {
    let later = Node { epoch: Epoch(3), needs: &[], dependents: &[] };
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
