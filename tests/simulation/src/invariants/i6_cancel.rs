//! **I6: after a cancel settles, no job of the run is alive, and none is submitted.**
//!
//! It would catch a cancel that forgets a stage that was claimed and not yet submitted: its job would run on as an orphan.

use crate::{
    facts::{Facts, Step},
    invariants::Invariant,
};

pub(super) struct CancelSettles;

impl Invariant for CancelSettles {
    fn name(&self) -> &'static str {
        "I6"
    }

    fn step(&mut self, facts: &Facts, step: &Step<'_>) -> Result<(), String> {
        match step {
            Step::Submitted { job: id } => {
                let Some(job) = facts.jobs.get(*id) else { return Ok(()) };
                let run = facts.runs.get(job.name.run.as_str());
                match run.filter(|run| run.status == "CANCELLED") {
                    Some(_) => Err(format!("{} was submitted after its run had been cancelled", job.name)),
                    None => Ok(()),
                }
            }
            Step::Run { run, before, after } => {
                let settled = after.status == "CANCELLED" && before.is_some_and(|before| before.status != "CANCELLED");
                let living = facts
                    .jobs_of(run)
                    .find(|(_, job)| job.is_alive(facts.now_ms) && !facts.hidden.contains(&job.name.to_string()));
                match living.filter(|_| settled) {
                    Some((id, job)) => Err(format!("run {run} is cancelled while {id} of {} is alive", job.name)),
                    None => Ok(()),
                }
            }
            Step::Terminated { .. } | Step::Stage { .. } => Ok(()),
        }
    }
}
