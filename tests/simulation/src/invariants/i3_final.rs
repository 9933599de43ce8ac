//! **I3: terminal states are final; an explicit retry opens a new epoch, and a new attempt.**
//!
//! It would catch acting on a late event instead of on the state: a RUNNING that comes after SUCCEEDED.

use crate::{
    facts::{Facts, Step},
    invariants::Invariant,
    verdicts::budget,
};

pub(super) struct Final;

impl Invariant for Final {
    fn name(&self) -> &'static str {
        "I3"
    }

    fn step(&mut self, facts: &Facts, step: &Step<'_>) -> Result<(), String> {
        match step {
            Step::Stage { key, before: Some(before), after } => {
                let changed =
                    before.status != after.status || before.job != after.job || before.attempt != after.attempt;
                if before.has_ended() && changed && after.epoch == before.epoch {
                    return Err(format!("stage {key:?} was {}, and became {}", before.status, after.status));
                }
                if after.epoch < before.epoch || after.attempt < before.attempt {
                    return Err(format!("stage {key:?} went back in epoch or attempt: {before:?} → {after:?}"));
                }
                if after.revision != before.revision + 1 {
                    return Err(format!("stage {key:?} went from revision {} to {}", before.revision, after.revision));
                }
                let asked = facts.retried.get(&key.0).copied().unwrap_or_default();
                let stage = facts
                    .definition_of(&key.0)
                    .and_then(|definition| definition.stage(definition.index_of(key.1.split('#').next()?)?));
                let in_an_epoch = 1 + stage.map_or(0, |stage| budget(&stage.retry));
                if after.attempt > (asked + 1) * in_an_epoch {
                    return Err(format!("stage {key:?} opened attempt {} after {asked} retries", after.attempt));
                }
                Ok(())
            }
            Step::Run { run, before: Some(before), after } => {
                if before.has_ended() && before.status != after.status && after.epoch != before.epoch + 1 {
                    return Err(format!("run {run} was {}, and became {}", before.status, after.status));
                }
                if after.epoch < before.epoch {
                    return Err(format!("run {run} went back from epoch {} to {}", before.epoch, after.epoch));
                }
                Ok(())
            }
            Step::Stage { before: None, .. }
            | Step::Run { before: None, .. }
            | Step::Submitted { .. }
            | Step::Terminated { .. } => Ok(()),
        }
    }
}
