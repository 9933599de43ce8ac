//! **I1: at most one live job per stage attempt once settled; no attempt starts before the one before it has ended; no job
//! without its claim, and no recorded job terminated but by a cancel.**
//!
//! It would catch an SDK that sends `SubmitJob` again after a time-out: the second request makes a twin.

use crate::{
    facts::{Facts, Job, Step},
    invariants::Invariant,
    plan::Plan,
};

pub(super) struct OneJob;

impl Invariant for OneJob {
    fn name(&self) -> &'static str {
        "I1"
    }

    fn step(&mut self, facts: &Facts, step: &Step<'_>) -> Result<(), String> {
        match step {
            Step::Submitted { job } => submitted(facts, job),
            Step::Terminated { job } => terminated(facts, job),
            Step::Stage { .. } | Step::Run { .. } => Ok(()),
        }
    }

    fn end(&self, facts: &Facts, _: &Plan) -> Result<(), String> {
        if let Some((id, job)) = facts.jobs.iter().find(|(_, job)| job.is_alive(facts.now_ms)) {
            return Err(format!("the job {id} ({}) is still alive", job.name));
        }
        for (key, stage) in &facts.stages {
            let Some(id) = &stage.job else { continue };
            let job = facts.jobs.get(id).ok_or_else(|| format!("stage {key:?} records a job that never was: {id}"))?;
            if u64::from(job.name.attempt.0) != stage.attempt {
                return Err(format!("stage {key:?} is at attempt {}, and records {}", stage.attempt, job.name));
            }
        }
        Ok(())
    }
}

fn submitted(facts: &Facts, id: &str) -> Result<(), String> {
    let Some(job) = facts.jobs.get(id) else { return Ok(()) };
    let (name, hidden) = (job.name.to_string(), |name: &str| facts.hidden.contains(name));
    let of_that_name = facts.named.get(&name).map_or(0, Vec::len);
    if of_that_name > 1 && !hidden(&name) {
        return Err(format!("{name} was submitted {of_that_name} times, although ListJobs hid nothing"));
    }
    let earlier = facts.jobs_of(job.name.run.as_str()).find(|(_, other)| {
        (&other.name.stage, other.name.chunk) == (&job.name.stage, job.name.chunk)
            && other.name.attempt < job.name.attempt
            && other.is_alive(facts.now_ms)
            && !hidden(&other.name.to_string())
    });
    if let Some((earlier, other)) = earlier {
        return Err(format!("{name} was submitted while {earlier} of {} was alive", other.name));
    }
    claimed(facts, job)
}

/// Commit before effect: a job is submitted only under a claim that was written, of this attempt.
fn claimed(facts: &Facts, job: &Job) -> Result<(), String> {
    let stage = facts.stage_of(job).ok_or_else(|| format!("{} was submitted without a claim", job.name))?;
    let right = stage.attempt == u64::from(job.name.attempt.0);
    let open = matches!(stage.status.as_str(), "CLAIMED" | "CANCELLING");
    if right && (open || facts.hidden.contains(&job.name.to_string())) {
        Ok(())
    } else {
        Err(format!("{} was submitted while the stage was {} at attempt {}", job.name, stage.status, stage.attempt))
    }
}

fn terminated(facts: &Facts, id: &str) -> Result<(), String> {
    let Some(job) = facts.jobs.get(id) else { return Ok(()) };
    let recorded = facts.stage_of(job).filter(|stage| stage.job.as_deref() == Some(id));
    match recorded {
        Some(stage) if stage.status != "CANCELLING" => {
            Err(format!("the recorded job {id} ({}) was terminated while its stage was {}", job.name, stage.status))
        }
        Some(_) | None => Ok(()),
    }
}
