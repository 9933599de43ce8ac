//! Many cases, shared among workers. One that dies took the case with it that it was at: that one is found, and passed over.

use std::{
    io::{self, BufRead, BufReader, Read},
    process::{Command, Stdio},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use serde_json::Value;

use crate::{
    Result,
    finding::{Finding, Kind},
    report::Report,
};

/// How many cases a worker runs at most: a new process takes some milliseconds.
const CHUNK: u64 = 20_000;

/// What many cases came to.
#[derive(Debug, Default)]
pub struct Findings {
    /// The counts.
    pub report: Report,
    /// What must not be.
    pub findings: Vec<Finding>,
}

/// What a worker told.
struct Told {
    report: Report,
    findings: Vec<Finding>,
    /// The last case that it announced.
    at: Option<u64>,
    /// The case to go on with, if it came to its own end.
    next: Option<u64>,
    /// Its last words, if it did not.
    death: String,
}

/// Runs so many cases from the first one on, until there are `limit` findings or more; `arguments` are those of a worker, after which come `--work FROM:COUNT`.
///
/// # Errors
/// If fuzzing itself fails.
pub fn supervise(first: u64, cases: u64, jobs: usize, limit: usize, arguments: &[String]) -> Result<Findings> {
    let (next, enough) = (AtomicU64::new(first), AtomicBool::new(false));
    let end = first + cases;
    let all = Mutex::new(Ok(Findings::default()));
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while !enough.load(Ordering::Relaxed) {
                    let from = next.fetch_add(CHUNK, Ordering::Relaxed);
                    if from >= end {
                        return;
                    }
                    let found = chunk(from, (from + CHUNK).min(end), limit, arguments);
                    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
                    match (&mut *all, found) {
                        (Ok(all), Ok(found)) => {
                            all.report.merge(&found.report);
                            all.findings.extend(found.findings);
                            enough.fetch_or(all.findings.len() >= limit, Ordering::Relaxed);
                        }
                        (Ok(_), Err(error)) => *all = Err(error),
                        (Err(_), _) => return,
                    }
                }
            });
        }
    });
    let mut all = all.into_inner().unwrap_or_else(PoisonError::into_inner)?;
    all.findings.sort_by_key(|finding| finding.case);
    Ok(all)
}

/// Some cases, by as many workers as that takes. One that dies without a word is sent again, to tell of each case before it runs.
fn chunk(mut from: u64, end: u64, limit: usize, arguments: &[String]) -> Result<Findings> {
    let mut all = Findings::default();
    while from < end && all.findings.len() < limit {
        let mut told = worker(from, end, arguments, false)?;
        if told.next.is_none() {
            let death = told.death;
            told = worker(from, end, arguments, true)?;
            if told.next.is_some() && told.findings.is_empty() {
                return Err(format!("a worker died once in cases {from} to {end}, and not again: {death}").into());
            }
        }
        all.report.merge(&told.report);
        all.findings.extend(told.findings);
        from = match (told.next, told.at) {
            (Some(next), _) => next,
            (None, Some(case)) => {
                all.findings.push(Finding { case, kind: Kind::Death, words: told.death });
                case + 1
            }
            (None, None) => return Err(format!("a worker does not start: {}", told.death).into()),
        };
    }
    Ok(all)
}

fn worker(from: u64, end: u64, arguments: &[String], announced: bool) -> Result<Told> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).arg("--work").arg(format!("{from}:{}", end - from)).stdin(Stdio::null());
    if announced {
        command.arg("--announce");
    }
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // Read beside the other: a pipe that nobody reads would stop the worker.
    let last_words = thread::spawn(move || -> io::Result<String> {
        let mut text = Vec::new();
        stderr.map_or(Ok(0), |mut stderr| stderr.read_to_end(&mut text))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    });
    let mut told = Told { report: Report::default(), findings: Vec::new(), at: None, next: None, death: String::new() };
    for line in stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).lines()) {
        // A worker that dies may leave half a line.
        if let Ok(line) = serde_json::from_str::<Value>(&line?) {
            told.take(&line);
        }
    }
    let status = child.wait()?;
    let last_words = last_words.join().map_err(|_| "the reader of a worker's words panicked")??;
    told.death = format!("{status}: {}", last_words.trim());
    Ok(told)
}

impl Told {
    fn take(&mut self, line: &Value) {
        self.at = line.get("at").and_then(Value::as_u64).or(self.at);
        self.findings.extend(line.get("finding").and_then(Finding::from_json));
        if let Some(counts) = line.get("done") {
            self.report = Report::from_json(counts);
            self.next = line.get("next").and_then(Value::as_u64);
        }
    }
}
