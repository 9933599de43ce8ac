//! **No more items are worked on at once than the stage allows.**
//!
//! It would catch a window that counts a chunk's end twice, or one that is forgotten when the run is retried.

use crate::{
    facts::{Facts, Step},
    invariants::Invariant,
};

pub(super) struct Parallel;

impl Invariant for Parallel {
    fn name(&self) -> &'static str {
        "parallel"
    }

    fn step(&mut self, facts: &Facts, step: &Step<'_>) -> Result<(), String> {
        let Step::Submitted { job: id } = step else { return Ok(()) };
        let Some(job) = facts.jobs.get(*id).filter(|job| job.name.chunk.is_some()) else { return Ok(()) };
        let run = job.name.run.as_str();
        let definition = facts.definition_of(run);
        let stage = definition.and_then(|definition| definition.stage(definition.index_of(&job.name.stage)?));
        let parallel = stage.and_then(|stage| stage.foreach.as_ref()?.max_parallel);
        let whole = facts.stages.get(&(run.to_owned(), job.name.stage.clone()));
        let (Some(parallel), Some(fan_out)) = (parallel, whole.and_then(|whole| whole.fan_out)) else { return Ok(()) };
        let at_work = facts.jobs_of(run).filter(|(_, other)| {
            other.name.stage == job.name.stage
                && other.is_alive(facts.now_ms)
                && !facts.hidden.contains(&other.name.to_string())
        });
        let items = u64::try_from(at_work.count()).unwrap_or(u64::MAX).saturating_mul(fan_out.chunk);
        if items <= u64::from(parallel) {
            return Ok(());
        }
        Err(format!("{} was submitted: {items} items are worked on at once, and {parallel} may be", job.name))
    }
}
