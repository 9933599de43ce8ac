//! Wake-ups: messages to ourselves, to look at something later, or to go on with what one invocation could not finish.
//!
//! A wake-up carries no state. It may be lost (the sweep looks too), late, or doubled.

use machine::{Timestamp, policy, stage::Event};
use serde::{Deserialize, Serialize};

use crate::{Control, Error, Invocation, RunId, drive::Telling};

/// The longest delay that SQS takes, in seconds. What is due later is looked at earlier, and put off again.
const LONGEST_DELAY_S: u64 = 900;

/// What is woken. The body of a message of the wake-up queue, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Wake {
    /// The paced lane: `{"paced": true}`.
    Lane {
        /// Always true.
        paced: Paced,
    },
    /// Whoever looks at a run or a stage: `{"run_id": "…", "stage": "…", "from": …}`.
    Look(Look),
}

/// `true`, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "bool", into = "bool")]
pub struct Paced;

impl From<Paced> for bool {
    fn from(_: Paced) -> Self {
        true
    }
}

impl TryFrom<bool> for Paced {
    type Error = &'static str;

    fn try_from(paced: bool) -> Result<Self, Self::Error> {
        if paced { Ok(Self) } else { Err("the lane is woken by `true`") }
    }
}

/// What to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Look {
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
    /// Sends a wake-up that arrives at `at`, or now, to look at something.
    pub(crate) async fn wake_at(&self, look: Look, at: Option<Timestamp>) -> Result<(), Error> {
        self.send_wake(&Wake::Look(look), at).await
    }

    /// Wakes the paced lane for a submission that was throttled.
    pub(crate) async fn wake_lane(&self) -> Result<(), Error> {
        self.send_wake(&Wake::Lane { paced: Paced }, Some(self.now().plus(policy::LANE_AFTER))).await
    }

    async fn send_wake(&self, wake: &Wake, at: Option<Timestamp>) -> Result<(), Error> {
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
    pub async fn woken(&self, look: &Look, invocation: &Invocation) -> Result<(), Error> {
        let Ok(id) = RunId::parse(&look.run_id) else {
            tracing::warn!(ignored = "malformed-wake", "a wake-up for something that is not a run");
            return Ok(());
        };
        let Some(run) = self.run_context(&id).await? else { return Ok(()) };
        match (&look.stage, look.from) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_up_is_read_as_it_was_written() {
        let look = |stage: Option<&str>, from| {
            Wake::Look(Look { run_id: "r".to_owned(), stage: stage.map(str::to_owned), from })
        };
        for (wake, text) in [
            (Wake::Lane { paced: Paced }, r#"{"paced":true}"#),
            (look(None, None), r#"{"run_id":"r"}"#),
            (look(Some("s"), None), r#"{"run_id":"r","stage":"s"}"#),
            (look(None, Some(3)), r#"{"run_id":"r","from":3}"#),
        ] {
            assert_eq!(serde_json::to_string(&wake).unwrap(), text);
            assert_eq!(serde_json::from_str::<Wake>(text).unwrap(), wake);
        }
        for text in [r#"{"paced":false}"#, r#"{"paced":1}"#, "{}", "[]", r#"{"stage":"s"}"#] {
            assert!(serde_json::from_str::<Wake>(text).is_err(), "{text}");
        }
    }
}
