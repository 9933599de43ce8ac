//! Wake-ups: messages to ourselves, to look at something later, or to go on with what one invocation could not finish.
//!
//! A wake-up carries no state. It may be lost (the sweep looks too), late, or doubled.

use machine::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Control, Error};

/// The longest delay that SQS takes, in seconds. What is due later is looked at earlier, and put off again.
const LONGEST_DELAY_S: u64 = 900;

/// What to look at. The body of a message of the wake-up queue, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Wake {
    /// The run.
    pub run_id: String,
    /// The stage, by name; with neither stage nor `from`, the whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// Go on telling the stage's dependents (without a stage: starting the run's roots) from this one on, counted from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<usize>,
}

impl Control {
    /// Sends a wake-up that arrives at `at`, or now.
    pub(crate) async fn wake_at(&self, wake: &Wake, at: Option<Timestamp>) -> Result<(), Error> {
        let service = |message: String| Error::Service { service: "SQS", message };
        let body = serde_json::to_string(wake).map_err(|error| service(error.to_string()))?;
        // Rounded up: a look that comes too early only puts itself off again.
        let delay = at.map_or(0, |at| at.since(self.now()).as_millis().div_ceil(1000));
        let delay = u64::try_from(delay).unwrap_or(LONGEST_DELAY_S).min(LONGEST_DELAY_S);
        self.sqs
            .send_message()
            .queue_url(&self.config.wake_queue_url)
            .message_body(body)
            .delay_seconds(i32::try_from(delay).unwrap_or_default())
            .send()
            .await
            .map_err(|error| service(aws_sdk_sqs::error::DisplayErrorContext(&error).to_string()))?;
        Ok(())
    }
}
