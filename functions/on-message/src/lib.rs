//! `on-message`: SQS messages to requests: run, cancel, retry.

use std::collections::BTreeSet;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use control::{Control, FIRST_MESSAGE_ID, Intake, Invocation, lambda::Failure};
use serde_json::Value;

/// Handles a batch of messages, and answers with those that are to be delivered again. A bad message is rejected and does not
/// hold up the good ones.
///
/// # Errors
/// If the event is not SQS's.
pub async fn handle(control: &Control, event: Value, invocation: &Invocation) -> Result<Value, Failure> {
    let batch: SqsEvent = serde_json::from_value(event)?;
    let (mut intake, mut again) = (Intake::default(), BTreeSet::new());
    for message in batch.records {
        let first_id = first_id(&message);
        let id = message.message_id.unwrap_or_default();
        let arn = message.event_source_arn.unwrap_or_default();
        let queue = arn.rsplit(':').next().unwrap_or_default();
        let body = message.body.as_deref().unwrap_or_default();
        let known_by = first_id.as_deref().unwrap_or(&id);
        intake.begin(&id);
        if let Err(error) = control.message(queue, known_by, body, &mut intake, invocation).await {
            tracing::error!(message = id, %error, "a request is to be delivered again");
            again.insert(id);
        }
    }
    again.extend(control.gather(intake).await);
    let mut response = SqsBatchResponse::default();
    for id in again {
        let mut failure = BatchItemFailure::default();
        failure.item_identifier = id;
        response.batch_item_failures.push(failure);
    }
    Ok(serde_json::to_value(response)?)
}

/// The id that a redriven message had at first.
fn first_id(message: &SqsMessage) -> Option<String> {
    let attribute = message.message_attributes.get(FIRST_MESSAGE_ID)?;
    attribute.string_value.clone().filter(|id| !id.trim().is_empty())
}
