//! Bugs in how events are taken.

use serde_json::{Value, json};

/// A bug between an event and its function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventBug {
    /// What makes two uploads of one key two lacks the sequencer.
    NoSequencer,
    /// A message is deleted before it is handled.
    DeletedBeforeHandling,
}

impl EventBug {
    /// An S3 notification without its sequencer.
    pub(crate) fn without_sequencer(message: &str) -> String {
        let mut message: Value = serde_json::from_str(message).unwrap_or_default();
        if let Some(sequencer) = message.pointer_mut("/Records/0/s3/object/sequencer") {
            *sequencer = json!("0");
        }
        message.to_string()
    }
}
