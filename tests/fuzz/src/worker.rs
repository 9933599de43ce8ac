//! A worker: a process that runs some cases and tells what came of them, a line of JSON each.
//!
//! `{"at": case}` before each case, if asked for; `{"finding": …}`; and at its end `{"done": counts, "next": case}`.

use std::{
    io::{self, Write},
    process::exit,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    Result,
    case::{Bench, Campaign, keep_panics},
    finding::{Finding, Kind},
    report::Report,
};

/// How often the watchdog looks.
const TICK: Duration = Duration::from_millis(100);

/// The stack of the thread that runs cases, in bytes: no more than a thread has that nobody has asked for more.
const STACK: usize = 2 * 1024 * 1024;

/// Which cases to run.
#[derive(Debug, Clone, Copy)]
pub struct Cases {
    /// The first.
    pub from: u64,
    /// How many.
    pub count: u64,
    /// Whether to tell of each before it runs.
    pub announced: bool,
    /// How long one may take.
    pub patience: Duration,
}

/// What the watchdog looks at.
#[derive(Debug, Default)]
struct Progress {
    case: AtomicU64,
    report: Mutex<Report>,
}

/// Runs the cases, and writes what came of them to the standard output. If one does not end, the process does.
///
/// # Errors
/// If fuzzing itself fails.
pub fn work(campaign: Campaign, cases: Cases) -> Result<()> {
    keep_panics();
    let progress = Arc::new(Progress { case: AtomicU64::new(cases.from), report: Mutex::default() });
    let (ended, watched) = channel::<()>();
    let watching = Arc::clone(&progress);
    let dog = thread::spawn(move || watch(&watching, &watched, cases.patience));
    let running = Arc::clone(&progress);
    let runner = thread::Builder::new().stack_size(STACK).spawn(move || {
        let done = run(campaign, cases, &running);
        drop(ended);
        done
    })?;
    runner.join().map_err(|_| "the worker itself panicked")??;
    dog.join().map_err(|_| "the watchdog itself panicked")?;
    tell(&done(&progress, cases.from + cases.count))?;
    Ok(())
}

fn run(campaign: Campaign, cases: Cases, progress: &Progress) -> Result<()> {
    let mut bench = Bench::new(campaign)?;
    for case in cases.from..cases.from + cases.count {
        progress.case.store(case, Ordering::Relaxed);
        if cases.announced {
            tell(&json!({ "at": case }))?;
        }
        let outcome = bench.run(case)?;
        progress.report.lock().unwrap_or_else(PoisonError::into_inner).add(
            case,
            outcome.target,
            outcome.verdict,
            outcome.usage,
        );
        if let Some(finding) = outcome.finding {
            tell(&json!({ "finding": finding.to_json() }))?;
        }
    }
    Ok(())
}

/// Ends the process if a case takes longer than `patience`. It counts its own ticks: on a machine that stands still nothing hangs.
fn watch(progress: &Progress, ended: &Receiver<()>, patience: Duration) {
    let (mut last, mut ticks) = (u64::MAX, 0);
    while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        let case = progress.case.load(Ordering::Relaxed);
        ticks = if case == last { ticks + 1 } else { 0 };
        last = case;
        if TICK * ticks >= patience {
            let words = format!("it has not ended after {} s", patience.as_secs());
            let finding = Finding { case, kind: Kind::Hang, words };
            // Whoever cannot be told finds that the process has ended.
            let _ = tell(&json!({ "finding": finding.to_json() }));
            let _ = tell(&done(progress, case + 1));
            exit(0);
        }
    }
}

fn done(progress: &Progress, next: u64) -> Value {
    let report = progress.report.lock().unwrap_or_else(PoisonError::into_inner);
    json!({ "done": report.to_json(), "next": next })
}

fn tell(line: &Value) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}
