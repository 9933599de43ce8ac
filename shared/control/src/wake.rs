//! Wake-ups: messages to ourselves, to look at something later, or to go on with what one invocation could not finish.
//!
//! A wake-up carries no state. It may be lost (the sweep looks too), late, or doubled.

use std::collections::BTreeMap;

use machine::{Timestamp, policy, stage::Event};
use pipeline::StageIndex;
use serde::{Deserialize, Serialize};

use crate::{
    Control, Error, Invocation, RunId,
    cascade::{Cascade, Rest},
    place::Place,
    run_context::RunContext,
    table::gathering_item::GatheringId,
};

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
    /// A concurrency group: `{"group": "…"}`.
    Group {
        /// What it is called in the table.
        group: String,
    },
    /// Whoever settles a gathering: `{"gathering": "…"}`.
    Gathering {
        /// Its id.
        gathering: GatheringId,
    },
    /// Whoever looks at a run or a stage: `{"run_id": "…", "stage": "…", "rest": {…}}`.
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
    /// The stage, or the chunk of one, by the name of its item; with neither a stage nor a rest, the whole run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
    /// The rest of a cascade to go on with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<Rest>,
}

impl Look {
    /// At a whole run.
    pub(crate) fn run(id: &RunId) -> Self {
        Self { run_id: id.to_string(), stage: None, rest: None }
    }
}

impl Control {
    /// Sends a wake-up that arrives at `at`, or now, to look at something.
    pub(crate) async fn wake_at(&self, look: Look, at: Option<Timestamp>) -> Result<(), Error> {
        self.send_wake(&Wake::Look(look), at).await
    }

    /// Sends a wake-up that arrives now.
    pub(crate) async fn wake(&self, wake: &Wake) -> Result<(), Error> {
        self.send_wake(wake, None).await
    }

    /// Wakes the paced lane for a submission that was throttled.
    pub(crate) async fn wake_lane(&self) -> Result<(), Error> {
        self.send_wake(&Wake::Lane { paced: Paced }, Some(self.now().plus(policy::LANE_AFTER))).await
    }

    /// Wakes whoever settles a gathering, at `at`, or now.
    pub(crate) async fn wake_for_gathering(&self, id: &GatheringId, at: Option<Timestamp>) -> Result<(), Error> {
        self.send_wake(&Wake::Gathering { gathering: id.clone() }, at).await
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
        match (&look.stage, &look.rest) {
            (None, None) => self.look(&id, invocation).await,
            (_, Some(rest)) => self.go_on(&run, rest, invocation).await,
            (Some(name), None) => {
                let Some(place) = Place::parse(&run.definition, name) else { return Ok(()) };
                self.drive(&run, vec![(place, Event::Looked)], Cascade::default(), invocation).await
            }
        }
    }

    /// Goes on with a cascade: the verdicts are those that the stages have now.
    async fn go_on(&self, run: &RunContext, rest: &Rest, invocation: &Invocation) -> Result<(), Error> {
        let mut verdicts = BTreeMap::new();
        for &(position, _) in &rest.tell {
            let Some(at) = run.stage(StageIndex::new(position)) else { continue };
            let stage = self.table.stage(run.id(), &at.stage.name).await?;
            verdicts.extend(stage.and_then(|stage| Some((at.index, stage.value.verdict(at.node)?))));
        }
        let cascade = Cascade::going_on(rest, |stage| verdicts.get(&stage).copied());
        self.drive(run, Vec::new(), cascade, invocation).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wake_up_is_read_as_it_was_written() {
        let look = |stage: Option<&str>, rest| {
            Wake::Look(Look { run_id: "r".to_owned(), stage: stage.map(str::to_owned), rest })
        };
        let rest = Rest { roots: None, tell: vec![(3, 7)], told: vec![1, 3] };
        for (wake, text) in [
            (Wake::Lane { paced: Paced }, r#"{"paced":true}"#),
            (Wake::Group { group: "g".to_owned() }, r#"{"group":"g"}"#),
            (
                Wake::Gathering { gathering: GatheringId::try_from("a".repeat(24)).unwrap() },
                r#"{"gathering":"aaaaaaaaaaaaaaaaaaaaaaaa"}"#,
            ),
            (look(None, None), r#"{"run_id":"r"}"#),
            (look(Some("s"), None), r#"{"run_id":"r","stage":"s"}"#),
            (look(None, Some(rest)), r#"{"run_id":"r","rest":{"tell":[[3,7]],"told":[1,3]}}"#),
        ] {
            assert_eq!(serde_json::to_string(&wake).unwrap(), text);
            assert_eq!(serde_json::from_str::<Wake>(text).unwrap(), wake);
        }
        for text in [r#"{"paced":false}"#, r#"{"paced":1}"#, "{}", "[]", r#"{"stage":"s"}"#, r#"{"gathering":"x"}"#] {
            assert!(serde_json::from_str::<Wake>(text).is_err(), "{text}");
        }
    }
}
