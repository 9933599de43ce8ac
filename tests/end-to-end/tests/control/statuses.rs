//! How a run and its stages ended, in one text to compare.

use control::table::whole_run::WholeRun;
use machine::{Cause, stage::State};

/// `RUN; stage STATUS, …`, the stages by name.
pub(crate) fn statuses(whole: &WholeRun) -> String {
    let mut stages: Vec<String> =
        whole.stages.iter().map(|(name, stage)| format!("{name} {}", stage.value.state.name())).collect();
    stages.sort();
    format!("{}; {}", whole.run.value.run.status.name(), stages.join(", "))
}

/// Why a stage ended.
pub(crate) fn cause<'a>(whole: &'a WholeRun, stage: &str) -> Option<&'a Cause> {
    match &whole.stages.get(stage)?.value.state {
        State::Ended(ended) => ended.cause.as_ref(),
        State::Waiting
        | State::Ready { .. }
        | State::Claimed { .. }
        | State::Submitted { .. }
        | State::Backoff { .. }
        | State::Expanding
        | State::FannedOut { .. }
        | State::Cancelling { .. } => None,
    }
}
