//! Whether a stage runs, once all that it needs has ended.

use pipeline::When;

use crate::{
    Cause, CauseKind, Outcome,
    stage::{Node, Stage},
};

/// What becomes of a stage once all that it needs has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Start {
    /// It runs.
    Runs,
    /// Its condition is to be evaluated first.
    Asks,
    /// It ends without a job.
    Ends(Outcome, Cause),
}

impl Start {
    /// By how what it needs has ended.
    pub(crate) fn of(stage: &Stage, node: Node<'_>) -> Self {
        let verdicts = || stage.resolved.verdicts();
        // The cancel is on its way to this stage too.
        if verdicts().any(|(_, verdict)| verdict.outcome == Outcome::Cancelled) {
            return Self::Ends(Outcome::Cancelled, Cause::new(CauseKind::Cancelled, "what it needs was cancelled"));
        }
        let tainted = verdicts().find(|(_, verdict)| verdict.tainted);
        match (node.when, tainted) {
            (When::Success, None) | (When::Failure, Some(_)) | (When::Always, _) => Self::Runs,
            (When::Success, Some((need, verdict))) => {
                let text =
                    format!("the stage at position {} that it needs is {}", need.get() + 1, verdict.outcome.name());
                Self::Ends(Outcome::Skipped, Cause::new(CauseKind::NeedNotMet, text))
            }
            (When::Failure, None) => Self::skipped("nothing that it needs failed"),
            (When::Condition(_), _) => Self::Asks,
        }
    }

    /// By what its condition gives, or why it gives nothing.
    pub(crate) fn evaluated(holds: &Result<bool, Cause>) -> Self {
        match holds {
            Ok(true) => Self::Runs,
            Ok(false) => Self::skipped("its condition does not hold"),
            Err(cause) => Self::Ends(Outcome::Failed, cause.clone()),
        }
    }

    fn skipped(why: &str) -> Self {
        Self::Ends(Outcome::Skipped, Cause::new(CauseKind::ConditionNotMet, why))
    }
}
