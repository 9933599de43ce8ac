//! How a stage comes through what befalls it.

use machine::{
    Attempt, Cause, CauseKind, ClaimId, Decision, Ignored, JobId, Outcome, Resolved, Timestamp, Verdict, policy,
    stage::{Effect, Ended, Event, JobChange, Node, State, SubmitAnswer, outstanding},
};
use pipeline::StageIndex;

use crate::{
    play::{Play, answered},
    sample::{EPOCH, cause},
};

#[test]
fn the_straight_way_takes_a_claim_a_record_and_an_end() {
    let mut play = Play::submitted("job-1");
    assert_eq!(play.stage.attempt, Attempt(1));
    let change = JobChange::Succeeded { started_at: None, at: Timestamp::from_ms(9) };
    play.decide(&Event::JobChanged { attempt: Attempt(1), job: JobId::new("job-1"), change });
    let expected = Verdict { outcome: Outcome::Succeeded, tainted: false };
    assert_eq!(play.outstanding(), [Effect::Resolve(expected)]);
}

#[test]
fn an_unknown_submission_is_settled_and_looked_at_again_before_it_is_sent_anew() {
    let mut play = Play::new(0);
    play.decide(&Event::Looked);
    let claim = play.held_claim();
    play.decide(&answered(claim.clone(), SubmitAnswer::Unknown));
    assert!(matches!(play.outstanding()[..], [Effect::Submit { .. }]));
    play.now = play.now.plus(policy::LEASE);
    assert!(
        matches!(play.outstanding()[..], [Effect::LookAt(_)]),
        "no one else may send it, and it is too early to ask"
    );
    play.now = play.now.plus(policy::SETTLE_AFTER);
    assert!(matches!(play.outstanding()[..], [Effect::Settle { .. }]));
    play.decide(&Event::Settled { claim, found: None });
    assert_eq!(play.stage.attempt, Attempt(1), "the same attempt, under the same name");
    assert!(
        matches!(play.outstanding()[..], [Effect::LookAt(_), Effect::Submit { .. }]),
        "the second look is queued before the submission: {:?}",
        play.outstanding()
    );
}

#[test]
fn whoever_fails_the_fence_terminates_the_job_in_hand_unless_it_is_the_recorded_one() {
    let done = |job: &str| answered(ClaimId::new("stale"), SubmitAnswer::Done(JobId::new(job)));
    let mut play = Play::submitted("job-1");
    assert_eq!(play.decide(&done("job-1")), Decision::Ignore(Ignored::Duplicate));
    assert_eq!(play.decide(&done("job-2")), Decision::Reject(machine::Rejected::Twin(JobId::new("job-2"))));
}

/// A claimant slept until its claim had been settled, and `ListJobs` had not shown its job.
#[test]
fn whoever_fails_the_fence_while_no_job_is_recorded_has_the_attempts_job() {
    let mut play = Play::new(0);
    play.decide(&Event::Looked);
    let slept = play.held_claim();
    play.now = play.now.plus(policy::SETTLE_AFTER);
    play.decide(&Event::Settled { claim: slept.clone(), found: None });
    let other = play.held_claim();
    play.decide(&answered(slept, SubmitAnswer::Done(JobId::new("job-1"))));
    assert_eq!(play.stage.job(), Some(&JobId::new("job-1")));
    let twin = Decision::Reject(machine::Rejected::Twin(JobId::new("job-2")));
    assert_eq!(play.decide(&answered(other, SubmitAnswer::Done(JobId::new("job-2")))), twin);
}

/// The lane may give a turn long after the settling: a job of that turn must be there to be seen when the look is taken.
#[test]
fn a_turn_puts_off_the_second_look() {
    let mut play = Play::new(0);
    play.decide(&Event::Looked);
    play.now = play.now.plus(policy::SETTLE_AFTER);
    let claim = play.held_claim();
    play.decide(&Event::Settled { claim, found: None });
    let claim = play.held_claim();
    play.decide(&answered(claim, SubmitAnswer::Throttled));
    play.now = play.now.plus(policy::SECOND_LOOK_AFTER);
    play.decide(&Event::TurnCame);
    assert_eq!(play.stage.second_looks[0].due, play.now.plus(policy::SECOND_LOOK_AFTER));
}

#[test]
fn an_event_that_arrives_before_the_record_adopts_its_job() {
    let mut play = Play::new(0);
    play.decide(&Event::Looked);
    let claim = play.held_claim();
    let change = JobChange::Succeeded { started_at: None, at: Timestamp::from_ms(9) };
    play.decide(&Event::JobChanged { attempt: Attempt(1), job: JobId::new("job-1"), change });
    assert_eq!(play.stage.state.name(), "SUCCEEDED");
    let late = answered(claim, SubmitAnswer::Done(JobId::new("job-1")));
    assert_eq!(play.decide(&late), Decision::Ignore(Ignored::Duplicate));
}

