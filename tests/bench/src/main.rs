//! `make bench`: what a stage costs in requests and capacity units, and how many stages go through in a second, durably, beside
//! `xargs -P2` that runs as many processes in the same minute.

mod rates;
mod shapes;

use std::{
    io::{self, Write},
    process::{Command, Stdio},
};

use end_to_end::{Cost, Metered, Result};
use tokio::time::Instant;

/// Two lengths of a chain: their difference is what stages cost, the rest is what the run costs.
const SHORT: u32 = 50;
const LONG: u32 = 100;
/// As many processes as the widest shape has stages.
const PROCESSES: u32 = 500;

#[tokio::main]
async fn main() -> Result<()> {
    let mut out = io::stdout().lock();
    let short = Metered::open().await?.cost_of(&shapes::chain(SHORT)).await?;
    let long = Metered::open().await?.cost_of(&shapes::chain(LONG)).await?;
    costs(&mut out, &short, &long)?;
    writeln!(out, "\nstages a second, each a process, on disk before anything follows from it")?;
    for (name, source) in [
        ("500 independent", shapes::independent(PROCESSES)),
        ("100 chained", shapes::chain(LONG)),
        ("1 → 200 → 1", shapes::fan(200)),
    ] {
        let rate = rates::of(&source).await?;
        let xargs = xargs()?;
        writeln!(out, "  {name:16} {rate:8.1}   xargs -P2 {xargs:8.1}   ratio {:.3}", rate / xargs)?;
    }
    Ok(())
}

fn costs(out: &mut impl Write, short: &Cost, long: &Cost) -> Result<()> {
    writeln!(out, "{:40} {:>8} {:>12}", format!("a chain of {LONG} stages"), "a stage", "and for a run")?;
    let stages = f64::from(LONG - SHORT);
    let mut line = |name: &str, short: f64, long: f64| {
        let each = (long - short) / stages;
        writeln!(out, "  {name:38} {each:8.2} {:12.2}", long - each * f64::from(LONG))
    };
    line("write units", short.counts.write_units, long.counts.write_units)?;
    line("read units", short.counts.read_units, long.counts.read_units)?;
    line("invocations of on-job-change", number(short.invocations)?, number(long.invocations)?)?;
    for operation in long.counts.requests.keys() {
        line(operation, number(short.counts.of(operation))?, number(long.counts.of(operation))?)?;
    }
    Ok(())
}

fn number(count: u64) -> Result<f64> {
    Ok(f64::from(u32::try_from(count)?))
}

/// Processes a second that `xargs -P2` runs.
fn xargs() -> Result<f64> {
    let began = Instant::now();
    let mut xargs = Command::new("xargs").args(["-P2", "-n1", "true"]).stdin(Stdio::piped()).spawn()?;
    let lines = "x\n".repeat(usize::try_from(PROCESSES)?);
    xargs.stdin.take().ok_or("xargs has no standard input")?.write_all(lines.as_bytes())?;
    let status = xargs.wait()?;
    if !status.success() {
        return Err(format!("xargs ended with {status}").into());
    }
    Ok(f64::from(PROCESSES) / began.elapsed().as_secs_f64())
}
