//! `sweep`: every minute, whatever events missed.

use control::{Control, Invocation, lambda::Failure};
use serde_json::{Value, json};

/// Looks at the runs whose watch is due, whatever the event says.
///
/// # Errors
/// If a run could not be looked at; the next sweep tries again.
pub async fn handle(control: &Control, _event: Value, invocation: &Invocation) -> Result<Value, Failure> {
    let looked = control.sweep(invocation).await?;
    Ok(json!({ "looked_at": looked }))
}