#[test]
fn a_late_event_of_an_earlier_attempt_does_nothing() {
    let mut play = Play::submitted("job-1");
    play.stage.attempt = Attempt(2);
    let change = JobChange::Failed { started_at: None, at: Timestamp::from_ms(9), cause: cause() };
    let late = Event::JobChanged { attempt: Attempt(1), job: JobId::new("job-0"), change };
    assert_eq!(play.decide(&late), Decision::Ignore(Ignored::OtherAttempt));
}

#[test]
fn a_job_is_lost_only_when_it_is_missing_twice_beyond_the_grace() {
    let mut play = Play::submitted("job-1");
    let missing = Event::JobMissing { job: JobId::new("job-1") };
    play.decide(&missing);
    assert_eq!(play.stage.state.name(), "SUBMITTED");
    play.decide(&missing);
    assert_eq!(play.stage.state.name(), "SUBMITTED");
    play.now = play.now.plus(policy::LOST_AFTER);
    play.decide(&missing);
    assert!(matches!(
        &play.stage.state,
        State::Ended(Ended { outcome: Outcome::Failed, cause: Some(Cause { kind: CauseKind::Lost, .. }), .. })
    ));
}

#[test]
fn a_cancel_waits_for_what_may_have_been_submitted() {
    let mut play = Play::new(0);
    play.decide(&Event::Looked);
    let claim = play.held_claim();
    play.decide(&Event::Cancelled { epoch: EPOCH });
    assert_eq!(play.stage.state.name(), "CANCELLING");
    play.decide(&answered(claim, SubmitAnswer::Done(JobId::new("job-1"))));
    assert_eq!(play.outstanding(), [Effect::Terminate(JobId::new("job-1"))]);
    let change = JobChange::Failed { started_at: None, at: Timestamp::from_ms(9), cause: cause() };
    play.decide(&Event::JobChanged { attempt: Attempt(1), job: JobId::new("job-1"), change });
    assert_eq!(play.stage.state.name(), "CANCELLED");
}

#[test]
fn a_stage_cancelled_early_tells_nobody_before_its_needs_have_ended() {
    let mut play = Play::new(1);
    play.decide(&Event::Cancelled { epoch: EPOCH });
    assert_eq!(play.stage.state.name(), "CANCELLED");
    assert_eq!(play.outstanding(), []);
    let verdict = Verdict { outcome: Outcome::Cancelled, tainted: true };
    play.decide(&Event::NeedResolved { need: StageIndex::new(0), verdict, epoch: EPOCH });
    assert_eq!(play.outstanding(), [Effect::Resolve(verdict)]);
}

#[test]
fn a_throttled_stage_waits_for_its_turn_and_keeps_its_attempt_and_its_place() {
    let mut play = Play::new(0);
    play.decide(&Event::Looked);
    let since = play.now;
    for _ in 0..3 {
        let claim = play.held_claim();
        play.decide(&answered(claim, SubmitAnswer::Throttled));
        assert_eq!(play.stage.state, State::Ready { since, priority: 100 });
        assert_eq!(play.outstanding(), [Effect::AwaitTurn]);
        play.now = play.now.plus(policy::WATCH_AT_MOST);
        assert_eq!(play.decide(&Event::Looked), Decision::Ignore(Ignored::NothingDue), "only the lane gives a turn");
        play.decide(&Event::TurnCame);
        assert_eq!(play.stage.attempt, Attempt(1));
        assert_eq!(play.decide(&Event::TurnCame), Decision::Ignore(Ignored::Duplicate));
    }
    let claim = play.held_claim();
    play.decide(&answered(claim, SubmitAnswer::Done(JobId::new("job-1"))));
    assert_eq!(play.stage.state.name(), "SUBMITTED");
}

#[test]
fn a_claim_that_is_settled_keeps_the_place_in_the_lane() {
    let mut play = Play::new(0);
    play.decide(&Event::Looked);
    let (since, claim) = (play.now, play.held_claim());
    play.decide(&answered(claim, SubmitAnswer::Throttled));
    play.decide(&Event::TurnCame);
    play.now = play.now.plus(policy::SETTLE_AFTER);
    let claim = play.held_claim();
    play.decide(&Event::Settled { claim, found: None });
    let claim = play.held_claim();
    play.decide(&answered(claim, SubmitAnswer::Throttled));
    assert_eq!(play.stage.state, State::Ready { since, priority: 100 });
}

