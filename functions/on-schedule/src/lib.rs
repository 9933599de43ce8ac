//! `on-schedule`: firings of EventBridge Scheduler to run requests.

use control::{Control, Firing, Invocation, lambda::Failure};
use serde_json::Value;

/// Handles one firing. What is not one is rejected.
///
/// # Errors
/// If it is to be delivered again.
pub async fn handle(control: &Control, event: Value, invocation: &Invocation) -> Result<Value, Failure> {
    let text = event.to_string();
    match serde_json::from_value::<Firing>(event) {
        Ok(firing) => control.fired(&firing, invocation).await?,
        Err(error) => {
            let reason = format!(
                "the firing cannot be read: {error}; it is {{\"pipeline\": …, \"schedule\": …, \"scheduled_time\": …, \"params\": {{…}}}}"
            );
            control.reject("schedule://unknown", &format!("schedule\n{text}"), reason).await?;
        }
    }
    Ok(Value::Null)
}
