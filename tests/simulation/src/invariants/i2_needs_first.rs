//! **I2: a stage starts only after all that it needs has resolved in this epoch, and only if its condition holds.**
//!
//! It would catch a fan-in that counts a verdict twice, or one that takes a verdict of an earlier epoch.

use crate::{
    facts::{Facts, JobState, Step},
    invariants::Invariant,
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
        for need in &stage.needs {
            let Some(need) = definition.stage(*need) else { continue };
            let item = facts.stages.get(&(run.to_owned(), need.name.to_string()));
            let (status, recorded) = item.map_or(("absent", None), |item| (&*item.status, item.job.as_deref()));
            let truth = recorded.and_then(|id| facts.jobs.get(id)).map(|job| job.state);
            if status != "SUCCEEDED" || truth != Some(JobState::Succeeded) {
                return Err(format!("{} was submitted while {} was {status}, its job {truth:?}", job.name, need.name));
            }
        }
        Ok(())
    }
}
