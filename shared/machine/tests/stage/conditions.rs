//! When a stage runs, once all that it needs has ended.

use machine::{
    Cause, CauseKind, Decision, Epoch, Ignored, Outcome, Resolved, Stage, Verdict,
    stage::{self, Effect, Event, Node, State},
};
use pipeline::{StageIndex, When};

use crate::sample::*;

const NEED: StageIndex = StageIndex::new(4);
const NEEDS: [StageIndex; 1] = [NEED];
const SUCCEEDED: Verdict = Verdict { outcome: Outcome::Succeeded, tainted: false };
const FAILED: Verdict = Verdict { outcome: Outcome::Failed, tainted: true };
const ALLOWED_TO_FAIL: Verdict = Verdict { outcome: Outcome::Failed, tainted: false };
const SKIPPED_BY_CONDITION: Verdict = Verdict { outcome: Outcome::Skipped, tainted: false };
const CANCELLED: Verdict = Verdict { outcome: Outcome::Cancelled, tainted: true };

/// A condition that must be evaluated.
pub(crate) fn condition() -> When {
    let source = "pipeline: p\ndefaults: { image: x }\nstages: { s: { command: [x], when: 1 == 1 } }\n";
    let definition = pipeline::parse("p", source).ok();
    let when = definition.and_then(|definition| definition.stages().next().map(|(_, stage)| stage.when.clone()));
    when.unwrap_or_default()
}

fn on(when: &When) -> Node<'_> {
    Node { when, ..node(&NEEDS) }
}

/// What becomes of a waiting stage when its only need ends so.
fn after(when: &When, verdict: Verdict) -> Stage {
    let event = Event::NeedResolved { need: NEED, verdict, epoch: EPOCH };
    let Decision::Advance(next) = decide_at(on(when), &waiting(), &event) else { unreachable!("a need was ignored") };
    next
}

#[test]
fn the_plain_conditions_go_by_what_failed() {
    let runs = |when: When| {
        [SUCCEEDED, ALLOWED_TO_FAIL, SKIPPED_BY_CONDITION, FAILED]
            .map(|verdict| matches!(after(&when, verdict).state, State::Claimed { .. }))
    };
    assert_eq!(runs(When::Success), [true, true, true, false]);
    assert_eq!(runs(When::Failure), [false, false, false, true]);
    assert_eq!(runs(When::Always), [true, true, true, true]);
}

#[test]
fn one_that_does_not_run_says_why() {
    let why = |when: When, verdict| match after(&when, verdict).state {
        State::Ended(ended) => (ended.outcome, ended.cause.map(|cause| (cause.kind, cause.text))),
        State::Waiting
        | State::Ready { .. }
        | State::Claimed { .. }
        | State::Submitted { .. }
        | State::Backoff { .. }
        | State::Expanding
        | State::FannedOut { .. }
        | State::Cancelling { .. } => unreachable!("it goes on"),
    };
    let because = |kind, text: &str| Some((kind, text.to_owned()));
    let of_a_need = because(CauseKind::NeedNotMet, "the stage at position 5 that it needs is FAILED");
    assert_eq!(why(When::Success, FAILED), (Outcome::Skipped, of_a_need));
    let nothing_failed = because(CauseKind::ConditionNotMet, "nothing that it needs failed");
    assert_eq!(why(When::Failure, SUCCEEDED), (Outcome::Skipped, nothing_failed));
}

/// `always()` does not run after a cancel, even if the cancel has not come to this stage yet.
#[test]
fn nothing_starts_after_a_cancel() {
    for when in [When::Success, When::Failure, When::Always, condition()] {
        let State::Ended(ended) = after(&when, CANCELLED).state else { unreachable!("{when:?} goes on") };
        assert_eq!(
            (ended.outcome, ended.cause.map(|cause| cause.kind)),
            (Outcome::Cancelled, Some(CauseKind::Cancelled))
        );
    }
}

#[test]
fn a_condition_is_asked_for_once_all_is_known() {
    let when = condition();
    for verdict in [SUCCEEDED, FAILED] {
        let asked = after(&when, verdict);
        assert_eq!(asked.state, State::Waiting);
        assert_eq!(stage::outstanding(&asked, on(&when), NOW), [Effect::Evaluate]);
        assert_eq!(decide_at(on(&when), &asked, &Event::Looked), ignore(Ignored::NothingDue));
    }
    assert_eq!(stage::outstanding(&waiting(), on(&when), NOW), [], "its need has not ended");
}

#[test]
fn what_the_condition_gives_decides() {
    let when = condition();
    let asked = after(&when, FAILED);
    let evaluated = |holds| decide_at(on(&when), &asked, &Event::Evaluated { epoch: EPOCH, holds });
    let claimed = State::Claimed { claim: fresh(), queue: queue(), at: NOW, opened_at: NOW, throttled_since: None };
    let starts = Stage { attempt: ATTEMPT.next(), state: claimed, ..asked.clone() };
    assert_eq!(evaluated(Ok(true)), Decision::Advance(starts));
    let why = Cause::new(CauseKind::ConditionNotMet, "its condition does not hold");
    assert_eq!(evaluated(Ok(false)), advance(&asked, ended(Outcome::Skipped, why)));
    let why = Cause::new(CauseKind::Expression, "no value");
    assert_eq!(evaluated(Err(why.clone())), advance(&asked, ended(Outcome::Failed, why)));
}

#[test]
fn an_answer_that_nobody_waits_for_does_nothing() {
    let when = condition();
    let yes = |epoch| Event::Evaluated { epoch, holds: Ok(true) };
    let complete = |stage: Stage| Stage { resolved: Resolved::default().with(NEED, SUCCEEDED), ..stage };
    for epoch in [Epoch(1), Epoch(3)] {
        assert_eq!(decide_at(on(&when), &complete(waiting()), &yes(epoch)), ignore(Ignored::OtherEpoch));
    }
    assert_eq!(decide_at(on(&when), &waiting(), &yes(EPOCH)), ignore(Ignored::NothingDue), "its need has not ended");
    let plain = decide_at(on(&When::Success), &complete(waiting()), &yes(EPOCH));
    assert_eq!(plain, ignore(Ignored::NothingDue), "it has no condition to be asked for");
    for stage in [ready(), claimed(), submitted(), backoff_until(NOW), unsettled(), terminating()] {
        assert_eq!(decide_at(on(&when), &complete(stage), &yes(EPOCH)), ignore(Ignored::Duplicate));
    }
    assert_eq!(decide_at(on(&when), &complete(done(Outcome::Skipped)), &yes(EPOCH)), ignore(Ignored::Ended));
}
