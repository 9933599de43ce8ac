//! Wake-ups: messages to ourselves, to look at something later, or to go on with what one invocation could not finish.
//!
//! A wake-up carries no state. It may be lost (the sweep looks too), late, or doubled.

use machine::{Timestamp, stage::Event};
use serde::{Deserialize, Serialize};

use crate::{Control, Error, Invocation, RunId, drive::Telling};

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

    /// Woken: goes on with a cascade, or looks at a stage, or at a whole run.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub async fn woken(&self, wake: &Wake, invocation: &Invocation) -> Result<(), Error> {
        let Ok(id) = RunId::parse(&wake.run_id) else {
            tracing::warn!(ignored = "malformed-wake", "a wake-up for something that is not a run");
            return Ok(());
        };
        let Some(run) = self.run_context(&id).await? else { return Ok(()) };
        match (&wake.stage, wake.from) {
            (None, None) => self.look(&id, invocation).await,
            (None, Some(from)) => self.drive(&run, Vec::new(), vec![Telling::roots(from)], invocation).await,
            (Some(name), from) => {
                let Some(at) = run.definition.index_of(name).and_then(|index| run.stage(index)) else { return Ok(()) };
                match from {
                    None => self.drive(&run, vec![(at.index, Event::Looked)], Vec::new(), invocation).await,
                    Some(from) => {
                        let stage = self.table.stage(&id, &at.stage.name).await?;
                        let verdict = stage.and_then(|stage| stage.value.verdict(at.node));
                        let telling = verdict.map(|verdict| Telling::dependents(at.index, verdict, from));
                        self.drive(&run, Vec::new(), telling.into_iter().collect(), invocation).await
                    }
                }
            }
        }
    }
}
