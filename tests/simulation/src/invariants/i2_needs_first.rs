//! **I2: a stage starts only after all that it needs has resolved in this epoch, and only if its condition holds.**
//!
//! It would catch a fan-in that counts a verdict twice, or one that takes a verdict of an earlier epoch.

use crate::{
    facts::{Facts, JobState, Step},
    invariants::Invariant,
    verdicts::{Due, Stages},
};

pub(super) struct NeedsFirst;

impl Invariant for NeedsFirst {
    fn name(&self) -> &'static str {
        "I2"
    }

    fn step(&mut self, facts: &Facts, step: &Step<'_>) -> Result<(), String> {
        let Step::Submitted { job: id } = step else { return Ok(()) };
        let Some(job) = facts.jobs.get(*id) else { return Ok(()) };
        let run = job.name.run.as_str();
        let definition = facts.definition_of(run).ok_or_else(|| format!("{} is of no run", job.name))?;
        let stage = definition.index_of(&job.name.stage).and_then(|index| definition.stage(index));
        let stage = stage.ok_or_else(|| format!("{} is of no stage", job.name))?;
        let stages = Stages { facts, run, definition };
        if let Some((need, item)) = stages.unresolved(stage) {
            return Err(format!("{} was submitted while {} was {item:?}", job.name, need.name));
        }
        let needs = stage.needs.iter().filter_map(|need| definition.stage(*need));
        // One that is done for many items has no job of its own.
        for need in needs.filter(|need| need.foreach.is_none()) {
            let item = stages.item(need).filter(|item| item.status == "SUCCEEDED");
            let truth = item.map(|item| item.job.as_ref().and_then(|id| facts.jobs.get(id)).map(|job| job.state));
            if truth.is_some_and(|truth| truth != Some(JobState::Succeeded)) {
                return Err(format!("{} was submitted while {} had succeeded, its job {truth:?}", job.name, need.name));
            }
        }
        // Of what was cancelled meanwhile, a claim may be under way.
        if stages.due(stage) == Due::Skipped {
            return Err(format!("{} was submitted although its condition does not hold", job.name));
        }
        Ok(())
    }
}
