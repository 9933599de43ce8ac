//! `simulation`: many worlds, or one with its trace.

use std::{
    io::Write,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use clap::Parser;
use simulation::{plan::Plan, report::Report, witness::Trace, world::simulate};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Simulates the control plane with every fault there is, and checks what must hold.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many runs to simulate at least, in as many worlds as it takes. Each has a handful of them.
    #[arg(long, default_value_t = 1000)]
    runs: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Simulate the world of this seed alone, and print its trace.
    #[arg(long)]
    seed: Option<u64>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut out = std::io::stdout();
    let done = match arguments.seed {
        Some(seed) => replay(seed, &mut out),
        None => many(&arguments, &mut out),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "the simulation itself failed: {error}");
            ExitCode::from(2)
        }
    }
}

/// Replays one world.
fn replay(seed: u64, out: &mut impl Write) -> simulation::Result<bool> {
    let plan = Plan::of(seed);
    for pipeline in &plan.pipelines {
        for version in &pipeline.versions {
            writeln!(out, "{version}")?;
        }
    }
    writeln!(out, "{:#?}", plan.faults)?;
    let outcome = simulate(plan, None, &Trace::Printed)?;
    match &outcome.violation {
        Some(violation) => writeln!(out, "seed {seed}: {violation}")?,
        None => writeln!(out, "seed {seed}: everything holds")?,
    }
    Ok(outcome.violation.is_none())
}

/// Simulates many worlds, on all cores.
fn many(arguments: &Arguments, out: &mut impl Write) -> simulation::Result<bool> {
    let next = AtomicU64::new(arguments.from);
    let report = Mutex::new(Ok(Report::default()));
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let outcome = simulate(Plan::of(next.fetch_add(1, Ordering::Relaxed)), None, &Trace::Off);
                    let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
                    match (&mut *report, outcome) {
                        (Ok(report), Ok(outcome)) => {
                            report.add(outcome);
                            if report.runs() >= arguments.runs {
                                return;
                            }
                        }
                        (Ok(_), Err(error)) => *report = Err(error),
                        (Err(_), _) => return,
                    }
                }
            });
        }
    });
    let report = report.into_inner().unwrap_or_else(PoisonError::into_inner)?;
    write!(out, "{report}")?;
    for (seed, _) in report.violations.iter().take(5) {
        writeln!(out, "replay: make sim SEED={seed}")?;
    }
    Ok(report.violations.is_empty())
}
