//! Second looks: names that "not found" was acted upon for.

use machine::{
    Attempt, Decision, Ignored, Outcome, Stage, Timestamp,
    stage::{Effect, Event, SecondLook},
};

use crate::sample::*;

fn looked(attempt: Attempt, due: Timestamp, again: Option<Timestamp>) -> Event {
    Event::LookedAgain { attempt, due, again }
}

#[test]
fn a_look_that_was_taken_is_struck_off_or_put_off_and_no_other() {
    let (earlier, current) = (look(Attempt(2), AT), look(ATTEMPT, AT));
    let with = |second_looks: &[SecondLook]| Stage { second_looks: second_looks.to_vec(), ..submitted() };
    let before = with(&[earlier.clone(), current]);
    let struck = decide(&before, &looked(ATTEMPT, AT, None));
    assert_eq!(struck, Decision::Advance(with(std::slice::from_ref(&earlier))));
    let put_off = decide(&before, &looked(ATTEMPT, AT, Some(NOW)));
    assert_eq!(put_off, Decision::Advance(with(&[earlier, look(ATTEMPT, NOW)])));
    for again in [None, Some(NOW)] {
        for (attempt, due) in [(ATTEMPT, SINCE), (Attempt(4), AT)] {
            assert_eq!(decide(&before, &looked(attempt, due, again)), ignore(Ignored::Duplicate));
        }
    }
}

#[test]
fn a_look_is_taken_when_it_is_due() {
    let with = |due| outstanding(&Stage { second_looks: vec![look(ATTEMPT, due)], ..submitted() });
    let later = NOW.plus(MS);
    assert_eq!(with(AT), [Effect::LookAgain(look(ATTEMPT, AT))]);
    assert_eq!(with(NOW), [Effect::LookAgain(look(ATTEMPT, NOW))]);
    assert_eq!(with(later), [Effect::LookAt(later)]);
}

#[test]
fn a_look_at_the_attempts_own_name_waits_for_its_record() {
    let looks = |stage: &Stage, attempt| {
        let stage = Stage { second_looks: vec![look(attempt, AT)], ..stage.clone() };
        outstanding(&stage).iter().any(|effect| matches!(effect, Effect::LookAgain(_)))
    };
    for stage in [ready(), claimed(), unsettled()] {
        assert!(!looks(&stage, ATTEMPT), "{stage:?}");
        assert!(looks(&stage, Attempt(2)), "the name of an earlier attempt: {stage:?}");
    }
    for stage in [waiting(), submitted(), terminating(), done(Outcome::Cancelled)] {
        assert!(looks(&stage, ATTEMPT), "{stage:?}");
    }
}
