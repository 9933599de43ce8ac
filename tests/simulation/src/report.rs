//! What came of worlds, counted.

use std::{collections::BTreeMap, fmt};

use crate::invariants::Violation;

/// What came of one world.
#[derive(Debug)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// What did not hold.
    pub violation: Option<Violation>,
    /// How many runs there were.
    pub runs: u64,
    /// How many jobs.
    pub jobs: u64,
    /// How many invocations.
    pub invocations: u64,
    /// How long it lasted, in virtual milliseconds.
    pub simulated_ms: u64,
    /// The faults.
    pub faults: BTreeMap<&'static str, u64>,
    /// The requests that services executed, by service and operation.
    pub calls: BTreeMap<String, u64>,
    /// The trace, if it was kept.
    pub trace: Vec<String>,
}

/// What came of many.
#[derive(Debug, Default)]
pub struct Report {
    worlds: u64,
    runs: u64,
    jobs: u64,
    invocations: u64,
    simulated_ms: u64,
    faults: BTreeMap<&'static str, u64>,
    calls: BTreeMap<String, u64>,
    /// The seeds that violated an invariant.
    pub violations: Vec<(u64, Violation)>,
}

impl Report {
    /// How many runs there were.
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// Adds a world.
    pub fn add(&mut self, outcome: Outcome) {
        self.worlds += 1;
        self.runs += outcome.runs;
        self.jobs += outcome.jobs;
        self.invocations += outcome.invocations;
        self.simulated_ms += outcome.simulated_ms;
        for (fault, count) in outcome.faults {
            *self.faults.entry(fault).or_default() += count;
        }
        for (service, count) in outcome.calls {
            *self.calls.entry(service).or_default() += count;
        }
        self.violations.extend(outcome.violation.map(|violation| (outcome.seed, violation)));
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { worlds, runs, jobs, invocations, simulated_ms, .. } = self;
        let calls: u64 = self.calls.values().sum();
        writeln!(f, "{worlds} worlds, {runs} runs, {jobs} jobs, {invocations} invocations, {calls} SDK calls")?;
        writeln!(f, "{} simulated hours", simulated_ms / 3_600_000)?;
        writeln!(f, "\nSDK calls")?;
        for (service, count) in &self.calls {
            writeln!(f, "{count:>12}  {service}")?;
        }
        writeln!(f, "\nfaults")?;
        for (fault, count) in &self.faults {
            writeln!(f, "{count:>12}  {fault}")?;
        }
        writeln!(f, "\n{} violations", self.violations.len())?;
        for (seed, violation) in &self.violations {
            writeln!(f, "  seed {seed}: {violation}")?;
        }
        Ok(())
    }
}
