//! What is told at the end.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
    fs,
    path::Path,
    time::Duration,
};

use machine::run;

use crate::{
    facts::{Facts, Try},
    input::Input,
    siege::Siege,
};

/// The figures of a soak.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) kills: u32,
    pub(crate) stillborn: u32,
    pub(crate) starts: u32,
    pub(crate) runs: BTreeMap<&'static str, usize>,
    pub(crate) jobs: usize,
    pub(crate) tries: BTreeMap<String, usize>,
    pub(crate) inputs: BTreeMap<String, usize>,
    /// How many inputs nobody was told of, and how many of these have a run all the same.
    pub(crate) cut_off: usize,
    pub(crate) cut_off_with_run: usize,
    /// How many errors the servers logged.
    pub(crate) errors: usize,
    /// How long the last run took to end after the last kill.
    pub(crate) last: Duration,
    pub(crate) took: Duration,
    /// What does not hold.
    pub(crate) wrong: Vec<String>,
}

impl Report {
    /// Of what was done and found. What is wrong is added by whoever checks.
    pub(crate) fn of(siege: &Siege, facts: &Facts, last: Duration) -> Self {
        let tries = facts.jobs.values().flat_map(|job| &job.tries).map(|ended| match ended {
            Try::Exit(code) => format!("exit code {code}"),
            Try::HostLost => "host lost".to_owned(),
            Try::Other(reason) => reason.clone(),
        });
        let (acknowledged, cut_off): (Vec<&Input>, Vec<&Input>) =
            siege.traffic.inputs.iter().partition(|input| input.acknowledged);
        Self {
            kills: siege.kills,
            stillborn: siege.stillborn,
            starts: siege.starts,
            runs: count(facts.runs.iter().map(|run| run::Status::name(run.status))),
            jobs: facts.jobs.len(),
            tries: count(tries),
            inputs: count(acknowledged.iter().map(|input| format!("{:?}", input.door).to_lowercase())),
            cut_off: cut_off.len(),
            cut_off_with_run: facts.runs.len().saturating_sub(acknowledged.len()),
            errors: 0,
            last,
            took: Duration::ZERO,
            wrong: Vec::new(),
        }
    }
}

fn count<T: Ord>(things: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    counts
}

/// How many errors the servers have logged.
pub(crate) fn errors_in(log: &Path) -> usize {
    let logged = fs::read(log).unwrap_or_default();
    String::from_utf8_lossy(&logged).lines().filter(|line| line.contains(r#""level":"ERROR""#)).count()
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, stillborn, starts, jobs, cut_off, cut_off_with_run, errors, .. } = self;
        writeln!(f, "kills    {kills}, {stillborn} of them during start-up; {starts} starts")?;
        writeln!(f, "runs     {}", counts(&self.runs))?;
        writeln!(f, "jobs     {jobs}; their tries: {}", counts(&self.tries))?;
        writeln!(
            f,
            "inputs   {} acknowledged; {cut_off} cut off, {cut_off_with_run} of them with a run",
            counts(&self.inputs)
        )?;
        writeln!(f, "errors   {errors} in the log")?;
        writeln!(
            f,
            "seconds  {}; the last run ended {} after the last kill",
            self.took.as_secs(),
            self.last.as_secs()
        )?;
        match self.wrong.len() {
            0 => writeln!(f, "all holds"),
            wrong => writeln!(f, "WRONG    {wrong}\n  {}", self.wrong.join("\n  ")),
        }
    }
}

fn counts<T: Display>(counts: &BTreeMap<T, usize>) -> String {
    let all: usize = counts.values().sum();
    let each: Vec<String> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    format!("{all} ({})", each.join(", "))
}
