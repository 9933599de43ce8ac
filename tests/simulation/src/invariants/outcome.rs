//! **Every run has the outcome that it must have**, by a model that knows nothing of the control plane: the graph, what became
//! of each job, and what people asked for.
//!
//! It would catch a job of an earlier attempt taken for the current one, and a job given up because it was silent.

use pipeline::{ALL, Foreach, Stage, WhenFull};

use crate::{
    aws::{Ending, Fate, Fates, Written},
    facts::{Facts, Job, JobState, PastItem, StageItem},
    invariants::Invariant,
    plan::Plan,
    verdicts::{Due, Stages, must_be_tried_again},
};

pub(super) struct RightOutcome;

impl Invariant for RightOutcome {
    fn name(&self) -> &'static str {
        "outcome"
    }

    fn end(&self, facts: &Facts, plan: &Plan) -> Result<(), String> {
        let fates = Fates::new(plan.seed, plan.faults.clone());
        for run in facts.runs.keys() {
            let definition = facts.definition_of(run).ok_or_else(|| format!("run {run} runs no definition"))?;
            let stages = Stages { facts, run, definition };
            let status = facts.runs.get(run).map_or("absent", |run| &*run.status);
            // Its stages are as they were before; that it was turned away for a reason is I8's.
            if status == "SKIPPED" {
                continue;
            }
            let cancelled = facts.cancelled.contains(run) || may_be_replaced(facts, run);
            Model { stages, fates: &fates, cancelled }.check()?;
        }
        Ok(())
    }
}

/// Whether a newer run may have taken its place in its concurrency group.
fn may_be_replaced(facts: &Facts, run: &str) -> bool {
    let rule = facts.definition_of(run).and_then(|definition| definition.concurrency.as_ref());
    let replaces = rule.is_some_and(|rule| rule.when_full == WhenFull::Replace);
    let Some(item) = facts.runs.get(run).filter(|_| replaces) else { return false };
    facts.group_of(run).any(|(other, newer)| (newer.created, other.as_str()) > (item.created, run))
}

struct Model<'a> {
    stages: Stages<'a>,
    fates: &'a Fates,
    /// Whether somebody asked for its end, or a newer run took its place: then what was not done may be cancelled.
    cancelled: bool,
}

impl<'a> Model<'a> {
    fn check(&self) -> Result<(), String> {
        let Stages { facts, run, definition } = self.stages;
        let mut tainted = false;
        for (_, stage) in definition.stages() {
            let Some(item) = self.stages.item(stage) else {
                return Err(format!("stage {} of run {run} was never written", stage.name));
            };
            self.stage(stage, item)
                .map_err(|must| format!("stage {} of run {run} is {item:?}, and {must}", stage.name))?;
            tainted |= self.stages.is_tainted(stage);
        }
        let status = facts.runs.get(run).map_or("absent", |run| &*run.status);
        let right = match (status, tainted) {
            ("SUCCEEDED", tainted) => !tainted,
            ("FAILED", true) => true,
            ("CANCELLED", true) => self.cancelled,
            _ => false,
        };
        if right { Ok(()) } else { Err(format!("run {run} is {status}, its stages say otherwise")) }
    }

    fn stage(&self, stage: &'a Stage, item: &StageItem) -> Result<(), String> {
        if let Some(foreach) = &stage.foreach {
            return self.fanned_out(stage, foreach, item);
        }
        let given_up = self.cancelled && item.status == "CANCELLED";
        let due = self.stages.due(stage);
        let Some(job) = item.job.as_ref().and_then(|id| self.stages.facts.jobs.get(id)) else {
            return match (due, item.status.as_str()) {
                (Due::Skipped, "SKIPPED") => Ok(()),
                _ if given_up => Ok(()),
                _ => Err(format!("has no job, and should be {due:?}")),
            };
        };
        // What was cancelled has perhaps made its needs, or its condition, be seen in another light.
        if due != Due::Runs && !given_up {
            return Err(format!("has a job, and should be {due:?}"));
        }
        self.ended_as_its_job(stage, item, job, given_up)
    }

