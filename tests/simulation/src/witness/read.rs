//! Reading items as they are written, in DynamoDB's JSON.

use serde_json::Value;

use crate::facts::{FanOutItem, PastItem, RunItem, StageItem};

fn text(item: &Value, name: &str) -> Option<String> {
    Some(item.get(name)?.get("S")?.as_str()?.to_owned())
}

pub(super) fn number(item: &Value, name: &str) -> u64 {
    let digits = item.get(name).and_then(|value| value.get("N")).and_then(Value::as_str);
    digits.and_then(|digits| digits.parse().ok()).unwrap_or_default()
}

pub(super) fn stage(item: &Value) -> StageItem {
    StageItem {
        revision: number(item, "rev"),
        epoch: number(item, "epoch"),
        attempt: number(item, "att"),
        status: text(item, "st").unwrap_or_default(),
        job: text(item, "job"),
        cause: text(item, "ck").map(|kind| (kind, text(item, "ct").unwrap_or_default())),
        blocked: text(item, "blocked"),
        past: item.pointer("/past/L").and_then(Value::as_array).into_iter().flatten().filter_map(past).collect(),
        fan_out: item.get("fg").map(|_| FanOutItem {
            generation: number(item, "fg"),
            items: number(item, "fi"),
            chunk: number(item, "fc"),
        }),
    }
}

/// `<attempt> <epoch> <kind>[:<children>] <exit code> <began> <ended> <job> <words>`.
fn past(entry: &Value) -> Option<PastItem> {
    let mut fields = entry.get("S")?.as_str()?.split(' ');
    let (attempt, epoch) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    let kind = fields.next()?.split(':').next()?.to_owned();
    Some(PastItem { attempt, epoch, kind, job: fields.nth(3)?.to_owned() })
}

pub(super) fn run(item: &Value) -> RunItem {
    RunItem {
        epoch: number(item, "epoch"),
        status: text(item, "st").unwrap_or_default(),
        watch_at: item.get("watch").map(|_| number(item, "watch_at")),
        pipeline: text(item, "pipeline").unwrap_or_default(),
        version: number(item, "version"),
        trigger: text(item, "trigger").and_then(|json| serde_json::from_str(&json).ok()).unwrap_or_default(),
        group: text(item, "grp"),
        created: number(item, "created"),
    }
}
