//! The stack's EventBridge rule, as the emulator understands its pattern.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{Result, emulator::Emulator};

/// A rule.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    emulator: Arc<Emulator>,
    pattern: String,
}

impl Rule {
    /// The rule with that event pattern.
    pub(crate) fn new(emulator: Arc<Emulator>, pattern: String) -> Self {
        Self { emulator, pattern }
    }

    /// Whether the pattern matches the event: `TestEventPattern`.
    ///
    /// # Errors
    /// If the emulator does not say.
    pub(crate) async fn matches(&self, event: &str) -> Result<bool> {
        let request = json!({ "EventPattern": self.pattern, "Event": event }).to_string();
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "AWSEvents.TestEventPattern")];
        let answer = self.emulator.post("events", "/", &headers, &request).await?;
        let answer: Value = serde_json::from_slice(&answer)?;
        answer
            .get("Result")
            .and_then(Value::as_bool)
            .ok_or_else(|| format!("TestEventPattern answered {answer}").into())
    }
}