    /// One that is done for many items: each chunk as its job, and the whole by how many items failed. Of an array only the first
    /// child ever fails, and what is tried again is that one.
    fn fanned_out(&self, stage: &'a Stage, foreach: &Foreach, item: &StageItem) -> Result<(), String> {
        let given_up = self.cancelled && item.status == "CANCELLED";
        let due = self.stages.due(stage);
        let fan_out = match (due, item.fan_out, item.status.as_str()) {
            (Due::Skipped, _, "SKIPPED") => return Ok(()),
            (Due::Runs, Some(fan_out), _) => fan_out,
            _ if given_up => return Ok(()),
            _ => return Err(format!("should be {due:?}")),
        };
        let Stages { facts, run, .. } = self.stages;
        let (mut chunks, mut failed) = (0, 0);
        for (name, chunk) in facts.chunks_of(run, stage.name.as_str(), fan_out.generation) {
            let cancelled = self.cancelled && chunk.status == "CANCELLED";
            match chunk.job.as_ref().and_then(|id| facts.jobs.get(id)) {
                Some(job) => self.ended_as_its_job(stage, chunk, job, cancelled),
                None if cancelled => Ok(()),
                None => Err("has no job".to_owned()),
            }
            .map_err(|must| format!("its chunk {name} is {chunk:?}, and {must}"))?;
            chunks += 1;
            failed += u64::from(chunk.status == "FAILED");
        }
        if given_up {
            return Ok(());
        }
        if chunks != fan_out.items.div_ceil(fan_out.chunk) {
            return Err(format!("has {chunks} chunks"));
        }
        let enough = (fan_out.items - failed) * u64::from(ALL) >= fan_out.items * u64::from(foreach.min_success);
        let expected = if enough { "SUCCEEDED" } else { "FAILED" };
        if item.status == expected { Ok(()) } else { Err(format!("{failed} items failed: it should be {expected}")) }
    }

    fn ended_as_its_job(&self, stage: &Stage, item: &StageItem, job: &Job, given_up: bool) -> Result<(), String> {
        for past in item.past.iter() {
            self.past(stage, past)?;
        }
        let (expected, kinds) = self.ending(stage, job);
        let kind = item.cause.as_ref().map(|(kind, _)| kind.as_str());
        let as_expected = item.status == expected && kind.is_none_or(|kind| kinds.contains(&kind));
        // A job that succeeded without its outputs has failed, and after a cancel a failure is the cancel's.
        let ended_by_cancel = given_up && (job.state != JobState::Succeeded || expected == "FAILED");
        // A cancel came while the next attempt was awaited.
        let between_attempts = given_up && item.past.last().is_some_and(|past| item.job.as_ref() == Some(&past.job));
        if !(as_expected || ended_by_cancel || between_attempts) {
            return Err(format!("its job {} should make it {expected} {kinds:?}", job.name));
        }
        let failed_by = kind.filter(|_| item.status == "FAILED");
        if failed_by.is_some_and(|kind| must_be_tried_again(&stage.retry, item.epoch, &item.past, kind)) {
            return Err("its budget is not spent: it should have been tried again".to_owned());
        }
        Ok(())
    }

    /// An attempt that was followed by another did fail, and for that cause.
    fn past(&self, stage: &Stage, past: &PastItem) -> Result<(), String> {
        let Some(job) = self.stages.facts.jobs.get(&past.job) else {
            return if past.kind == "lost" { Ok(()) } else { Err(format!("{past:?} has no job")) };
        };
        let (expected, kinds) = self.ending(stage, job);
        let by_somebody = job.terminated && past.kind == "cancelled";
        let right = expected == "FAILED" && kinds.contains(&past.kind.as_str());
        if right || by_somebody { Ok(()) } else { Err(format!("{past:?} should be {expected} {kinds:?}")) }
    }

    /// What a job makes of its stage, and for which kinds of causes.
    fn ending(&self, stage: &Stage, job: &Job) -> (&'static str, &'static [&'static str]) {
        match self.fates.of(&job.name, job.array) {
            _ if job.state == JobState::Succeeded => match self.fates.outputs(&job.name) {
                Written::Right => ("SUCCEEDED", &[]),
                Written::Nothing | Written::Nonsense if stage.outputs.is_empty() => ("SUCCEEDED", &[]),
                Written::Nothing | Written::Nonsense => ("FAILED", &["outputs"]),
            },
            Fate::Vanishes { .. } => ("FAILED", &["lost"]),
            Fate::Stuck => ("CANCELLED", &["cancelled"]),
            Fate::Runs => match self.fates.last(&job.name, job.array, u32::from(stage.retry.batch.attempts)).0 {
                Ending::Succeeds => ("SUCCEEDED", &[]),
                _ if job.array => ("FAILED", &["exit", "host", "out-of-memory", "other"]),
                Ending::Fails => ("FAILED", &["exit"]),
                Ending::HostLost | Ending::HostLostSilently => ("FAILED", &["host"]),
                Ending::OutOfMemory => ("FAILED", &["out-of-memory"]),
            },
        }
    }
}
