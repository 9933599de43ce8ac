//! What must hold, each in a file of its own, and each with the bug that it would catch.

mod i10_gathered_once;
mod i1_one_job;
mod i2_needs_first;
mod i3_final;
mod i4_one_run;
mod i5_every_run_ends;
mod i6_cancel;
mod i7_throttling;
mod i8_groups;
mod i9_nothing_lost;
mod outcome;
mod parallel;

use std::fmt;

use crate::{
    facts::{Facts, Step},
    plan::Plan,
};

/// Something that must hold, at every step where that can be told, and at the end.
pub trait Invariant: Send {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Whether it holds after a step; if not, what is wrong.
    ///
    /// # Errors
    /// In words.
    fn step(&mut self, _facts: &Facts, _step: &Step<'_>) -> Result<(), String> {
        Ok(())
    }

    /// Whether it holds at the end, when all inputs have had their effect.
    ///
    /// # Errors
    /// In words.
    fn end(&self, _facts: &Facts, _plan: &Plan) -> Result<(), String> {
        Ok(())
    }
}

/// All of them.
pub fn all() -> Vec<Box<dyn Invariant>> {
    vec![
        Box::new(i1_one_job::OneJob),
        Box::new(i2_needs_first::NeedsFirst),
        Box::new(i3_final::Final),
        Box::new(i5_every_run_ends::EveryRunEnds),
        Box::new(i6_cancel::CancelSettles),
        Box::new(i7_throttling::ThrottlingFailsNothing),
        Box::new(i8_groups::GroupsKeepTheirLimit),
        Box::new(parallel::Parallel),
        // What has no run at all is lost; what has too few or too many is not one run.
        Box::new(i9_nothing_lost::NothingLost),
        Box::new(i4_one_run::OneRun),
        Box::new(i10_gathered_once::GatheredOnce),
        Box::new(outcome::RightOutcome),
    ]
}

/// A violation of an invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: &'static str,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}
