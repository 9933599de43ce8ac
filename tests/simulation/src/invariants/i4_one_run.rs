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

    /// No run that nobody asked for, none twice, and none too few.
    fn end(&self, facts: &Facts, _: &Plan) -> Result<(), String> {
        let (mut asked, mut made) = (BTreeMap::new(), BTreeMap::new());
        for request in &facts.asked {
            if let Some(origin) = origin_asked(request) {
                let (allowed, needed): &mut (usize, usize) = asked.entry(origin).or_default();
                *allowed += 1;
                *needed += usize::from(!is_refused(request, facts));
            }
        }
        // What is gathered has an invariant of its own.
        for run in facts.runs.values().filter(|run| run.trigger.get("manifest").is_none()) {
            *made.entry(origin_made(&run.pipeline, &run.trigger, facts)).or_default() += 1;
        }
        for (origin, made) in &made {
            let allowed = asked.get(origin).map_or(0, |(allowed, _)| *allowed);
            if *made > allowed {
                return Err(format!("{origin} was asked for {allowed} times, and has {made} runs"));
            }
        }
        for (origin, (_, needed)) in &asked {
            let made: usize = made.get(origin).copied().unwrap_or_default();
            if made < *needed {
                return Err(format!("{origin} was asked for {needed} times, and has {made} runs"));
            }
        }
        Ok(())
    }
}

fn origin_asked(request: &Asked) -> Option<String> {
    match request {
        Asked::Upload { pipeline, key } => Some(format!("{pipeline} of upload {key}")),
        Asked::Run { pipeline, messages, .. } => Some(format!("{pipeline} of messages {messages:?}")),
        Asked::Order { pipeline, queue } => Some(format!("{pipeline} of queue {queue}")),
        Asked::Firing { pipeline, scheduled_time, .. } => Some(format!("{pipeline} of time {scheduled_time}")),
        Asked::Gathered { .. } | Asked::Malformed { .. } => None,
    }
}

/// Whether there may be no run of a request that could have been right.
fn is_refused(request: &Asked, facts: &Facts) -> bool {
    match request {
        Asked::Firing { schedule, scheduled_time, .. } => facts.is_refused(schedule, scheduled_time),
        Asked::Upload { .. }
        | Asked::Gathered { .. }
        | Asked::Run { .. }
        | Asked::Order { .. }
        | Asked::Malformed { .. } => false,
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
            | Asked::Gathered { .. }
            | Asked::Order { .. }
            | Asked::Firing { .. }
            | Asked::Malformed { .. } => None,
        });
        return format!("{pipeline} of messages {}", messages.unwrap_or_default());
    }
    format!("{pipeline} of queue {}", text("/sqs/queue").unwrap_or("nobody"))
}
