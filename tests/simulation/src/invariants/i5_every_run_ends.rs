//! **I5: every run ends, or says what it waits for; it ends after its last job, and is watched until nothing is left to look at.**
//!
//! It would catch a sweep that skips a claim whose holder died, and a run that ends beside a job that still runs.

use crate::{
    facts::{Facts, Step},
    invariants::Invariant,
    plan::Plan,
};

pub(super) struct EveryRunEnds;

impl Invariant for EveryRunEnds {
    fn name(&self) -> &'static str {
        "I5"
    }

    fn step(&mut self, facts: &Facts, step: &Step<'_>) -> Result<(), String> {
        let Step::Run { run, before, after } = step else { return Ok(()) };
        if after.has_ended() && !before.is_some_and(|before| before.has_ended()) {
            let living = facts
                .jobs_of(run)
                .find(|(_, job)| job.is_alive(facts.now_ms) && !facts.hidden.contains(&job.name.to_string()));
            if let Some((id, job)) = living {
                return Err(format!("run {run} is {} while {id} of {} is alive", after.status, job.name));
            }
        }
        if before.is_some_and(|before| before.watch_at.is_some()) && after.watch_at.is_none() {
            if !after.has_ended() {
                return Err(format!("run {run} is not watched any more, and is {}", after.status));
            }
            if let Some((id, job)) = facts.jobs_of(run).find(|(_, job)| job.is_alive(facts.now_ms)) {
                return Err(format!("run {run} is not watched any more while {id} of {} is alive", job.name));
            }
        }
        Ok(())
    }

    fn end(&self, facts: &Facts, _: &Plan) -> Result<(), String> {
        for (run, item) in &facts.runs {
            if !item.has_ended() || item.watch_at.is_some() {
                let stages = facts.stages.range((run.clone(), String::new())..).take_while(|((of, _), _)| of == run);
                let stages: Vec<String> =
                    stages.map(|((_, name), stage)| format!("{name} {} (job {:?})", stage.status, stage.job)).collect();
                let watched = if item.watch_at.is_some() { "watched" } else { "not watched" };
                return Err(format!("run {run} never ends: it is {}, {watched}; {}", item.status, stages.join(", ")));
            }
        }
        Ok(())
    }
}
