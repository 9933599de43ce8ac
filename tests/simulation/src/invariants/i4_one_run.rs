//! **I4: every accepted request becomes exactly one run per pipeline; every refused one is kept with its reason.**
//!
//! It would catch a run id that does not hold all of a request's identity: then two requests share a run; or too much of it:
//! then a request that is delivered twice has two.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    facts::{Asked, Facts},
    invariants::Invariant,
    plan::Plan,
};

pub(super) struct OneRun;

impl Invariant for OneRun {
    fn name(&self) -> &'static str {
        "I4"
    }

    /// No run that nobody asked for, and none twice. That none is missing is I9.
    fn end(&self, facts: &Facts, _: &Plan) -> Result<(), String> {
        let mut asked: BTreeMap<String, usize> = BTreeMap::new();
        for request in &facts.asked {
            if let Some(origin) = origin_asked(request) {
                *asked.entry(origin).or_default() += 1;
            }
        }
        let mut made: BTreeMap<String, usize> = BTreeMap::new();
        for (id, run) in &facts.runs {
            let origin = origin_made(&run.pipeline, &run.trigger, facts);
            let allowed = asked.get(&origin).copied().unwrap_or_default();
            let made = made.entry(origin.clone()).or_default();
            *made += 1;
            if *made > allowed {
                return Err(format!("run {id} is number {made} of {origin}, which was asked for {allowed} times"));
            }
        }
        let short = asked.iter().find(|(origin, count)| made.get(*origin) != Some(count));
        match short {
            Some((origin, count)) => {
                let made = made.get(origin).copied().unwrap_or_default();
                Err(format!("{origin} was asked for {count} times, and has {made} runs"))
            }
            None => Ok(()),
        }
    }
}

fn origin_asked(request: &Asked) -> Option<String> {
    match request {
        Asked::Upload { pipeline, key } => Some(format!("{pipeline} of upload {key}")),
        Asked::Run { pipeline, messages, .. } => Some(format!("{pipeline} of messages {messages:?}")),
        Asked::Order { pipeline, queue } => Some(format!("{pipeline} of queue {queue}")),
        Asked::Firing { pipeline, scheduled_time } => Some(format!("{pipeline} of time {scheduled_time}")),
        Asked::Malformed { .. } => None,
    }
}

fn origin_made(pipeline: &str, trigger: &Value, facts: &Facts) -> String {
    let text = |pointer: &str| trigger.pointer(pointer).and_then(Value::as_str);
    if let Some(key) = text("/s3/key") {
        return format!("{pipeline} of upload {key}");
    }
    if let Some(time) = text("/schedule/scheduled_time") {
        return format!("{pipeline} of time {time}");
    }
    if let Some(id) = text("/sqs/message_id") {
        let messages = facts.asked.iter().find_map(|request| match request {
            Asked::Run { messages, .. } if messages.contains(id) => Some(format!("{messages:?}")),
            Asked::Run { .. }
            | Asked::Upload { .. }
            | Asked::Order { .. }
            | Asked::Firing { .. }
            | Asked::Malformed { .. } => None,
        });
        return format!("{pipeline} of messages {}", messages.unwrap_or_default());
    }
    format!("{pipeline} of queue {}", text("/sqs/queue").unwrap_or("nobody"))
}
