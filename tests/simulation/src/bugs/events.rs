//! Bugs in how events are taken.

use serde_json::{Value, json};

/// A bug between an event and its function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventBug {
    /// What makes two uploads of one key two lacks the sequencer.
    NoSequencer,
    /// A message is deleted before it is handled.
    DeletedBeforeHandling,
    /// A redriven message is a new one, as SQS takes it.
    RedrivenIsNew,
}

impl EventBug {
    /// Sends back what lies in a dead-letter queue, without its first ids. How many messages that were.
    pub(crate) async fn redrive_as_new(sqs: &aws_sdk_sqs::Client, queue: &str) -> usize {
        let dead_letters = crate::aws::dead_letters(queue);
        let received = sqs.receive_message().queue_url(&dead_letters).max_number_of_messages(10).send().await;
        let messages = received.ok().and_then(|received| received.messages).unwrap_or_default();
        for message in &messages {
            let _ = sqs.send_message().queue_url(queue).set_message_body(message.body.clone()).send().await;
            let delete =
                sqs.delete_message().queue_url(&dead_letters).set_receipt_handle(message.receipt_handle.clone());
            let _ = delete.send().await;
        }
        messages.len()
    }

    /// An S3 notification without its sequencer.
    pub(crate) fn without_sequencer(message: &str) -> String {
        let mut message: Value = serde_json::from_str(message).unwrap_or_default();
        if let Some(sequencer) = message.pointer_mut("/Records/0/s3/object/sequencer") {
            *sequencer = json!("0");
        }
        message.to_string()
    }
}
