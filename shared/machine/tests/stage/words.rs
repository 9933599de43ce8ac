//! Names that items, logs and JSON rely on.

use machine::{Attempt, CauseKind, Ignored, Outcome, stage::State};

use crate::sample::*;

#[test]
fn states_have_stable_names() {
    let rows = [
        (waiting(), "WAITING"),
        (ready(), "READY"),
        (claimed(), "CLAIMED"),
        (submitted(), "SUBMITTED"),
        (stage(State::Expanding), "EXPANDING"),
        (stage(State::FannedOut { at: AT, cancelled: false }), "FANNED_OUT"),
        (unsettled(), "CANCELLING"),
        (terminating(), "CANCELLING"),
        (done(Outcome::Succeeded), "SUCCEEDED"),
        (done(Outcome::Failed), "FAILED"),
        (done(Outcome::Skipped), "SKIPPED"),
        (done(Outcome::Cancelled), "CANCELLED"),
    ];
    for (stage, name) in rows {
        assert_eq!(stage.state.name(), name);
    }
}

#[test]
fn names_are_read_back() {
    for outcome in [Outcome::Succeeded, Outcome::Failed, Outcome::Skipped, Outcome::Cancelled] {
        assert_eq!(Outcome::from_name(outcome.name()), Some(outcome));
    }
    let kinds = [
        (CauseKind::Exit, "exit"),
        (CauseKind::Host, "host"),
        (CauseKind::OutOfMemory, "out-of-memory"),
        (CauseKind::ImagePull, "image-pull"),
        (CauseKind::CannotStart, "cannot-start"),
        (CauseKind::Timeout, "timeout"),
        (CauseKind::Cancelled, "cancelled"),
        (CauseKind::Refused, "refused"),
        (CauseKind::Lost, "lost"),
        (CauseKind::NeedNotMet, "need-not-met"),
        (CauseKind::ConditionNotMet, "condition-not-met"),
        (CauseKind::Expression, "expression"),
        (CauseKind::Outputs, "outputs"),
        (CauseKind::Items, "items"),
        (CauseKind::Other, "other"),
    ];
    for (kind, name) in kinds {
        assert_eq!((kind.name(), CauseKind::from_name(name)), (name, Some(kind)));
    }
    assert_eq!((Outcome::from_name("succeeded"), CauseKind::from_name("EXIT")), (None, None), "letter for letter");
}

#[test]
fn what_was_ignored_is_counted_by_a_stable_name() {
    let rows = [
        (Ignored::Duplicate, "duplicate"),
        (Ignored::OtherAttempt, "other-attempt"),
        (Ignored::OtherEpoch, "other-epoch"),
        (Ignored::OldClaim, "old-claim"),
        (Ignored::OtherJob, "other-job"),
        (Ignored::Ended, "ended"),
        (Ignored::NothingDue, "nothing-due"),
    ];
    for (why, name) in rows {
        assert_eq!(why.name(), name);
    }
}

#[test]
fn an_attempt_is_written_as_its_number() {
    assert_eq!(Attempt(12).to_string(), "12");
    assert_eq!(job().to_string(), "job");
}
