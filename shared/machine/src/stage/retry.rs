//! Whether a failed attempt is followed by another, and after how long.

use std::time::Duration;

use pipeline::{LONGEST_BACKOFF_S, Retry, RetryOn, RetryRule};

use crate::{
    Cause, CauseKind,
    stage::{PastAttempt, Stage},
};

/// After how long a stage that failed so is tried again; `None` if it is not.
///
/// A failure counts against the budget of the first rule that is for it, and against no other.
pub(crate) fn backoff(stage: &Stage, retry: &Retry, cause: &Cause) -> Option<Duration> {
    let (at, rule) = rule_for(retry, cause)?;
    let of_this_rule = |past: &&PastAttempt| rule_for(retry, &past.cause).is_some_and(|(other, _)| other == at);
    let spent = u32::try_from(stage.past_of_epoch().filter(of_this_rule).count()).unwrap_or(u32::MAX);
    if spent >= rule.budget() {
        return None;
    }
    let doubled = 2_u32.saturating_pow(spent);
    Some(Duration::from_secs(u64::from(rule.backoff_s.saturating_mul(doubled).min(LONGEST_BACKOFF_S))))
}

fn rule_for<'r>(retry: &'r Retry, cause: &Cause) -> Option<(usize, &'r RetryRule)> {
    retry.rules.iter().enumerate().find(|(_, rule)| is_for(&rule.on, cause))
}

fn is_for(on: &RetryOn, cause: &Cause) -> bool {
    match on {
        RetryOn::Spot { .. } => cause.kind == CauseKind::Host,
        RetryOn::OutOfMemory { .. } => cause.kind == CauseKind::OutOfMemory,
        RetryOn::Exit(codes) if codes.is_empty() => cause.kind == CauseKind::Exit,
        RetryOn::Exit(codes) => {
            // 137 is taken for a lack of memory; who names it means it too.
            let by_command = matches!(cause.kind, CauseKind::Exit | CauseKind::OutOfMemory);
            by_command && cause.exit_code.is_some_and(|code| codes.iter().any(|named| i32::from(*named) == code))
        }
        RetryOn::ImagePull => cause.kind == CauseKind::ImagePull,
        RetryOn::Timeout => cause.kind == CauseKind::Timeout,
        RetryOn::Lost => cause.kind == CauseKind::Lost,
        RetryOn::Any => may_be_retried(cause.kind),
    }
}

/// What no further attempt can change, and what somebody meant to happen, is not tried again.
fn may_be_retried(kind: CauseKind) -> bool {
    match kind {
        CauseKind::Exit
        | CauseKind::Host
        | CauseKind::OutOfMemory
        | CauseKind::ImagePull
        | CauseKind::CannotStart
        | CauseKind::Timeout
        | CauseKind::Lost
        | CauseKind::Outputs
        | CauseKind::Other => true,
        CauseKind::Cancelled
        | CauseKind::Refused
        | CauseKind::NeedNotMet
        | CauseKind::ConditionNotMet
        | CauseKind::Expression
        | CauseKind::Items => false,
    }
}
