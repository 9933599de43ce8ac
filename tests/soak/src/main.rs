//! `make soak`: the real binary, with many runs in flight, is killed with SIGKILL again and again, and started again. At the end
//! every run must have ended as it must, with exactly one job for each attempt; nothing that was acknowledged may be lost, and
//! nothing left behind.
//!
//! [`shapes`] says what runs are made of, [`traffic`] hands them in, [`siege`] kills, [`patience`] waits, [`survey`] reads the
//! [`facts`], and [`checks`] judges them.

mod checks;
mod clients;
mod facts;
mod input;
mod patience;
mod report;
mod server;
mod shapes;
mod siege;
mod survey;
mod traffic;

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use ambient::Ids;
use clap::Parser;
use end_to_end::{Group, Result, repository};
use tokio::time::Instant;

use report::Report;
use server::Program;
use siege::Siege;
use traffic::Traffic;

/// Seeds are drawn below this, to be easy to type.
const SEEDS: u64 = 1_000_000;

/// Kill the server again and again, and see whether anything is lost.
#[derive(Debug, Parser)]
struct Arguments {
    /// How often it is killed.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    kills: u32,
    /// How many runs are in flight.
    #[arg(long, default_value_t = 200)]
    runs: usize,
    /// How long a server lives at most before it is killed, in milliseconds.
    #[arg(long, default_value_t = 4000)]
    life_ms: u64,
    /// From which the moments of the kills follow, and what is asked for.
    #[arg(long)]
    seed: Option<u64>,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(|| Ids::random().below(SEEDS));
    let mut out = io::stdout();
    let Arguments { kills, runs, life_ms, .. } = &arguments;
    writeln!(out, "soak     --kills {kills} --runs {runs} --life-ms {life_ms} --seed {seed}")?;
    let target = repository("target/soak");
    std::fs::create_dir_all(&target)?;
    let folder = tempfile::Builder::new().prefix(&format!("{seed}-")).tempdir_in(target.canonicalize()?)?;
    let soaked = soak(&arguments, seed, folder.path()).await;
    drop(Group(folder.path()));
    let held = match &soaked {
        Ok(report) => {
            write!(out, "{report}")?;
            report.wrong.is_empty()
        }
        Err(error) => {
            writeln!(out, "WRONG    {error}")?;
            false
        }
    };
    if held {
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "kept     {}", folder.keep().display())?;
    Ok(ExitCode::FAILURE)
}

async fn soak(arguments: &Arguments, seed: u64, folder: &Path) -> Result<Report> {
    let began = Instant::now();
    let program = Arc::new(Program::copied_to(folder)?);
    let traffic = Traffic::new(Ids::seeded(seed.wrapping_add(1)), arguments.runs);
    let mut siege = Siege::new(Arc::clone(&program), Ids::seeded(seed), arguments.life_ms, traffic);
    siege.begin(folder).await?;
    while siege.kills < arguments.kills {
        siege.life().await?;
    }
    let (server, clients) = siege.relief().await?;
    let last = patience::all_ended(&clients).await?;
    let facts = survey::facts(&clients).await?;
    let mut wrong = checks::all(&facts, &siege.traffic.inputs);
    wrong.extend(siege.traffic.refused.iter().map(|refused| format!("refused: {refused}")));
    wrong.extend(checks::no_processes(&program.data_dir));
    server.stop().await?;
    wrong.extend(checks::databases(&program.data_dir)?);
    siege.relief().await?.0.stop().await?;
    wrong.extend(checks::no_processes(&program.data_dir));
    wrong.extend(checks::no_panics(&program.stderr)?);
    let errors = report::errors_in(&program.data_dir.join("batchwright.log"));
    Ok(Report { errors, took: began.elapsed(), wrong, ..Report::of(&siege, &facts, last) })
}
