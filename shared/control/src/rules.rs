//! The machines' rules, as values: what decides, and what is then to be done.

use machine::{
    Decision, Run, Stage, Timestamp, run,
    stage::{self, Context, Effect, Event, Node},
};
use pipeline::StageIndex;

/// The rules that a control plane follows: those of [`machine`], unless a test plants a fault in them to see that it is found.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// What becomes of a stage.
    pub decide: fn(&Stage, &Event, Context<'_>) -> Decision<Stage>,
    /// What is to be done for a stage.
    pub outstanding: fn(&Stage, Node<'_>, Timestamp) -> Vec<Effect>,
    /// What becomes of a run.
    pub decide_run: fn(&Run, &run::Event, &[StageIndex], Timestamp) -> Decision<Run>,
}

impl Default for Rules {
    fn default() -> Self {
        Self { decide: stage::decide, outstanding: stage::outstanding, decide_run: run::decide }
    }
}
