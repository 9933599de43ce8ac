//! What is seen of jobs.

use machine::{
    Attempt, Cause, CauseKind, Ignored, JobId, Outcome, Timestamp, policy,
    stage::{Ended, Event, JobChange, State},
};

use crate::sample::*;

fn seen(job: JobId, change: JobChange) -> Event {
    Event::JobChanged { attempt: ATTEMPT, job, change }
}

fn cancelled_by(cause: &Cause) -> Cause {
    Cause::new(CauseKind::Cancelled, cause.text.clone())
}

fn submitted_with(missing_since: Option<Timestamp>, blocked: Option<&str>) -> State {
    let blocked = blocked.map(str::to_owned);
    State::Submitted { job: job(), queue: its_queue(), at: AT, missing_since, blocked }
}

#[test]
fn the_job_that_is_seen_is_the_attempts_as_long_as_none_is_recorded() {
    let blocked = JobChange::Alive { blocked: Some("full".into()) };
    for (stage, queue) in [(ready(), queue()), (claimed(), its_queue())] {
        let with =
            |blocked| State::Submitted { job: job(), queue: queue.clone(), at: NOW, missing_since: None, blocked };
        assert_eq!(decide(&stage, &seen(job(), alive())), advance(&stage, with(None)));
        assert_eq!(decide(&stage, &seen(job(), blocked.clone())), advance(&stage, with(Some("full".into()))));
    }
    let as_it_did =
        [(succeeded(), ended_with(Outcome::Succeeded, None)), (failed(), ended_with(Outcome::Failed, Some(cause())))];
    for stage in [ready(), claimed(), submitted()] {
        for (change, state) in as_it_did.clone() {
            assert_eq!(decide(&stage, &seen(job(), change)), advance(&stage, state), "{stage:?}");
        }
    }
}

#[test]
fn a_cancelled_stage_ends_as_cancelled_unless_its_job_succeeded_all_the_same() {
    for stage in [unsettled(), terminating()] {
        let succeeded = decide(&stage, &seen(job(), succeeded()));
        assert_eq!(succeeded, advance(&stage, ended_with(Outcome::Succeeded, None)));
        let failed = decide(&stage, &seen(job(), failed()));
        assert_eq!(failed, advance(&stage, ended_with(Outcome::Cancelled, Some(cancelled_by(&cause())))));
    }
    let adopted = decide(&unsettled(), &seen(job(), alive()));
    assert_eq!(adopted, advance(&unsettled(), terminating_since(AT, None)));
}

#[test]
fn what_is_known_of_a_living_job_is_not_written_again() {
    let blocked = |by: Option<&str>| seen(job(), JobChange::Alive { blocked: by.map(str::to_owned) });
    let missed = stage(submitted_with(Some(AT), Some("full")));
    let full = stage(submitted_with(None, Some("full")));
    assert_eq!(decide(&submitted(), &blocked(None)), ignore(Ignored::Duplicate));
    assert_eq!(decide(&full, &blocked(Some("full"))), ignore(Ignored::Duplicate));
    for (stage, by) in [(&submitted(), Some("full")), (&full, None), (&full, Some("broken")), (&missed, Some("full"))] {
        let (job, queue, blocked_by) = (job(), its_queue(), by.map(str::to_owned));
        let state = State::Submitted { job, queue, at: NOW, missing_since: None, blocked: blocked_by };
        assert_eq!(decide(stage, &blocked(by)), advance(stage, state), "{stage:?}");
    }
    assert_eq!(decide(&terminating(), &blocked(None)), ignore(Ignored::Duplicate));
    assert_eq!(decide(&terminating(), &blocked(Some("full"))), ignore(Ignored::Duplicate), "it is to end");
    let missed = stage(terminating_since(AT, Some(AT)));
    assert_eq!(decide(&missed, &blocked(None)), advance(&missed, terminating_since(AT, None)), "found again");
}

