//! `on-job-change`: the event `Batch Job State Change` advances its stage, and starts what it unblocks.

use control::{Control, Invocation, jobs::change::StateChange, lambda::Failure};
use serde_json::Value;

/// Handles one event. What cannot be read is not about a job of ours.
///
/// # Errors
/// If it is to be delivered again.
pub async fn handle(control: &Control, event: Value, invocation: &Invocation) -> Result<Value, Failure> {
    match serde_json::from_value::<StateChange>(event) {
        Ok(change) => match change.job() {
            Some(job) => control.job_changed(job, invocation).await?,
            None => tracing::info!(ignored = "other-event", "not a job state change"),
        },
        Err(error) => tracing::warn!(%error, ignored = "malformed-event", "not a job state change"),
    }
    Ok(Value::Null)
}
