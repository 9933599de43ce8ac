//! `on-wake`: delayed SQS messages: a later look, or the rest of a cascade.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use control::{Control, Invocation, lambda::Failure, wake::Wake};
use serde_json::Value;

/// Handles a batch of wake-ups, and answers with those that are to be delivered again.
///
/// # Errors
/// If the event is not SQS's.
pub async fn handle(control: &Control, event: Value, invocation: &Invocation) -> Result<Value, Failure> {
    let batch: SqsEvent = serde_json::from_value(event)?;
    let mut response = SqsBatchResponse::default();
    for message in batch.records {
        let id = message.message_id.unwrap_or_default();
        let wake: Wake = match serde_json::from_str(message.body.as_deref().unwrap_or_default()) {
            Ok(wake) => wake,
            Err(error) => {
                // A wake-up carries no state: the sweep finds whatever it was about.
                tracing::warn!(%error, ignored = "malformed-wake", "not a wake-up");
                continue;
            }
        };
        if let Err(error) = control.woken(&wake, invocation).await {
            tracing::error!(run = wake.run_id, %error, "a wake-up is to be delivered again");
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            response.batch_item_failures.push(failure);
        }
    }
    Ok(serde_json::to_value(response)?)
}
