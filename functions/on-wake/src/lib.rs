//! `on-wake`: delayed SQS messages: a later look, the rest of a cascade, a concurrency group, a gathering that is due, or the paced lane.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use control::{Control, Invocation, lambda::Failure, wake::Wake};
use serde_json::Value;

/// Handles a batch of wake-ups, and answers with those that are to be delivered again. The lane is drained once for all that
/// wake it, after the others: it takes the rest of the invocation.
///
/// # Errors
/// If the event is not SQS's.
pub async fn handle(control: &Control, event: Value, invocation: &Invocation) -> Result<Value, Failure> {
    let batch: SqsEvent = serde_json::from_value(event)?;
    let mut response = SqsBatchResponse::default();
    let mut lane = None;
    for message in batch.records {
        let id = message.message_id.unwrap_or_default();
        match serde_json::from_str(message.body.as_deref().unwrap_or_default()) {
            Ok(Wake::Lane { .. }) => lane = Some(id),
            Ok(Wake::Group { group }) => {
                if let Err(error) = control.let_in(&group, invocation).await {
                    tracing::error!(group, %error, "a wake-up is to be delivered again");
                    response.batch_item_failures.push(failure(id));
                }
            }
            Ok(Wake::Gathering { gathering }) => {
                if let Err(error) = control.look_at_gathering(&gathering, invocation).await {
                    tracing::error!(%gathering, %error, "a wake-up is to be delivered again");
                    response.batch_item_failures.push(failure(id));
                }
            }
            Ok(Wake::Look(look)) => {
                if let Err(error) = control.woken(&look, invocation).await {
                    tracing::error!(run = look.run_id, %error, "a wake-up is to be delivered again");
                    response.batch_item_failures.push(failure(id));
                }
            }
            // A wake-up carries no state: the sweep finds whatever it was about.
            Err(error) => tracing::warn!(%error, ignored = "malformed-wake", "not a wake-up"),
        }
    }
    if let Some(id) = lane
        && let Err(error) = control.drain(invocation).await
    {
        tracing::error!(%error, "the lane is to be woken again");
        response.batch_item_failures.push(failure(id));
    }
    Ok(serde_json::to_value(response)?)
}

fn failure(id: String) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id;
    failure
}
