//! **Every run has the outcome that it must have**, by a model that knows nothing of the control plane: the graph, what became
//! of each job, and what people asked for.
//!
//! It would catch a job of an earlier attempt taken for the current one, and a job given up because it was silent.

use pipeline::{Definition, Stage};

use crate::{
    aws::{Ending, Fate, Fates},
    facts::{Facts, JobState, StageItem},
    invariants::Invariant,
    plan::Plan,
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
            let model = Model { facts, fates: &fates, run, definition, cancelled: facts.cancelled.contains(run) };
            model.check()?;
        }
        Ok(())
    }
}

struct Model<'a> {
    facts: &'a Facts,
    fates: &'a Fates,
    run: &'a str,
    definition: &'a Definition,
    /// Whether somebody asked for its end: then what was not done may be cancelled.
    cancelled: bool,
}

impl Model<'_> {
    fn item(&self, stage: &Stage) -> Option<&StageItem> {
        self.facts.stages.get(&(self.run.to_owned(), stage.name.to_string()))
    }

    fn check(&self) -> Result<(), String> {
        let mut all_succeeded = true;
        for (_, stage) in self.definition.stages() {
            let Some(item) = self.item(stage) else {
                return Err(format!("stage {} of run {} was never written", stage.name, self.run));
            };
            self.stage(stage, item)
                .map_err(|must| format!("stage {} of run {} is {item:?}, and {must}", stage.name, self.run))?;
            all_succeeded &= item.status == "SUCCEEDED";
        }
        let status = self.facts.runs.get(self.run).map_or("absent", |run| &*run.status);
        let right = match (status, all_succeeded) {
            ("SUCCEEDED", all_succeeded) => all_succeeded,
            ("FAILED", false) => true,
            ("CANCELLED", false) => self.cancelled,
            _ => false,
        };
        if right { Ok(()) } else { Err(format!("run {} is {status}, its stages say otherwise", self.run)) }
    }

    fn stage(&self, stage: &Stage, item: &StageItem) -> Result<(), String> {
        let needs = stage.needs.iter().filter_map(|need| self.item(self.definition.stage(*need)?));
        let ready = needs.filter(|need| need.status == "SUCCEEDED").count() == stage.needs.len();
        let given_up = self.cancelled && item.status == "CANCELLED";
        let Some(job) = item.job.as_ref().and_then(|id| self.facts.jobs.get(id)) else {
            return match (ready, item.status.as_str()) {
                (false, "SKIPPED") => Ok(()),
                _ if given_up => Ok(()),
                (false, _) => Err("something that it needs did not succeed: it should be SKIPPED".to_owned()),
                (true, _) => Err("all that it needs succeeded: it should have a job".to_owned()),
            };
        };
        if !ready {
            return Err("something that it needs did not succeed: it should have no job".to_owned());
        }
        let (expected, kinds) = match self.fates.of(&job.name, job.array) {
            _ if job.state == JobState::Succeeded => ("SUCCEEDED", &[][..]),
            Fate::Vanishes { .. } => ("FAILED", &["lost"][..]),
            Fate::Stuck => ("CANCELLED", &["cancelled"][..]),
            Fate::Runs => {
                let attempts = u32::from(stage.attempts);
                match self.fates.last(&job.name, job.array, attempts).0 {
                    Ending::Succeeds => ("SUCCEEDED", &[][..]),
                    _ if job.array => ("FAILED", &["exit", "other"][..]),
                    Ending::Fails => ("FAILED", &["exit"][..]),
                    Ending::HostLost | Ending::HostLostSilently => ("FAILED", &["host"][..]),
                    Ending::OutOfMemory => ("FAILED", &["out-of-memory"][..]),
                }
            }
        };
        let kind = item.cause.as_ref().map(|(kind, _)| kind.as_str());
        let as_expected = item.status == expected && kind.is_none_or(|kind| kinds.contains(&kind));
        let ended_by_cancel = given_up && job.state != JobState::Succeeded;
        if as_expected || ended_by_cancel {
            Ok(())
        } else {
            Err(format!("its job {} should make it {expected} {kinds:?}", job.name))
        }
    }
}
