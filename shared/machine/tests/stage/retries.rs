//! What follows a failure: another attempt, as far as its budget goes, after a while.

use std::time::Duration;

use machine::{
    Attempt, Cause, CauseKind, Decision, Epoch, Ignored, Outcome, Stage, policy,
    stage::{self, Effect, Event, JobChange, Node, PastAttempt, State, SubmitAnswer},
};
use pipeline::{Retry, RetryOn, RetryRule};

use crate::sample::*;

/// `any`, that often, each time after twice a minute more.
pub(crate) fn retry(limit: u8) -> Retry {
    rules(&[(RetryOn::Any, limit)])
}

fn rules(rules: &[(RetryOn, u8)]) -> Retry {
    let rules = rules.iter().filter(|(_, limit)| *limit > 0);
    let rules = rules.map(|(on, limit)| RetryRule { on: on.clone(), limit: *limit, backoff_s: 60 }).collect();
    Retry { rules, ..Retry::none() }
}

fn with(retry: &Retry) -> Node<'_> {
    Node { retry, ..node(&[]) }
}

/// What becomes of a stage whose job failed so.
fn fails(retry: &Retry, before: &Stage, cause: Cause) -> Stage {
    let change = JobChange::Failed { started_at: Some(STARTED), at: AT, cause };
    let event = Event::JobChanged { attempt: before.attempt, job: job(), change };
    let Decision::Advance(next) = decide_at(with(retry), before, &event) else { unreachable!("a failure was ignored") };
    next
}

fn of_kind(kind: CauseKind) -> Cause {
    Cause::new(kind, "words")
}

fn exit(code: i32) -> Cause {
    of_kind(CauseKind::Exit).with_exit_code(Some(code))
}

#[test]
fn a_failure_within_its_budget_is_remembered_and_another_attempt_comes_later() {
    let next = fails(&retry(1), &submitted(), exit(3));
    let until = NOW.plus(Duration::from_secs(60));
    let expected = Stage { past: vec![past(ATTEMPT, exit(3))], state: State::Backoff { until }, ..submitted() };
    assert_eq!(next, expected);
    let again = fails(&retry(1), &Stage { past: next.past, ..submitted() }, exit(3));
    assert_eq!(again.state, ended_with(Outcome::Failed, Some(exit(3))), "its budget is spent");
}

#[test]
fn a_job_that_was_never_recorded_or_that_is_lost_is_tried_again_too() {
    let retry = retry(1);
    for before in [ready(), claimed()] {
        assert!(matches!(fails(&retry, &before, cause()).state, State::Backoff { .. }), "{before:?}");
    }
    let missing = State::Submitted {
        job: job(),
        queue: its_queue(),
        at: AT,
        missing_since: Some(ago(policy::LOST_AFTER)),
        blocked: None,
    };
    let lost = decide_at(with(&retry), &stage(missing), &Event::JobMissing { job: job() });
    assert!(matches!(lost, Decision::Advance(Stage { state: State::Backoff { .. }, .. })), "{lost:?}");
}

/// The command's own exit code is meant, or the one that tells of a lack of memory: not what a host that is taken away leaves behind.
#[test]
fn a_budget_for_exit_codes_is_for_those_that_the_command_ended_with() {
    let named = rules(&[(RetryOn::Exit(vec![3, 137]), 1)]);
    for (cause, again) in [
        (exit(3), true),
        (exit(4), false),
        (of_kind(CauseKind::OutOfMemory).with_exit_code(Some(137)), true),
        (of_kind(CauseKind::Host).with_exit_code(Some(137)), false),
        (of_kind(CauseKind::Exit), false),
    ] {
        let next = fails(&named, &submitted(), cause.clone());
        assert_eq!(matches!(next.state, State::Backoff { .. }), again, "{cause:?}");
    }
}

