//! `make protocol`: visits every reachable state of the protocol, and says how many there are and what holds in them.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use protocol::{Protocol, Rules, check};
use stateright::Expectation;

fn main() -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let models = [
        ("ListJobs may leave out the newest job once", Protocol::blind_once(Rules::of_the_product())),
        ("Batch may forget a recorded job", Protocol::forgetful(Rules::of_the_product())),
    ];
    let mut all_met = true;
    for (title, model) in models {
        let report = check::check(&model);
        all_met &= report.is_met();
        table(&mut out, title, &report)?;
    }
    Ok(if all_met { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn table(out: &mut impl Write, title: &str, report: &check::Report) -> io::Result<()> {
    let check::Report { states, transitions, depth, properties, reach } = report;
    writeln!(out, "{title}: {states} states, {transitions} transitions, depth {depth}")?;
    for property in properties {
        let word = match (&property.expectation, property.is_met()) {
            (Expectation::Always | Expectation::Eventually, true) => "holds",
            (Expectation::Always | Expectation::Eventually, false) => "VIOLATED",
            (Expectation::Sometimes, true) => "seen",
            (Expectation::Sometimes, false) => "NOT SEEN",
        };
        writeln!(out, "  {word:9} {}", property.name)?;
        if let (false, Some(way)) = (property.is_met(), &property.way) {
            write!(out, "{}", check::in_words(way))?;
        }
    }
    let word = if reach.stuck == 0 { "holds" } else { "VIOLATED" };
    writeln!(out, "  {word:9} every path can still end, without an event: {} stuck, {} ends", reach.stuck, reach.ends)?;
    if let Some(way) = &reach.way {
        write!(out, "{}", check::in_words(way))?;
    }
    writeln!(out)
}
