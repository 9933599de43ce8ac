//! What `SubmitJob` and `ListJobs` answered.

use machine::{
    Attempt, Cause, CauseKind, Decision, Ignored, JobId, Outcome, Stage, policy,
    stage::{Event, State, SubmitAnswer},
};

use crate::sample::*;

fn answered(claim: machine::ClaimId, answer: SubmitAnswer) -> Event {
    Event::SubmitAnswered { claim, attempt: ATTEMPT, answer }
}

fn settled(found: Option<JobId>) -> Event {
    Event::Settled { claim: held(), found }
}

#[test]
fn the_claimant_records_what_submit_job_answered() {
    let rows = [
        (SubmitAnswer::Done(job()), advance(&claimed(), submitted_to(its_queue(), NOW))),
        (SubmitAnswer::Refused(cause()), advance(&claimed(), ended(Outcome::Failed, cause()))),
        (SubmitAnswer::Throttled, advance(&claimed(), State::Ready { since: SINCE, priority: PRIORITY })),
        (SubmitAnswer::Unknown, ignore(Ignored::NothingDue)),
    ];
    for (answer, expected) in rows {
        assert_eq!(decide(&claimed(), &answered(held(), answer.clone())), expected, "{answer:?}");
    }
}

#[test]
fn a_cancelled_claimant_terminates_its_job_or_has_none() {
    let ended = ended(Outcome::Cancelled, by_cancel());
    let rows = [
        (SubmitAnswer::Done(job()), advance(&unsettled(), terminating_since(AT, None))),
        (SubmitAnswer::Refused(cause()), advance(&unsettled(), ended.clone())),
        (SubmitAnswer::Throttled, advance(&unsettled(), ended)),
        (SubmitAnswer::Unknown, ignore(Ignored::NothingDue)),
    ];
    for (answer, expected) in rows {
        assert_eq!(decide(&unsettled(), &answered(held(), answer.clone())), expected, "{answer:?}");
    }
}

#[test]
fn whoever_was_fenced_off_brings_the_attempts_job_as_long_as_none_is_recorded() {
    let event = answered(old(), SubmitAnswer::Done(job()));
    assert_eq!(decide(&ready(), &event), advance(&ready(), submitted_to(queue(), NOW)));
    assert_eq!(decide(&claimed(), &event), advance(&claimed(), submitted_to(its_queue(), NOW)));
    assert_eq!(decide(&unsettled(), &event), advance(&unsettled(), terminating_since(AT, None)));
}

#[test]
fn whoever_was_fenced_off_brings_a_twin_if_another_job_is_recorded_or_there_may_be_none() {
    for claim in [held(), old()] {
        for stage in [waiting(), submitted(), terminating(), done(Outcome::Succeeded)] {
            let event = answered(claim.clone(), SubmitAnswer::Done(other()));
            assert_eq!(decide(&stage, &event), twin(other()), "{stage:?}");
        }
        for stage in [submitted(), terminating(), done(Outcome::Succeeded)] {
            let event = answered(claim.clone(), SubmitAnswer::Done(job()));
            assert_eq!(decide(&stage, &event), ignore(Ignored::Duplicate), "{stage:?}");
        }
    }
    let earlier = Event::SubmitAnswered { claim: old(), attempt: Attempt(2), answer: SubmitAnswer::Done(other()) };
    for stage in [ready(), claimed(), unsettled()] {
        assert_eq!(decide(&stage, &earlier), twin(other()), "the job of an earlier attempt: {stage:?}");
    }
}

/// Whoever submitted the job saw less of it than those who have asked since.
#[test]
fn a_late_record_takes_nothing_back() {
    let (missing_since, blocked) = (Some(AT), Some("full".to_owned()));
    let known = State::Submitted { job: job(), queue: its_queue(), at: AT, missing_since, blocked };
    for state in [known, terminating_since(AT, Some(AT))] {
        for claim in [held(), old()] {
            let event = answered(claim, SubmitAnswer::Done(job()));
            assert_eq!(decide(&stage(state.clone()), &event), ignore(Ignored::Duplicate), "{state:?}");
        }
    }
}

#[test]
fn whoever_was_fenced_off_and_has_no_job_in_hand_says_nothing_new() {
    for answer in [SubmitAnswer::Refused(cause()), SubmitAnswer::Throttled, SubmitAnswer::Unknown] {
        for stage in [claimed(), unsettled(), ready(), waiting(), submitted(), terminating(), done(Outcome::Failed)] {
            let event = answered(old(), answer.clone());
            assert_eq!(decide(&stage, &event), ignore(Ignored::OldClaim), "{answer:?} {stage:?}");
        }
    }
}

#[test]
fn what_list_jobs_found_is_the_attempts_job() {
    let found = settled(Some(job()));
    assert_eq!(decide(&claimed(), &found), advance(&claimed(), submitted_to(its_queue(), NOW)));
    assert_eq!(decide(&unsettled(), &found), advance(&unsettled(), terminating_since(AT, None)));
}

#[test]
fn what_list_jobs_did_not_find_is_claimed_anew_and_looked_at_again_in_the_queue_it_went_to() {
    let again = look(ATTEMPT, NOW.plus(policy::SECOND_LOOK_AFTER));
    let earlier = look(Attempt(2), AT);
    let before = Stage { second_looks: vec![look(ATTEMPT, AT), earlier.clone()], ..claimed() };
    let state =
        State::Claimed { claim: fresh(), queue: queue(), at: NOW, opened_at: OPENED, throttled_since: Some(SINCE) };
    let after = Stage { second_looks: vec![earlier, again.clone()], state, ..claimed() };
    assert_eq!(decide(&before, &settled(None)), Decision::Advance(after), "one look for each attempt");
    let state = ended(Outcome::Cancelled, by_cancel());
    let after = Stage { second_looks: vec![again], state, ..unsettled() };
    assert_eq!(decide(&unsettled(), &settled(None)), Decision::Advance(after));
}

#[test]
fn not_found_says_nothing_once_batch_may_have_forgotten() {
    let opened = |opened_at| {
        stage(State::Claimed { claim: held(), queue: its_queue(), at: AT, opened_at, throttled_since: None })
    };
    let long_ago = opened(ago(policy::LISTING_KEPT));
    let why = Cause::new(
        CauseKind::Lost,
        "whether its job was submitted can no longer be told: AWS Batch may have forgotten it",
    );
    assert_eq!(decide(&long_ago, &settled(None)), advance(&long_ago, ended(Outcome::Failed, why)));
    let found = advance(&long_ago, submitted_to(its_queue(), NOW));
    assert_eq!(decide(&long_ago, &settled(Some(job()))), found, "what is found is found");
    let Decision::Advance(again) = decide(&opened(ago(policy::LISTING_KEPT - MS)), &settled(None)) else {
        unreachable!("a settling was ignored")
    };
    assert_eq!(again.state.name(), "CLAIMED");
}

#[test]
fn a_settling_of_another_claim_says_nothing() {
    for found in [None, Some(other())] {
        let event = Event::Settled { claim: old(), found: found.clone() };
        for stage in [claimed(), unsettled()] {
            assert_eq!(decide(&stage, &event), ignore(Ignored::OldClaim), "{stage:?}");
        }
        for stage in [waiting(), ready(), submitted(), terminating(), done(Outcome::Failed)] {
            assert_eq!(decide(&stage, &settled(found.clone())), ignore(Ignored::OldClaim), "{stage:?}");
        }
    }
}
