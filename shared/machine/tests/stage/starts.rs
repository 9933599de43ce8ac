//! How a stage starts: its needs, a look, its turn in the lane.

use machine::{
    Cause, CauseKind, Decision, Epoch, Ignored, Outcome, Resolved, Stage, Verdict, policy,
    stage::{Event, State},
};
use pipeline::StageIndex;

use crate::sample::*;

const FIRST: StageIndex = StageIndex::new(4);
const SECOND: StageIndex = StageIndex::new(6);
const NEEDS: [StageIndex; 2] = [FIRST, SECOND];
const GOOD: Verdict = Verdict { outcome: Outcome::Succeeded, tainted: false };
const BAD: Verdict = Verdict { outcome: Outcome::Failed, tainted: true };

fn resolves(need: StageIndex, verdict: Verdict) -> Event {
    Event::NeedResolved { need, verdict, epoch: EPOCH }
}

fn with(stage: Stage, verdicts: &[(StageIndex, Verdict)]) -> Stage {
    let resolved = verdicts.iter().fold(Resolved::default(), |all, &(need, verdict)| all.with(need, verdict));
    Stage { resolved, ..stage }
}

fn claimed_afresh(before: Stage) -> Stage {
    let state = State::Claimed { claim: fresh(), queue: queue(), at: NOW, opened_at: NOW, throttled_since: None };
    Stage { attempt: before.attempt.next(), state, ..before }
}

#[test]
fn a_stage_collects_its_needs_and_with_the_last_one_it_is_claimed() {
    let one = with(waiting(), &[(FIRST, GOOD)]);
    assert_eq!(decide_needing(&NEEDS, &waiting(), &resolves(FIRST, GOOD)), Decision::Advance(one.clone()));
    let both = with(waiting(), &[(FIRST, GOOD), (SECOND, GOOD)]);
    assert_eq!(decide_needing(&NEEDS, &one, &resolves(SECOND, GOOD)), Decision::Advance(claimed_afresh(both)));
}

#[test]
fn a_stage_is_skipped_only_once_all_that_it_needs_has_ended() {
    let one = with(waiting(), &[(SECOND, BAD)]);
    assert_eq!(decide_needing(&NEEDS, &waiting(), &resolves(SECOND, BAD)), Decision::Advance(one.clone()));
    let both = with(waiting(), &[(FIRST, GOOD), (SECOND, BAD)]);
    let why = Cause::new(CauseKind::NeedNotMet, "the stage at position 7 that it needs is FAILED");
    assert_eq!(decide_needing(&NEEDS, &one, &resolves(FIRST, GOOD)), advance(&both, ended(Outcome::Skipped, why)));
}

#[test]
fn a_need_counts_once_and_in_its_epoch_only() {
    let one = with(waiting(), &[(FIRST, GOOD)]);
    assert_eq!(decide_needing(&NEEDS, &one, &resolves(FIRST, BAD)), ignore(Ignored::Duplicate));
    for epoch in [Epoch(1), Epoch(3)] {
        let event = Event::NeedResolved { need: FIRST, verdict: GOOD, epoch };
        assert_eq!(decide_needing(&NEEDS, &waiting(), &event), ignore(Ignored::OtherEpoch));
    }
}

#[test]
fn after_its_start_only_a_stage_that_was_cancelled_collects() {
    let event = resolves(FIRST, GOOD);
    let early = done(Outcome::Cancelled);
    assert_eq!(
        decide_needing(&NEEDS, &early, &event),
        Decision::Advance(with(early.clone(), &[(FIRST, GOOD)])),
        "a verdict of a cancelled stage waits for its needs"
    );
    let full = with(early, &[(SECOND, GOOD)]);
    let last = with(full.clone(), &[(FIRST, GOOD), (SECOND, GOOD)]);
    assert_eq!(decide_needing(&NEEDS, &full, &event), Decision::Advance(last), "and it does not start");
    let ended = [done(Outcome::Succeeded), done(Outcome::Failed), done(Outcome::Skipped)];
    let started = [ready(), claimed(), submitted(), backoff_until(NOW), unsettled(), terminating()];
    for started in started.into_iter().chain(ended) {
        assert_eq!(decide_needing(&NEEDS, &started, &event), ignore(Ignored::Duplicate), "{started:?}");
    }
}

#[test]
fn a_look_starts_what_is_complete() {
    assert_eq!(decide(&waiting(), &Event::Looked), Decision::Advance(claimed_afresh(waiting())));
    assert_eq!(decide_needing(&NEEDS, &waiting(), &Event::Looked), ignore(Ignored::NothingDue));
    for started in [ready(), claimed(), submitted(), unsettled(), terminating()] {
        assert_eq!(decide(&started, &Event::Looked), ignore(Ignored::NothingDue), "{started:?}");
    }
    assert_eq!(decide(&done(Outcome::Succeeded), &Event::Looked), ignore(Ignored::Ended));
}

#[test]
fn a_turn_is_a_claim_of_the_same_attempt_in_the_same_place() {
    let claimed_again =
        State::Claimed { claim: fresh(), queue: queue(), at: NOW, opened_at: NOW, throttled_since: Some(SINCE) };
    assert_eq!(decide(&ready(), &Event::TurnCame), advance(&ready(), claimed_again));
    for stage in [waiting(), backoff_until(NOW)] {
        assert_eq!(decide(&stage, &Event::TurnCame), ignore(Ignored::NothingDue));
    }
    for started in [claimed(), submitted(), unsettled(), terminating()] {
        assert_eq!(decide(&started, &Event::TurnCame), ignore(Ignored::Duplicate), "{started:?}");
    }
    assert_eq!(decide(&done(Outcome::Failed), &Event::TurnCame), ignore(Ignored::Ended));
}

#[test]
fn a_turn_puts_off_the_look_at_its_own_name_and_never_brings_one_forward() {
    let earlier = look(machine::Attempt(2), AT);
    let later = NOW.plus(policy::SECOND_LOOK_AFTER);
    let far = later.plus(policy::SILENCE);
    for (due, then) in [(AT, later), (far, far)] {
        let before = Stage { second_looks: vec![earlier.clone(), look(ATTEMPT, due)], ..ready() };
        let Decision::Advance(after) = decide(&before, &Event::TurnCame) else { unreachable!("a turn was ignored") };
        assert_eq!(after.second_looks, [earlier.clone(), look(ATTEMPT, then)]);
    }
}
