//! The rules that the workers go by: those of the product, or others, to see that the model tells.

use std::time::Duration;

use machine::{
    Decision, Stage, Timestamp, policy,
    stage::{self, Context, Effect, Event, Node, SubmitAnswer},
};

/// The rules that the workers go by.
#[derive(Debug, Clone)]
pub struct Rules {
    /// `machine::stage::decide`.
    pub decide: fn(&Stage, &Event, Context<'_>) -> Decision<Stage>,
    /// `machine::stage::outstanding`.
    pub outstanding: fn(&Stage, Node<'_>, Timestamp) -> Vec<Effect>,
    /// What a `SubmitJob` without an answer counts as.
    pub unanswered: SubmitAnswer,
    /// How a decision is committed.
    pub commits: Commits,
    /// How long after a claim it is settled: a deadline of the model. By the product's rules, [`policy::SETTLE_AFTER`].
    pub settle_after: Duration,
}

/// How a decision is committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commits {
    /// On condition of the revision that it was made on.
    Conditionally,
    /// Whatever the item has become.
    Blindly,
    /// As the product does, but a claim only after its `SubmitJob` was answered, in one write with the record.
    AfterSubmitJob,
}

impl Rules {
    /// The rules of the product.
    pub fn of_the_product() -> Self {
        Self {
            decide: stage::decide,
            outstanding: stage::outstanding,
            unanswered: SubmitAnswer::Unknown,
            commits: Commits::Conditionally,
            settle_after: policy::SETTLE_AFTER,
        }
    }
}