#[test]
fn what_is_refused_or_cancelled_is_not_tried_again() {
    let retry = retry(5);
    let refused = Cause::new(CauseKind::Refused, "no such queue");
    let event =
        Event::SubmitAnswered { claim: held(), attempt: ATTEMPT, answer: SubmitAnswer::Refused(refused.clone()) };
    assert_eq!(decide_at(with(&retry), &claimed(), &event), advance(&claimed(), ended(Outcome::Failed, refused)));
    let by_a_stranger = of_kind(CauseKind::Cancelled);
    let next = fails(&retry, &submitted(), by_a_stranger.clone());
    assert_eq!(next.state, ended_with(Outcome::Failed, Some(by_a_stranger)));
    assert!(matches!(fails(&retry, &terminating(), cause()).state, State::Ended(_)), "the run was cancelled");
    assert!(matches!(fails(&Retry::none(), &submitted(), cause()).state, State::Ended(_)));
}

#[test]
fn each_cause_has_its_budget() {
    let on_memory = RetryOn::OutOfMemory { factor_percent: 200, up_to_mib: 9000 };
    let all = rules(&[
        (RetryOn::Spot { then_on_demand: true }, 1),
        (on_memory, 1),
        (RetryOn::Exit(vec![7, 8]), 1),
        (RetryOn::ImagePull, 1),
        (RetryOn::Timeout, 1),
        (RetryOn::Lost, 1),
    ]);
    let causes = [
        (of_kind(CauseKind::Host), 2),
        (of_kind(CauseKind::OutOfMemory), 1),
        (exit(7), 1),
        (exit(9), 0),
        (of_kind(CauseKind::Exit), 0),
        (of_kind(CauseKind::ImagePull), 1),
        (of_kind(CauseKind::Timeout), 1),
        (of_kind(CauseKind::Lost), 1),
        (of_kind(CauseKind::Other), 0),
        (of_kind(CauseKind::CannotStart), 0),
        (of_kind(CauseKind::Outputs), 0),
    ];
    let (mut past_ones, mut spent_before) = (Vec::new(), 0);
    for (cause, budget) in causes {
        let mut spent = 0;
        while let next @ Stage { state: State::Backoff { .. }, .. } =
            fails(&all, &Stage { past: past_ones.clone(), ..submitted() }, cause.clone())
        {
            past_ones = next.past;
            spent += 1;
        }
        assert_eq!(spent, budget, "{cause:?}, after {spent_before} of others");
        spent_before += spent;
    }
    // One that is named counts even where it is taken for a lack of memory.
    let by_code = rules(&[(RetryOn::Exit(vec![137]), 1)]);
    let killed = of_kind(CauseKind::OutOfMemory).with_exit_code(Some(137));
    assert!(matches!(fails(&by_code, &submitted(), killed).state, State::Backoff { .. }));
    // The other exit code has the same budget.
    let past = vec![past(ATTEMPT, exit(8))];
    assert!(matches!(fails(&all, &Stage { past, ..submitted() }, exit(7)).state, State::Ended(_)));
}

#[test]
fn any_is_for_whatever_another_attempt_may_change() {
    let tried_again = |cause: Cause| matches!(fails(&retry(1), &submitted(), cause).state, State::Backoff { .. });
    for kind in [
        CauseKind::Exit,
        CauseKind::Host,
        CauseKind::OutOfMemory,
        CauseKind::ImagePull,
        CauseKind::CannotStart,
        CauseKind::Timeout,
        CauseKind::Lost,
        CauseKind::Outputs,
        CauseKind::Other,
    ] {
        assert!(tried_again(of_kind(kind)), "{kind:?}");
    }
    for kind in [
        CauseKind::Cancelled,
        CauseKind::Refused,
        CauseKind::NeedNotMet,
        CauseKind::ConditionNotMet,
        CauseKind::Expression,
    ] {
        assert!(!tried_again(of_kind(kind)), "{kind:?}");
    }
    let any_code = rules(&[(RetryOn::Exit(Vec::new()), 1)]);
    assert!(matches!(fails(&any_code, &submitted(), exit(77)).state, State::Backoff { .. }));
    assert!(matches!(fails(&any_code, &submitted(), of_kind(CauseKind::OutOfMemory)).state, State::Ended(_)));
}

