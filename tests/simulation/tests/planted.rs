//! Each planted bug is found, and by an invariant that is there to find it.

use simulation::{
    Result,
    bugs::{Bug, all},
    invariants::Violation,
    plan::Plan,
    witness::Trace,
    world::simulate,
};

/// How many seeds may pass before a bug is found.
const SEEDS: u64 = 400;

/// The first seed that finds it, and what it finds.
fn found(bug: &Bug) -> Result<Option<(u64, Violation)>> {
    for seed in 1..=SEEDS {
        let outcome = simulate(Plan::with(seed, (bug.faults)()), Some(bug), &Trace::Off)?;
        if let Some(violation) = outcome.violation {
            return Ok(Some((seed, violation)));
        }
    }
    Ok(None)
}

#[test]
fn every_planted_bug_is_found() -> Result<()> {
    let mut missed = Vec::new();
    println!("| planted bug | found by | seeds |\n|---|---|---:|");
    for bug in all() {
        match found(&bug)? {
            Some((seeds, violation)) if bug.found_by.contains(&violation.invariant) => {
                println!("| {} | {} | {seeds} |", bug.name, violation.invariant);
            }
            Some((seeds, violation)) => {
                println!("| {} | {} (unexpected) | {seeds} |", bug.name, violation.invariant);
                missed.push(format!("{}: found otherwise: {violation}", bug.name));
            }
            None => {
                println!("| {} | nothing | {SEEDS} |", bug.name);
                missed.push(format!("{}: not found", bug.name));
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    Ok(())
}

/// Without a bug the same faults violate nothing.
#[test]
fn the_same_faults_without_a_bug_violate_nothing() {
    for bug in all() {
        for seed in 1..=8 {
            let outcome = simulate(Plan::with(seed, (bug.faults)()), None, &Trace::Off).unwrap();
            assert_eq!(outcome.violation, None, "seed {seed} with the faults of: {}", bug.name);
        }
    }
}
