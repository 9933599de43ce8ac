//! What is left of an attempt when the server that ran it was killed.
//!
//! A process id alone says little: the kernel gives it to another process in time. So the leader is known by its id and the
//! time when it started. On Linux there is a second way, which needs neither: all processes of an attempt have its
//! `AWS_BATCH_JOB_ID` in their environment, a random id that nobody else has. It finds the attempt of a server that was killed
//! before it could write the process down, and what left the group.

use std::{fs, time::Duration};

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process};

use crate::runner::{ProcessId, Survivor};

/// How often, and how many times, one looks whether what was killed is gone.
const LOOK_EVERY: Duration = Duration::from_millis(10);
const LOOKS: u32 = 500;

/// Kills all processes of the attempt, and returns when they are gone.
pub(super) async fn end(survivor: &Survivor) {
    if let Some(pid) = survivor.process.filter(|process| lives(*process)).and_then(|process| raw(process.pid)) {
        let _ = kill_process_group(pid, Signal::KILL);
    }
    for _ in 0..LOOKS {
        let members = members(&survivor.job.to_string());
        for member in &members {
            let _ = kill_process(*member, Signal::KILL);
        }
        if members.is_empty() && !survivor.process.is_some_and(lives) {
            return;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    tracing::warn!(job = %survivor.job, "a process of a former server does not end");
}

fn raw(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

/// When the process started, in ticks since boot. `None` if there is none, or the system does not tell.
pub(super) fn started(pid: u32) -> Option<u64> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?).map(|(_, started)| started)
}

/// Whether this very process is there and has not ended.
fn lives(process: ProcessId) -> bool {
    match process.started {
        Some(started) => {
            let stat = fs::read_to_string(format!("/proc/{}/stat", process.pid)).ok();
            stat.as_deref()
                .and_then(parse)
                .is_some_and(|(state, since)| since == started && state != 'Z' && state != 'X')
        }
        None => raw(process.pid).is_some_and(|pid| test_kill_process(pid).is_ok()),
    }
}

/// State and start time: the 3rd and the 22nd field, counted behind the name, which may hold anything in its parentheses.
fn parse(stat: &str) -> Option<(char, u64)> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

/// The processes that have the job's id in their environment. A process that has ended has none.
fn members(job: &str) -> Vec<Pid> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let variable = format!("AWS_BATCH_JOB_ID={job}");
    pids.filter(|pid| has(*pid, variable.as_bytes())).filter_map(raw).collect()
}

fn has(pid: u32, variable: &[u8]) -> bool {
    // Others' environments cannot be read, and need not be.
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|entry| entry == variable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_spaces_does_not_confuse() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1000 1 18446744073709551615";
        assert_eq!(parse(stat), Some(('S', 987_654)));
        assert_eq!(parse("42 (a"), None);
        assert_eq!(parse(""), None);
    }

    #[test]
    fn a_recycled_id_is_another_process() {
        let me = std::process::id();
        let Some(since) = started(me) else { return };
        assert!(lives(ProcessId { pid: me, started: Some(since) }));
        assert!(!lives(ProcessId { pid: me, started: Some(since + 1) }));
    }
}
