//! **I8: a concurrency group never exceeds its limit, nothing of a run that waits for its group is done, and nobody is turned away
//! or replaced but for a reason.**
//!
//! It would catch a place that is taken without a condition, and one that is given up before the last job has ended.

use std::collections::BTreeSet;

use pipeline::{Concurrency, WhenFull};

use crate::{
    facts::{Facts, Job, RunItem, Step},
    invariants::Invariant,
};

/// How long a place may still be counted after its run has ended: whoever gives it up may have died.
const AFTERMATH_MS: u64 = 30 * 60_000;

pub(super) struct GroupsKeepTheirLimit;

impl Invariant for GroupsKeepTheirLimit {
    fn name(&self) -> &'static str {
        "I8"
    }

    fn step(&mut self, facts: &Facts, step: &Step<'_>) -> Result<(), String> {
        match step {
            Step::Submitted { job } => facts.jobs.get(*job).map_or(Ok(()), |job| submitted(facts, job)),
            Step::Run { run, before, after } => {
                let was = before.map_or("absent", |before| before.status.as_str());
                match (was, after.status.as_str()) {
                    (was, now) if was == now => Ok(()),
                    (_, "RUNNING") => let_in(facts, run),
                    (_, "SKIPPED") => turned_away(facts, run),
                    _ => Ok(()),
                }
            }
            Step::Terminated { .. } | Step::Stage { .. } => Ok(()),
        }
    }
}

fn rule<'a>(facts: &'a Facts, run: &str) -> Option<&'a Concurrency> {
    facts.definition_of(run)?.concurrency.as_ref()
}

/// No job of more runs than the limit allows is alive at once, and none of a run that waits.
fn submitted(facts: &Facts, job: &Job) -> Result<(), String> {
    let run = job.name.run.as_str();
    let Some(rule) = rule(facts, run) else { return Ok(()) };
    let status = facts.runs.get(run).map_or("absent", |run| run.status.as_str());
    if matches!(status, "QUEUED" | "SKIPPED") {
        return Err(format!("{} was submitted while its run was {status}", job.name));
    }
    let busy = |run: &str| {
        facts.jobs_of(run).any(|(_, job)| job.is_alive(facts.now_ms) && !facts.hidden.contains(&job.name.to_string()))
    };
    let others: BTreeSet<&String> = facts.group_of(run).map(|(other, _)| other).filter(|other| busy(other)).collect();
    within(rule, others.len(), || format!("{} was submitted while jobs of {others:?} were alive", job.name))
}

fn let_in(facts: &Facts, run: &str) -> Result<(), String> {
    let Some(rule) = rule(facts, run) else { return Ok(()) };
    let others: Vec<&String> =
        facts.group_of(run).filter(|(_, item)| item.status == "RUNNING").map(|(other, _)| other).collect();
    within(rule, others.len(), || format!("run {run} was let in while {others:?} were running"))
}

fn within(rule: &Concurrency, others: usize, what: impl FnOnce() -> String) -> Result<(), String> {
    if others < usize::from(rule.limit) {
        return Ok(());
    }
    Err(format!("{}, and the limit is {}", what(), rule.limit))
}

/// Only where the definition says so, and only if others had the places.
fn turned_away(facts: &Facts, run: &str) -> Result<(), String> {
    let Some(rule) = rule(facts, run).filter(|rule| rule.when_full == WhenFull::Skip) else {
        return Err(format!("run {run} was turned away, and should wait"));
    };
    let had_a_place = |(other, item): &(&String, &RunItem)| match item.status.as_str() {
        "SKIPPED" => false,
        "SUCCEEDED" | "FAILED" | "CANCELLED" => {
            let written = facts.written_ms.get(&(format!("RUN#{other}"), "RUN".to_owned())).copied();
            facts.now_ms.saturating_sub(written.unwrap_or_default()) < AFTERMATH_MS
        }
        _ => true,
    };
    let others = facts.group_of(run).filter(had_a_place).count();
    if others < usize::from(rule.limit) {
        return Err(format!(
            "run {run} was turned away while {others} others were there, and the limit is {}",
            rule.limit
        ));
    }
    Ok(())
}
