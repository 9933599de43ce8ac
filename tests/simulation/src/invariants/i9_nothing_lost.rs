//! **I9: acknowledged input is never lost.** Every upload, message and firing has its run; every request that cannot be one is
//! kept among the rejected ones.
//!
//! It would catch a message that is deleted before what it asks for is written.

use serde_json::Value;

use crate::{
    facts::{Asked, Facts},
    invariants::Invariant,
    plan::Plan,
};

pub(super) struct NothingLost;

impl Invariant for NothingLost {
    fn name(&self) -> &'static str {
        "I9"
    }

    fn end(&self, facts: &Facts, _: &Plan) -> Result<(), String> {
        let lost = facts.asked.iter().find(|request| !has_its_run(request, facts));
        lost.map_or(Ok(()), |request| Err(format!("nothing came of {request:?}")))
    }
}

fn has_its_run(request: &Asked, facts: &Facts) -> bool {
    // Whether a run of the pipeline was started by something that says one of these words there.
    let any =
        |pipeline: &str, pointer: &str, words: &[&str]| {
            facts.runs.values().filter(|run| run.pipeline == pipeline).any(|run| {
                run.trigger.pointer(pointer).and_then(Value::as_str).is_some_and(|text| words.contains(&text))
            })
        };
    match request {
        Asked::Upload { pipeline, key } => any(pipeline, "/s3/key", &[key]),
        Asked::Gathered { pipeline, key } => facts.listed(pipeline).any(|listed| listed == key),
        Asked::Run { pipeline, messages, .. } => {
            any(pipeline, "/sqs/message_id", &messages.iter().map(String::as_str).collect::<Vec<_>>())
        }
        Asked::Order { pipeline, queue } => any(pipeline, "/sqs/queue", &[queue]),
        Asked::Firing { pipeline, schedule, scheduled_time } => {
            any(pipeline, "/schedule/scheduled_time", &[scheduled_time]) || facts.is_refused(schedule, scheduled_time)
        }
        Asked::Malformed { message } => facts.rejected.iter().any(|source| source.ends_with(message.as_str())),
    }
}
