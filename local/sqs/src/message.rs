//! A message that was received.

use crate::{Attributes, attribute, body};

/// The id that SQS gives a message: a UUID, the same at every receive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageId(String);

impl MessageId {
    pub(crate) fn new(id: String) -> Self {
        Self(id)
    }

    /// The id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for MessageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A message in flight: received, and hidden from other receivers until its visibility timeout ends or it is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// What deletes this taking of it.
    pub receipt_handle: String,
    /// What its sender sent.
    pub body: String,
    /// The sender's attributes.
    pub attributes: Attributes,
    /// The sender's X-Ray header.
    pub trace_header: Option<String>,
    /// The group that its sender put it in, for fairness between groups; without effect here.
    pub group_id: Option<String>,
    /// When it was sent, in milliseconds since the Unix epoch.
    pub sent_ms: u64,
    /// When it was first received from its queue, in milliseconds since the Unix epoch.
    pub first_received_ms: u64,
    /// How often it was received and not deleted, this time included, in all queues it was in.
    pub receive_count: u64,
    /// The ARN of the queue that it was moved from, in a dead-letter queue.
    pub dead_letter_source: Option<String>,
}

impl Message {
    /// The MD5 digest of its body, in hexadecimal.
    pub fn md5_of_body(&self) -> String {
        body::md5(self.body.as_bytes())
    }

    /// The MD5 digest of its attributes, in hexadecimal, if it has any.
    pub fn md5_of_attributes(&self) -> Option<String> {
        attribute::md5(&self.attributes)
    }

    /// The attributes that SQS itself gives it, by AWS's names.
    pub(crate) fn system_attributes(&self) -> Vec<(&'static str, String)> {
        let mut attributes = vec![
            ("ApproximateFirstReceiveTimestamp", self.first_received_ms.to_string()),
            ("ApproximateReceiveCount", self.receive_count.to_string()),
            ("SenderId", crate::name::ACCOUNT.to_owned()),
            ("SentTimestamp", self.sent_ms.to_string()),
        ];
        attributes.extend(self.trace_header.clone().map(|header| ("AWSTraceHeader", header)));
        attributes.extend(self.group_id.clone().map(|group| ("MessageGroupId", group)));
        attributes.extend(self.dead_letter_source.clone().map(|arn| ("DeadLetterQueueSourceArn", arn)));
        attributes
    }
}
