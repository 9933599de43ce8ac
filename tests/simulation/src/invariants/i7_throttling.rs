//! **I7: throttling fails nothing; what was throttled is submitted later.** How fast, and in which order, is measured by a test
//! of its own.
//!
//! It would catch a 429 that is taken for a refusal.

use crate::{
    facts::{Facts, Step},
    invariants::Invariant,
};

pub(super) struct ThrottlingFailsNothing;

impl Invariant for ThrottlingFailsNothing {
    fn name(&self) -> &'static str {
        "I7"
    }

    fn step(&mut self, _: &Facts, step: &Step<'_>) -> Result<(), String> {
        let Step::Stage { key, after, .. } = step else { return Ok(()) };
        match &after.cause {
            // Nothing here is ever refused for good: every definition is one that Batch takes.
            Some((kind, text)) if kind == "refused" => Err(format!("stage {key:?} was refused: {text}")),
            Some(_) | None => Ok(()),
        }
    }
}
