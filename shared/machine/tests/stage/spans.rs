//! From when on what is outstanding; and how the spans of the policy relate.

use std::time::Duration;

use machine::{
    Outcome, Timestamp, Verdict, policy,
    stage::{CancelTarget, Effect, State},
};

use crate::sample::*;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn settle() -> Effect {
    Effect::Settle { claim: held(), queue: its_queue() }
}

fn describe() -> Effect {
    Effect::Describe { job: job(), queue: its_queue() }
}

#[test]
fn a_claim_is_submitted_within_its_lease_then_waited_for_and_then_settled() {
    let at = |since: Duration| outstanding(&claimed_at(ago(since)));
    let submit = |since: Duration| {
        let settle_at = ago(since).plus(policy::SETTLE_AFTER);
        Effect::Submit { claim: held(), queue: its_queue(), settle_at }
    };
    let wait = |since: Duration| Effect::LookAt(ago(since).plus(policy::SETTLE_AFTER));
    assert_eq!(at(Duration::ZERO), [submit(Duration::ZERO)]);
    assert_eq!(at(policy::LEASE - MS), [submit(policy::LEASE - MS)]);
    assert_eq!(at(policy::LEASE), [wait(policy::LEASE)]);
    assert_eq!(at(policy::SETTLE_AFTER - MS), [wait(policy::SETTLE_AFTER - MS)]);
    assert_eq!(at(policy::SETTLE_AFTER), [settle()]);
    assert_eq!(at(DAY), [settle()]);
}

#[test]
fn a_claim_that_was_cancelled_is_settled_when_it_may_be() {
    assert_eq!(outstanding(&unsettled_until(NOW.plus(MS))), [Effect::LookAt(NOW.plus(MS))]);
    assert_eq!(outstanding(&unsettled_until(NOW)), [settle()]);
    assert_eq!(outstanding(&unsettled_until(AT)), [settle()]);
}

#[test]
fn batch_is_asked_about_a_job_that_is_silent() {
    let submitted = |since| outstanding(&stage(submitted_to(its_queue(), ago(since))));
    assert_eq!(submitted(policy::SILENCE - MS), []);
    assert_eq!(submitted(policy::SILENCE), [describe()]);
    let terminating = |since| outstanding(&stage(terminating_since(ago(since), None)));
    assert_eq!(terminating(policy::SILENCE - MS), [Effect::Terminate(job())]);
    assert_eq!(terminating(policy::SILENCE), [Effect::Terminate(job()), describe()]);
}

#[test]
fn who_waits_for_a_turn_wakes_the_lane_and_who_has_ended_tells() {
    assert_eq!(outstanding(&ready()), [Effect::AwaitTurn]);
    let verdict = Verdict { outcome: Outcome::Succeeded, tainted: false };
    assert_eq!(outstanding(&done(Outcome::Succeeded)), [Effect::Resolve(verdict)]);
}

#[test]
fn a_cancel_settles_a_claim_no_sooner_than_it_would_have_been() {
    let cancel = machine::stage::Event::Cancelled { epoch: EPOCH };
    let machine::Decision::Advance(after) = decide(&claimed(), &cancel) else { unreachable!("a cancel was ignored") };
    let State::Cancelling { target: CancelTarget::Unsettled { settle_at, .. }, .. } = after.state else {
        unreachable!("not unsettled: {after:?}")
    };
    assert_eq!(outstanding(&claimed()), [Effect::Submit { claim: held(), queue: its_queue(), settle_at }]);
}

/// What each span has room for, as its documentation says.
#[test]
fn the_spans_have_room_for_what_they_are_for() {
    assert!(policy::LEASE + MINUTE < policy::SETTLE_AFTER, "a request that is executed a minute late, and clocks");
    assert!(policy::SETTLE_AFTER < policy::SECOND_LOOK_AFTER, "a job that is executed late shows at the second look");
    assert!(policy::SILENCE < policy::LOST_AFTER, "a missing job is asked about twice before it is lost");
    assert_eq!(policy::LISTING_KEPT + DAY, 7 * DAY, "Batch keeps an ended job for seven days: a day of room");
    assert!(policy::WATCH_AFTER < policy::WATCH_AT_MOST);
}

#[test]
fn a_clock_that_is_behind_sees_no_time_pass() {
    assert_eq!(AT.since(NOW), Duration::ZERO);
    assert_eq!(NOW.since(AT), Duration::from_secs(1));
    assert_eq!(AT.plus(Duration::from_secs(1)), NOW);
    let last = Timestamp::from_ms(u64::MAX);
    assert_eq!(last.plus(DAY), last);
}
