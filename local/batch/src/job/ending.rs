//! What an attempt's end makes of its job.

use super::{Attempt, Ended, Job, RetryStrategy, State, Stop};
use crate::runner::Exit;

/// How an attempt ended. The words are those of AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Its process ended by itself.
    Exited(Exit),
    /// Its process could not be made.
    NotStarted(String),
    /// Its process was ended because it ran too long.
    TimedOut(Exit),
    /// Its process was ended because someone asked for it.
    Stopped(Exit),
    /// Its process went down with the server that ran it.
    HostLost,
}

const EXITED: &str = "Essential container in task exited";
const NOT_STARTED: &str = "Task failed to start";
const TIMED_OUT: &str = "Job attempt duration exceeded timeout";
/// AWS's words for a Spot instance that was taken back; `evaluateOnExit` rules look for their beginning.
const HOST_LOST: &str = "Host EC2 (instance i-local) terminated.";

/// The state after the attempt of `job` (which is starting or running) ended at `now_ms`. The attempt is added to its list.
///
/// A time-out, or a stop that someone asked for, is never retried. Answers whether anything changed: what comes late does not.
pub(crate) fn conclude(job: &mut Job, retry: &RetryStrategy, ending: &Ending, now_ms: u64) -> bool {
    let (task, started_ms) = match &job.state {
        State::Starting { task } => (task.clone(), None),
        State::Running { task, started_ms, .. } => (task.clone(), Some(*started_ms)),
        State::Pending { .. } | State::Runnable | State::Succeeded(_) | State::Failed(_) => return false,
    };
    let attempt = attempt(task, started_ms, ending, now_ms);
    let number = job.attempt();
    let ended = |reason: &str| Ended { started_ms, stopped_ms: now_ms, reason: Some(reason.to_owned()) };
    job.state = match (ending, &job.stop) {
        (Ending::Exited(Exit { code: 0 }), _) => State::Succeeded(ended(EXITED)),
        (Ending::TimedOut(_), None) => State::Failed(ended(TIMED_OUT)),
        (_, Some(Stop::Terminated(reason) | Stop::Cancelled(reason))) => State::Failed(ended(reason)),
        (Ending::Stopped(_), None) => State::Failed(ended(EXITED)),
        (Ending::Exited(_) | Ending::NotStarted(_) | Ending::HostLost, None) => {
            if retry.retries(number, &attempt) {
                State::Runnable
            } else {
                State::Failed(ended(&attempt.status_reason))
            }
        }
    };
    job.attempts.push(attempt);
    true
}

fn attempt(task: String, started_ms: Option<u64>, ending: &Ending, now_ms: u64) -> Attempt {
    let (status_reason, exit_code, reason) = match ending {
        Ending::Exited(exit) | Ending::Stopped(exit) => (EXITED, Some(exit.code), None),
        Ending::TimedOut(exit) => (TIMED_OUT, Some(exit.code), None),
        Ending::NotStarted(reason) => (NOT_STARTED, None, Some(reason.clone())),
        Ending::HostLost => (HOST_LOST, None, None),
    };
    Attempt { task, started_ms, stopped_ms: now_ms, status_reason: status_reason.to_owned(), exit_code, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{JobKey, Kind, Status};

    fn running(stop: Option<Stop>) -> Job {
        Job {
            number: 1,
            key: JobKey { id: "id".into(), child: None },
            kind: Kind::Single,
            name: "name".into(),
            queue: "queue".into(),
            created_ms: 1,
            state: State::Running { task: "task".into(), started_ms: 2, process: None },
            attempts: Vec::new(),
            stop,
        }
    }

    #[test]
    fn the_transition_table() {
        let twice = RetryStrategy { attempts: 2, evaluate_on_exit: Vec::new() };
        let asked = || Some(Stop::Terminated("enough".into()));
        let exit = |code| Exit { code };
        for (ending, stop, status, reason, exit_code) in [
            (Ending::Exited(exit(0)), None, Status::Succeeded, Some(EXITED), Some(0)),
            // It was done before the signal came.
            (Ending::Exited(exit(0)), asked(), Status::Succeeded, Some(EXITED), Some(0)),
            (Ending::Exited(exit(3)), None, Status::Runnable, None, Some(3)),
            (Ending::Exited(exit(3)), asked(), Status::Failed, Some("enough"), Some(3)),
            (Ending::NotStarted("why".into()), None, Status::Runnable, None, None),
            (Ending::TimedOut(exit(143)), None, Status::Failed, Some(TIMED_OUT), Some(143)),
            (Ending::TimedOut(exit(143)), asked(), Status::Failed, Some("enough"), Some(143)),
            // It took the signal kindly, but what it was to do is not done.
            (Ending::Stopped(exit(0)), asked(), Status::Failed, Some("enough"), Some(0)),
            (Ending::Stopped(exit(137)), asked(), Status::Failed, Some("enough"), Some(137)),
            (Ending::HostLost, None, Status::Runnable, None, None),
            (Ending::HostLost, asked(), Status::Failed, Some("enough"), None),
        ] {
            let mut job = running(stop);
            assert!(conclude(&mut job, &twice, &ending, 9));
            assert_eq!(job.status(), status, "{ending:?}");
            assert_eq!(job.attempts.len(), 1);
            assert_eq!(job.attempts[0].exit_code, exit_code);
            if let State::Succeeded(ended) | State::Failed(ended) = &job.state {
                assert_eq!(ended.reason.as_deref(), reason, "{ending:?}");
                assert_eq!((ended.started_ms, ended.stopped_ms), (Some(2), 9));
            }
        }
    }

    #[test]
    fn the_last_attempt_fails_the_job_and_a_late_end_changes_nothing() {
        let mut job = running(None);
        assert!(conclude(&mut job, &RetryStrategy::default(), &Ending::HostLost, 9));
        assert!(matches!(&job.state, State::Failed(ended) if ended.reason.as_deref() == Some(HOST_LOST)));
        let before = job.clone();
        assert!(!conclude(&mut job, &RetryStrategy::default(), &Ending::Exited(Exit { code: 0 }), 10));
        assert_eq!(job, before);
    }
}