#[test]
fn a_living_job_that_is_not_the_attempts_is_a_twin_and_one_that_ended_is_nothing() {
    for stage in [submitted(), terminating(), done(Outcome::Succeeded), done(Outcome::Cancelled)] {
        assert_eq!(decide(&stage, &seen(other(), alive())), twin(other()), "{stage:?}");
        for change in [succeeded(), failed()] {
            assert_eq!(decide(&stage, &seen(other(), change)), ignore(Ignored::OtherJob), "{stage:?}");
        }
    }
    assert_eq!(decide(&waiting(), &seen(job(), alive())), twin(job()), "a job of an attempt that has ended");
    assert_eq!(decide(&waiting(), &seen(job(), failed())), ignore(Ignored::OtherAttempt));
    for change in [alive(), succeeded(), failed()] {
        assert_eq!(decide(&done(Outcome::Failed), &seen(job(), change)), ignore(Ignored::Duplicate));
    }
}

#[test]
fn a_living_job_of_an_earlier_attempt_is_a_twin_and_one_of_an_attempt_to_come_is_nothing() {
    let of = |attempt, change| Event::JobChanged { attempt: Attempt(attempt), job: job(), change };
    for stage in [waiting(), ready(), claimed(), submitted(), unsettled(), terminating(), done(Outcome::Failed)] {
        assert_eq!(decide(&stage, &of(2, alive())), twin(job()), "{stage:?}");
        for event in [of(2, succeeded()), of(2, failed()), of(4, alive()), of(4, succeeded()), of(4, failed())] {
            assert_eq!(decide(&stage, &event), ignore(Ignored::OtherAttempt), "{event:?} {stage:?}");
        }
    }
}

#[test]
fn a_job_that_batch_does_not_know_is_lost_once_the_grace_is_over() {
    let missing = Event::JobMissing { job: job() };
    assert_eq!(decide(&submitted(), &missing), advance(&submitted(), submitted_with(Some(NOW), None)));
    assert_eq!(decide(&terminating(), &missing), advance(&terminating(), terminating_since(AT, Some(NOW))));
    let over = Some(ago(policy::LOST_AFTER));
    let not_yet = Some(ago(policy::LOST_AFTER - MS));
    for state in [submitted_with(not_yet, None), terminating_since(AT, not_yet)] {
        assert_eq!(decide(&stage(state.clone()), &missing), ignore(Ignored::NothingDue), "{state:?}");
    }
    let why = Cause::new(CauseKind::Lost, "AWS Batch no longer knows the job job");
    let rows = [(submitted_with(over, None), Outcome::Failed), (terminating_since(AT, over), Outcome::Cancelled)];
    for (state, outcome) in rows {
        let before = stage(state);
        let (cause, job) = (Some(why.clone()), Some(job()));
        let lost = State::Ended(Ended { outcome, cause, job, started_at: None, at: NOW });
        assert_eq!(decide(&before, &missing), advance(&before, lost));
    }
}

#[test]
fn a_job_that_is_not_the_recorded_one_may_be_missing() {
    for stage in [waiting(), ready(), claimed(), unsettled()] {
        assert_eq!(decide(&stage, &Event::JobMissing { job: job() }), ignore(Ignored::OtherJob), "{stage:?}");
    }
    for stage in [submitted(), terminating()] {
        assert_eq!(decide(&stage, &Event::JobMissing { job: other() }), ignore(Ignored::OtherJob), "{stage:?}");
    }
    assert_eq!(decide(&done(Outcome::Succeeded), &Event::JobMissing { job: job() }), ignore(Ignored::Ended));
}

#[test]
fn a_stage_says_since_when_its_job_is_missing() {
    for state in [submitted_with(Some(SINCE), None), terminating_since(AT, Some(SINCE))] {
        assert_eq!(stage(state).missing_since(), Some(SINCE));
    }
    for stage in [waiting(), ready(), claimed(), submitted(), unsettled(), terminating(), done(Outcome::Failed)] {
        assert_eq!(stage.missing_since(), None, "{stage:?}");
    }
}

#[test]
fn a_stage_says_which_job_is_recorded() {
    for stage in [submitted(), terminating(), done(Outcome::Failed)] {
        assert_eq!(stage.job(), Some(&job()), "{stage:?}");
    }
    for stage in [waiting(), ready(), claimed(), unsettled(), stage(ended(Outcome::Skipped, cause()))] {
        assert_eq!(stage.job(), None, "{stage:?}");
    }
}

#[test]
fn only_a_stage_with_a_job_knows_it_alive() {
    for stage in [waiting(), ready(), claimed(), unsettled(), done(Outcome::Succeeded)] {
        assert!(!stage.knows_alive(None), "{stage:?}");
    }
}
