//! `fuzz`: many cases, or one that is run again.

use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use clap::Parser;
use fuzz::{
    Result,
    case::{Bench, Campaign},
    memory::Counting,
    plant::Plant,
    supervise::supervise,
    targets::Target,
    worker::{Cases, work},
};

#[global_allocator]
static ALLOCATOR: Counting<mimalloc::MiMalloc> = Counting(mimalloc::MiMalloc);

/// How much of an input is shown with what was found; `--case` shows all of it.
const SHOWN: usize = 2000;

/// Gives inputs that are made to hurt to all that reads what comes from outside.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many inputs.
    #[arg(long, default_value_t = 100_000)]
    inputs: u64,
    /// What they follow from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Run this case alone, and show its input.
    #[arg(long)]
    case: Option<u64>,
    /// Only inputs for this target; may be given more than once. Other cases then have other inputs.
    #[arg(long = "target", value_enum)]
    targets: Vec<Target>,
    /// How many processes; as many as there are cores, if left out.
    #[arg(long)]
    jobs: Option<usize>,
    /// After how many seconds a case hangs.
    #[arg(long, default_value_t = 20)]
    patience: u64,
    /// After how many findings it is enough.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// Plant a bug, to see that it is found.
    #[arg(long, value_enum)]
    plant: Option<Plant>,
    /// Be a worker for these cases, `FROM:COUNT`.
    #[arg(long, hide = true)]
    work: Option<String>,
    /// Tell of each case before it runs.
    #[arg(long, hide = true)]
    announce: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let campaign = Campaign { seed: arguments.seed, targets: arguments.targets.clone(), plant: arguments.plant };
    let done = match (&arguments.work, arguments.case) {
        (Some(range), _) => worker(range, campaign, &arguments).map(|()| true),
        (None, Some(case)) => replay(case, campaign, &arguments),
        (None, None) => many(campaign, &arguments),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "fuzzing itself failed: {error}");
            ExitCode::from(2)
        }
    }
}

fn worker(range: &str, campaign: Campaign, arguments: &Arguments) -> Result<()> {
    let (from, count) = range.split_once(':').ok_or("the cases of a worker are FROM:COUNT")?;
    let patience = Duration::from_secs(arguments.patience);
    work(campaign, Cases { from: from.parse()?, count: count.parse()?, announced: arguments.announce, patience })
}

/// Shows an input, and then what comes of it: it may not come back.
fn replay(case: u64, campaign: Campaign, arguments: &Arguments) -> Result<bool> {
    let mut out = io::stdout().lock();
    let (target, input) = Bench::new(campaign.clone())?.input(case);
    writeln!(out, "case {case} of seed {}, for {}:\n{input}", campaign.seed, target.name())?;
    out.flush()?;
    drop(out);
    many_of(case, 1, campaign, arguments)
}

fn many(campaign: Campaign, arguments: &Arguments) -> Result<bool> {
    many_of(0, arguments.inputs, campaign, arguments)
}

fn many_of(first: u64, inputs: u64, campaign: Campaign, arguments: &Arguments) -> Result<bool> {
    let jobs = arguments.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let found = supervise(first, inputs, jobs, arguments.limit, &worker_arguments(arguments))?;
    let mut out = io::stdout().lock();
    write!(out, "{}", found.report)?;
    let bench = Bench::new(campaign)?;
    for finding in &found.findings {
        let (target, input) = bench.input(finding.case);
        let input = input.to_string();
        writeln!(out, "\n{finding}\nfor {}:", target.name())?;
        writeln!(out, "{}", input.get(..input.floor_char_boundary(SHOWN)).unwrap_or_default())?;
        writeln!(out, "replay: {}", replay_line(arguments, finding.case))?;
    }
    let (cases, seed) = (found.report.cases(), arguments.seed);
    writeln!(out, "\n{cases} inputs of seed {seed}: {} findings", found.findings.len())?;
    Ok(found.findings.is_empty())
}

fn replay_line(arguments: &Arguments, case: u64) -> String {
    let mut line = format!("target/debug/fuzz --seed {} --case {case}", arguments.seed);
    for target in &arguments.targets {
        line.push_str(&format!(" --target {}", target.name()));
    }
    line
}

/// What a worker is told besides its cases.
fn worker_arguments(arguments: &Arguments) -> Vec<String> {
    let mut line = vec!["--seed".to_owned(), arguments.seed.to_string()];
    line.extend(["--patience".to_owned(), arguments.patience.to_string()]);
    for target in &arguments.targets {
        line.extend(["--target".to_owned(), target.name().to_owned()]);
    }
    if let Some(plant) = arguments.plant {
        line.extend(["--plant".to_owned(), plant.name().to_owned()]);
    }
    line
}
