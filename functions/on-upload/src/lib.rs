//! `on-upload`: S3 `ObjectCreated` events, bare or in SQS messages, to run requests and registered definitions. They come from S3
//! itself, or through EventBridge.

mod event;
mod event_bridge;

use std::collections::BTreeSet;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use control::{Control, Intake, Invocation, lambda::Failure};
use event::Record;
use serde_json::Value;

/// Handles one event. An event in SQS messages is answered with the messages that are to be delivered again.
///
/// # Errors
/// If a bare event is to be delivered again.
pub async fn handle(control: &Control, event: Value, invocation: &Invocation) -> Result<Value, Failure> {
    let mut intake = Intake::default();
    if !event::is_from_sqs(&event) {
        records(control, &event.to_string(), "s3-event", &mut intake, invocation).await?;
        let again = control.gather(intake).await;
        return if again.is_empty() { Ok(Value::Null) } else { Err("an upload could not be gathered".into()) };
    }
    let batch: SqsEvent = serde_json::from_value(event)?;
    let mut again = BTreeSet::new();
    for message in batch.records {
        let id = message.message_id.unwrap_or_default();
        let body = message.body.as_deref().unwrap_or_default();
        if let Err(error) = records(control, body, &id, &mut intake, invocation).await {
            tracing::error!(message = id, %error, "an upload event is to be delivered again");
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

/// Handles the S3 event in `text`. What is not one is rejected under `id`; the good records of one event do not wait for a bad one.
async fn records(
    control: &Control,
    text: &str,
    id: &str,
    intake: &mut Intake,
    invocation: &Invocation,
) -> Result<(), control::Error> {
    intake.begin(id);
    let records = match event::parse(text) {
        Ok(records) => records,
        Err(reason) => return control.reject(&format!("sqs://uploads/{id}"), &format!("upload\n{text}"), reason).await,
    };
    let mut first_error = None;
    for record in records {
        let done = match record {
            Record::Created(object) => control.upload(&object, intake, invocation).await.map(drop),
            Record::Other => Ok(()),
            Record::Malformed(reason) => {
                control.reject(&format!("sqs://uploads/{id}"), &format!("upload\n{text}"), reason).await
            }
        };
        first_error = first_error.or(done.err());
    }
    first_error.map_or(Ok(()), Err)
}