#[test]
fn a_job_that_is_kept_from_running_says_why_until_it_is_not() {
    let mut play = Play::submitted("job-1");
    let seen = |blocked: Option<&str>| Event::JobChanged {
        attempt: Attempt(1),
        job: JobId::new("job-1"),
        change: JobChange::Alive { blocked: blocked.map(str::to_owned) },
    };
    assert_eq!(play.decide(&seen(None)), Decision::Ignore(Ignored::Duplicate));
    let reason = "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - no instance is as large";
    play.decide(&seen(Some(reason)));
    assert!(matches!(&play.stage.state, State::Submitted { blocked: Some(text), .. } if text == reason));
    assert_eq!(play.decide(&seen(Some(reason))), Decision::Ignore(Ignored::Duplicate));
    play.decide(&seen(None));
    assert!(matches!(&play.stage.state, State::Submitted { blocked: None, .. }));
}

#[test]
fn a_retry_starts_a_new_attempt_in_a_new_epoch_and_a_late_verdict_of_the_past_does_nothing() {
    let mut play = Play::new(1);
    let failed = Verdict { outcome: Outcome::Failed, tainted: true };
    play.decide(&Event::NeedResolved { need: StageIndex::new(0), verdict: failed, epoch: EPOCH });
    assert_eq!(play.stage.state.name(), "SKIPPED");
    play.decide(&Event::Reset { epoch: EPOCH.next(), kept: Resolved::default(), cancelled: false });
    assert_eq!(play.stage.state, State::Waiting);
    let late = Event::NeedResolved { need: StageIndex::new(0), verdict: failed, epoch: EPOCH };
    assert_eq!(play.decide(&late), Decision::Ignore(Ignored::OtherEpoch));
    let succeeded = Verdict { outcome: Outcome::Succeeded, tainted: false };
    play.decide(&Event::NeedResolved { need: StageIndex::new(0), verdict: succeeded, epoch: EPOCH.next() });
    assert_eq!((play.stage.state.name(), play.stage.attempt), ("CLAIMED", Attempt(1)));
}

#[test]
fn a_second_look_never_takes_the_attempts_own_unrecorded_job_for_a_twin() {
    let mut play = Play::new(0);
    play.decide(&Event::Looked);
    let claim = play.held_claim();
    play.now = play.now.plus(policy::SETTLE_AFTER);
    play.decide(&Event::Settled { claim, found: None });
    // The claim that followed was submitted, and its record lost; by now the second look is due.
    play.now = play.now.plus(policy::SECOND_LOOK_AFTER);
    assert!(matches!(play.outstanding()[..], [Effect::Settle { .. }]), "{:?}", play.outstanding());
    let claim = play.held_claim();
    play.decide(&Event::Settled { claim, found: Some(JobId::new("job-2")) });
    assert!(matches!(play.outstanding()[..], [Effect::LookAgain(_)]), "{:?}", play.outstanding());
}

#[test]
fn a_second_look_that_was_taken_does_not_strike_off_a_later_one() {
    let mut play = Play::new(0);
    play.decide(&Event::Looked);
    let claim = play.held_claim();
    play.now = play.now.plus(policy::SETTLE_AFTER);
    play.decide(&Event::Settled { claim, found: None });
    let due = play.stage.second_looks[0].due;
    let earlier = Timestamp::from_ms(due.as_ms() - 1);
    play.decide(&Event::LookedAgain { attempt: Attempt(1), due: earlier, again: None });
    assert_eq!(play.stage.second_looks.len(), 1);
    play.decide(&Event::LookedAgain { attempt: Attempt(1), due, again: None });
    assert!(play.stage.second_looks.is_empty());
}

#[test]
fn a_stage_that_is_to_be_reset_tells_nothing_of_its_past() {
    let mut play = Play::submitted("job-1");
    let change = JobChange::Failed { started_at: None, at: Timestamp::from_ms(9), cause: cause() };
    play.decide(&Event::JobChanged { attempt: Attempt(1), job: JobId::new("job-1"), change });
    let in_epoch = |epoch| Node::new(epoch, &[], &[]);
    assert!(play.stage.verdict(in_epoch(EPOCH)).is_some());
    assert_eq!(play.stage.verdict(in_epoch(EPOCH.next())), None);
    assert_eq!(outstanding(&play.stage, in_epoch(EPOCH.next()), play.now), []);
}

#[test]
fn a_stage_that_is_reset_in_a_cancelled_run_does_not_start() {
    let mut play = Play::submitted("job-1");
    let change = JobChange::Failed { started_at: None, at: Timestamp::from_ms(9), cause: cause() };
    play.decide(&Event::JobChanged { attempt: Attempt(1), job: JobId::new("job-1"), change });
    play.decide(&Event::Reset { epoch: EPOCH.next(), kept: Resolved::default(), cancelled: true });
    assert_eq!((play.stage.state.name(), play.stage.epoch), ("CANCELLED", EPOCH.next()));
}
