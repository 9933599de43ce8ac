//! What the stages of a run come to, by a model that knows nothing of the control plane: it goes by what is written of the
//! stages that one needs, and by the definition alone.

use std::collections::BTreeMap;

use pipeline::{Before, Context, Definition, Params, Retry, RetryOn, Stage, When};
use serde_json::Value;

use crate::facts::{Facts, PastItem, StageItem};

/// The stages of a run, as they are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stages<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) run: &'a str,
    pub(crate) definition: &'a Definition,
}

/// What is to become of a stage, once all that it needs has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// It runs.
    Runs,
    /// It is skipped.
    Skipped,
    /// What it needs was cancelled, and so is it.
    Cancelled,
}

impl<'a> Stages<'a> {
    pub(crate) fn item(self, stage: &Stage) -> Option<&'a StageItem> {
        self.facts.stages.get(&(self.run.to_owned(), stage.name.to_string()))
    }

    fn needs(self, stage: &'a Stage) -> impl Iterator<Item = (&'a Stage, Option<&'a StageItem>)> {
        let needs = stage.needs.iter().filter_map(move |need| self.definition.stage(*need));
        needs.map(move |need| (need, self.item(need)))
    }

    /// The first stage that it needs and that has not ended.
    pub(crate) fn unresolved(self, stage: &'a Stage) -> Option<(&'a Stage, Option<&'a StageItem>)> {
        self.needs(stage).find(|(_, item)| item.is_none_or(|item| !item.has_ended()))
    }

    /// Whether a failure touches what follows from the stage.
    pub(crate) fn is_tainted(self, stage: &'a Stage) -> bool {
        let status = self.item(stage).map_or("absent", |item| item.status.as_str());
        let itself = status == "CANCELLED" || (status == "FAILED" && !stage.allow_failure);
        itself || self.needs(stage).any(|(need, _)| self.is_tainted(need))
    }

    /// What is to become of the stage.
    pub(crate) fn due(self, stage: &'a Stage) -> Due {
        if self.needs(stage).any(|(_, item)| item.is_some_and(|item| item.status == "CANCELLED")) {
            return Due::Cancelled;
        }
        let failed = self.needs(stage).any(|(need, _)| self.is_tainted(need));
        let runs = match &stage.when {
            When::Success => !failed,
            When::Failure => failed,
            When::Always => true,
            When::Condition(condition) => {
                let outcome =
                    |status: &str| ["SUCCEEDED", "FAILED", "SKIPPED"].into_iter().find(|known| *known == status);
                let outcomes: BTreeMap<String, &'static str> = self
                    .needs(stage)
                    .filter_map(|(need, item)| Some((need.name.to_string(), outcome(&item?.status)?)))
                    .collect();
                let before = Before { failed, outcomes, outputs: BTreeMap::new() };
                let (params, trigger) = (Params::default(), Value::Null);
                let context = Context {
                    run_id: self.run,
                    pipeline: self.definition.name.as_str(),
                    stage: stage.name.as_str(),
                    attempt: 1,
                    params: &params,
                    trigger: &trigger,
                    item: None,
                    before: None,
                };
                stage.condition_holds(condition, &context, &before).unwrap_or_default()
            }
        };
        if runs { Due::Runs } else { Due::Skipped }
    }
}

/// How many further attempts a stage may have in one epoch.
pub(crate) fn budget(retry: &Retry) -> u64 {
    retry.rules.iter().map(|rule| u64::from(rule.budget())).sum()
}

/// Whether a failure of that kind is one that a further attempt must follow, given the attempts before.
pub(crate) fn must_be_tried_again(retry: &Retry, epoch: u64, past: &[PastItem], kind: &str) -> bool {
    let is_for = |on: &RetryOn, kind: &str| match on {
        RetryOn::Spot { .. } => kind == "host",
        RetryOn::OutOfMemory { .. } => kind == "out-of-memory",
        RetryOn::Exit(_) => kind == "exit",
        RetryOn::ImagePull => kind == "image-pull",
        RetryOn::Timeout => kind == "timeout",
        RetryOn::Lost => kind == "lost",
        RetryOn::Any => !["cancelled", "refused", "expression"].contains(&kind),
    };
    let rule_of = |kind: &str| retry.rules.iter().position(|rule| is_for(&rule.on, kind));
    let Some((at, rule)) = rule_of(kind).and_then(|at| Some((at, retry.rules.get(at)?))) else { return false };
    let spent = past.iter().filter(|past| past.epoch == epoch && rule_of(&past.kind) == Some(at)).count();
    spent < usize::try_from(rule.budget()).unwrap_or(usize::MAX)
}