#[test]
fn each_time_it_waits_twice_as_long_up_to_an_hour() {
    let retry = retry(20);
    let mut before = submitted();
    let mut waits = Vec::new();
    for _ in 0..20 {
        let next = fails(&retry, &before, cause());
        let State::Backoff { until } = next.state else { unreachable!("{next:?}") };
        waits.push(until.since(NOW).as_secs());
        before = Stage { past: next.past, ..submitted() };
    }
    assert_eq!(waits.get(..8), Some(&[60, 120, 240, 480, 960, 1920, 3600, 3600][..]));
    assert_eq!(waits.last(), Some(&3600));
}

#[test]
fn when_the_time_has_come_the_next_attempt_is_claimed() {
    for until in [AT, NOW] {
        let before = backoff_until(until);
        assert_eq!(outstanding(&before), [Effect::Look]);
        let state = State::Claimed { claim: fresh(), queue: queue(), at: NOW, opened_at: NOW, throttled_since: None };
        let next = Stage { attempt: ATTEMPT.next(), state, ..before.clone() };
        assert_eq!(decide(&before, &Event::Looked), Decision::Advance(next));
    }
    let early = backoff_until(NOW.plus(MS));
    assert_eq!(outstanding(&early), [Effect::LookAt(NOW.plus(MS))]);
    assert_eq!(decide(&early, &Event::Looked), ignore(Ignored::NothingDue));
}

#[test]
fn until_then_events_of_its_job_say_nothing_new_and_others_are_twins() {
    let before = backoff_until(NOW);
    let seen = |attempt, job, change| decide(&before, &Event::JobChanged { attempt, job, change });
    for change in [alive(), failed(), succeeded()] {
        assert_eq!(seen(ATTEMPT, job(), change), ignore(Ignored::Duplicate));
    }
    assert_eq!(seen(ATTEMPT, other(), alive()), twin(other()));
    assert_eq!(seen(ATTEMPT, other(), failed()), ignore(Ignored::OtherJob));
    assert_eq!(seen(Attempt(2), other(), alive()), twin(other()));
    let answered = |job| Event::SubmitAnswered { claim: old(), attempt: ATTEMPT, answer: SubmitAnswer::Done(job) };
    assert_eq!(decide(&before, &answered(job())), ignore(Ignored::Duplicate));
    assert_eq!(decide(&before, &answered(other())), twin(other()));
    assert_eq!(decide(&before, &Event::JobMissing { job: job() }), ignore(Ignored::OtherJob));
    let settled = Event::Settled { claim: held(), found: None };
    assert_eq!(decide(&before, &settled), ignore(Ignored::OldClaim));
}

#[test]
fn an_epoch_has_its_own_budgets() {
    let earlier = PastAttempt { epoch: Epoch(1), ..past(Attempt(1), of_kind(CauseKind::Host)) };
    let before = Stage { past: vec![earlier, past(Attempt(2), of_kind(CauseKind::Host))], ..submitted() };
    assert_eq!(before.failures_by(CauseKind::Host), 1);
    assert_eq!(before.failures_by(CauseKind::Exit), 0);
    assert!(matches!(fails(&retry(2), &before, cause()).state, State::Backoff { .. }));
    assert!(matches!(fails(&retry(1), &before, cause()).state, State::Ended(_)));
}

#[test]
fn of_very_many_past_attempts_the_latest_are_kept() {
    let many = (0..150).map(|number| past(Attempt(number), cause())).collect();
    let before = Stage { past: many, attempt: Attempt(150), ..submitted() };
    let next = fails(&retry(255), &before, cause());
    assert_eq!((next.past.len(), next.past.last().map(|past| past.attempt)), (150, Some(Attempt(150))));
    assert_eq!(stage::outstanding(&next, node(&[]), NOW).len(), 1);
}
