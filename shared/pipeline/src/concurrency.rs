//! `concurrency`: how many runs of a pipeline may run at once.

use std::ops::RangeInclusive;

use crate::{
    definition::Definition,
    params::Params,
    stage::{Context, expressible},
    template::Template,
};

/// How many runs of a group may run at once, at least and at most.
pub(crate) const LIMITS: RangeInclusive<u16> = 1..=1000;

/// How long the name of a group may be, in bytes.
pub const MAX_GROUP_BYTES: usize = 512;

/// How many runs may run at once, and what becomes of those beyond.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concurrency {
    /// Which runs of the pipeline share a limit: those for which this gives the same text. `None`: all of them.
    pub group: Option<Template>,
    /// How many of a group run at once; 1 to 1000.
    pub limit: u16,
    /// What becomes of a run that finds its group full.
    pub when_full: WhenFull,
}

/// What becomes of a run that finds its group full.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// It waits for its turn.
    #[default]
    Queue,
    /// It ends at once, as skipped.
    Skip,
    /// It takes the place of the one that is there, which is cancelled. The limit is then 1.
    Replace,
}

/// What is known of a run before any of its stages starts.
#[derive(Debug, Clone, Copy)]
pub struct RunFacts<'a> {
    /// `run.id`.
    pub run_id: &'a str,
    /// `params`.
    pub params: &'a Params,
    /// `trigger`.
    pub trigger: &'a serde_json::Value,
}

impl Definition {
    /// The name of the group that such a run is in, within its pipeline. `None` if nothing limits how many run at once.
    ///
    /// # Errors
    /// In words, if the expressions have no value in this run, or the name is too long.
    pub fn group_of(&self, run: RunFacts<'_>) -> Result<Option<String>, String> {
        let Some(concurrency) = &self.concurrency else { return Ok(None) };
        let Some(template) = &concurrency.group else { return Ok(Some(String::new())) };
        // Validation keeps `stage` and `stages` out.
        let context = Context {
            run_id: run.run_id,
            pipeline: self.name.as_str(),
            stage: "",
            attempt: 0,
            params: run.params,
            trigger: run.trigger,
            item: None,
            before: None,
        };
        let group = template
            .text(&expressible(&context))
            .map_err(|(expression, error)| format!("concurrency.group: `{expression}`: {error}"))?;
        if group.len() > MAX_GROUP_BYTES {
            return Err(format!("concurrency.group takes {} bytes, and may have {MAX_GROUP_BYTES}", group.len()));
        }
        Ok(Some(group))
    }
}
