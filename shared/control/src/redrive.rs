//! Redriving: what lies in a dead-letter queue goes back to its queue.
//!
//! SQS gives a redriven message a new id (developer guide, "Learn how to configure a dead-letter queue redrive"). But a request without
//! a dedupe key is known by its message's id, and one that was dead-lettered may have been handled all the same: it was received too
//! often, say, or each invocation ended before it could say so. So its first id goes with it, as an attribute, and is the one that
//! counts: a redriven request is the same request.

use aws_sdk_sqs::{
    Client,
    error::DisplayErrorContext,
    types::{Message, MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName},
};
use serde_json::Value;

use crate::Error;

/// The message attribute that says which id a redriven message had at first.
pub const FIRST_MESSAGE_ID: &str = "batchwright.first-message-id";

/// How many messages are taken at once: SQS gives no more.
const AT_ONCE: i32 = 10;
/// How long a receive waits for messages, in seconds. One that does not wait asks only some of SQS's servers.
const WAIT_S: i32 = 2;

/// Sends all that lies in the dead-letter queue of a queue back to it. How many messages that were.
///
/// A message is deleted there once it is here: after a crash in between it is in both, and is the same request still.
///
/// # Errors
/// If the queue has no dead-letter queue, or SQS fails. What was sent by then is sent.
pub async fn redrive(sqs: &Client, queue_url: &str) -> Result<usize, Error> {
    let dead_letters = dead_letters(sqs, queue_url).await?;
    let mut redriven = 0;
    loop {
        let received = sqs
            .receive_message()
            .queue_url(&dead_letters)
            .max_number_of_messages(AT_ONCE)
            .wait_time_seconds(WAIT_S)
            .message_attribute_names(FIRST_MESSAGE_ID)
            .message_system_attribute_names(MessageSystemAttributeName::MessageGroupId)
            .send()
            .await
            .map_err(|error| failed(&DisplayErrorContext(&error)))?;
        if received.messages().is_empty() {
            return Ok(redriven);
        }
        for message in received.messages() {
            send_back(sqs, queue_url, message).await?;
            let delete =
                sqs.delete_message().queue_url(&dead_letters).set_receipt_handle(message.receipt_handle.clone());
            delete.send().await.map_err(|error| failed(&DisplayErrorContext(&error)))?;
            redriven += 1;
        }
    }
}

async fn send_back(sqs: &Client, queue_url: &str, message: &Message) -> Result<(), Error> {
    let id = message.message_id().unwrap_or_default();
    let group = message.attributes().and_then(|known| known.get(&MessageSystemAttributeName::MessageGroupId));
    let redriven_before = message.message_attributes().and_then(|known| known.get(FIRST_MESSAGE_ID));
    let first = match redriven_before.and_then(MessageAttributeValue::string_value) {
        Some(first) => first,
        None => id,
    };
    let first = MessageAttributeValue::builder()
        .data_type("String")
        .string_value(first)
        .build()
        .map_err(|error| failed(&error))?;
    sqs.send_message()
        .queue_url(queue_url)
        .message_body(message.body().unwrap_or_default())
        // Nobody reads the producer's own attributes.
        .message_attributes(FIRST_MESSAGE_ID, first)
        // A queue that is first in, first out wants both.
        .set_message_group_id(group.cloned())
        .set_message_deduplication_id(group.map(|_| id.to_owned()))
        .send()
        .await
        .map_err(|error| failed(&DisplayErrorContext(&error)))?;
    Ok(())
}

/// The URL of the queue's dead-letter queue.
async fn dead_letters(sqs: &Client, queue_url: &str) -> Result<String, Error> {
    let asked = sqs.get_queue_attributes().queue_url(queue_url).attribute_names(QueueAttributeName::RedrivePolicy);
    let answer = asked.send().await.map_err(|error| failed(&DisplayErrorContext(&error)))?;
    let policy = answer.attributes().and_then(|attributes| attributes.get(&QueueAttributeName::RedrivePolicy));
    let policy: Value = policy.and_then(|policy| serde_json::from_str(policy).ok()).unwrap_or_default();
    let arn = policy.get("deadLetterTargetArn").and_then(Value::as_str);
    let name = arn.and_then(|arn| arn.rsplit(':').next());
    let name = name.ok_or_else(|| failed(&format!("{queue_url} has no dead-letter queue")))?;
    let found =
        sqs.get_queue_url().queue_name(name).send().await.map_err(|error| failed(&DisplayErrorContext(&error)))?;
    found.queue_url.ok_or_else(|| failed(&format!("SQS does not say where {name} is")))
}

fn failed(message: &dyn std::fmt::Display) -> Error {
    Error::Service { service: "SQS", message: message.to_string() }
}
