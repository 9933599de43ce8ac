//! `on`: what starts runs.

mod expressions;
mod gather;
mod objects;
mod schedule;

use super::{
    fields::{Fields, entries, shown},
    value::{items, text},
};
use crate::{
    fault::Report,
    nearest::suggestion,
    params::ParamSpec,
    scope::{Given, Started},
    trigger::{Bindings, SqsTrigger, Trigger},
    yaml::{Key, Node},
};
#[cfg(test)]
pub(super) use gather::{BATCH_KEYS, WAIT_KEYS};
#[cfg(test)]
pub(super) use objects::KEYS as S3_KEYS;
#[cfg(test)]
pub(super) use schedule::KEYS as SCHEDULE_KEYS;

/// The kinds of trigger.
pub(super) const KINDS: [&str; 3] = ["s3", "schedule", "sqs"];
/// The keys of `sqs`.
pub(super) const SQS_KEYS: [&str; 4] = ["queue", "when", "params", "batch"];
/// How many triggers a pipeline may have: a registration writes them in one transaction of at most 100 actions (DynamoDB).
pub(crate) const MAX_TRIGGERS: usize = 40;

/// The parameters that a trigger must be able to give.
pub(super) type Declared = indexmap::IndexMap<String, Option<ParamSpec>>;

/// Reads the triggers, and what the runs of each have, be it faulty or not.
pub(super) fn read(node: &Node, params: &Declared, report: &mut Report<'_>) -> (Vec<Trigger>, Started) {
    let mut started = Started::default();
    let mut triggers: Vec<Trigger> = Vec::new();
    let help = "write a list, `- s3: { prefix: incoming/ }`";
    let nodes = items(node, "on", help, report).unwrap_or_default();
    if let Some(node) = nodes.get(MAX_TRIGGERS) {
        let help = "put the others into a second pipeline, or choose a shorter prefix";
        report.add(
            &node.span,
            format!("a pipeline has at most {MAX_TRIGGERS} triggers, and this has {}", nodes.len()),
            help,
        );
    }
    for node in nodes.iter().take(MAX_TRIGGERS) {
        let Some(trigger) = one(node, params, &mut started, report) else { continue };
        if triggers.iter().any(|before| before.takes_the_same(&trigger)) {
            report.add(
                &node.span,
                "this trigger is already there",
                "leave it out: the first one takes all that this would",
            );
        }
        triggers.push(trigger);
    }
    (triggers, started)
}

fn one(node: &Node, params: &Declared, started: &mut Started, report: &mut Report<'_>) -> Option<Trigger> {
    let [(key, node)] = entries(node, "a trigger", report)? else {
        report.add(
            &node.span,
            "a trigger must have exactly one key",
            "one `- s3:`, `- schedule:` or `- sqs:` for each",
        );
        return None;
    };
    match key.text.as_str() {
        "s3" => {
            let (trigger, given) = objects::read(key, node, params, report);
            started.add(given);
            trigger.map(Trigger::S3)
        }
        "schedule" => {
            started.add(Given::nothing());
            schedule::read(key, node, params, report).map(Trigger::Schedule)
        }
        "sqs" => {
            let (trigger, given) = sqs(key, node, params, report);
            started.add(given);
            trigger.map(Trigger::Sqs)
        }
        other => {
            report.add(&key.span, format!("there is no trigger `{}`", shown(other)), suggestion(other, &KINDS));
            None
        }
    }
}

fn sqs(key: &Key, node: &Node, params: &Declared, report: &mut Report<'_>) -> (Option<SqsTrigger>, Given) {
    use expressions::{Names, bindings, check_required, condition};

    let Some(fields) = Fields::read(node, "sqs", &SQS_KEYS, report) else { return (None, Given::nothing()) };
    let when = fields.get("when").map_or(Some(None), |node| condition(node, &Names::Message, report).map(Some));
    let batch = fields.get("batch").map(|node| gather::batch(node, report));
    let (names, given, what, example) = match batch {
        Some(_) => {
            let given = Given::manifest(std::iter::empty(), false);
            (Names::Upload(given.clone()), given, "a batch", "trigger.manifest.uri")
        }
        None => (Names::Message, Given::nothing(), "a message", "trigger.sqs.body.…"),
    };
    let bound = fields.get("params").map(|node| bindings(node, &names, params, report));
    // The body of a message is its parameters, but the bodies of a batch are not.
    let none = batch.is_some().then(Bindings::default).filter(|_| !fields.has_misspelt("params"));
    if let Some(bound) = bound.as_ref().map_or(none.as_ref(), Option::as_ref) {
        check_required(key, what, bound, params, example, report);
    }
    let trigger = || {
        let queue = queue(fields.required("queue", "write `sqs: { queue: orders }`", report)?, report)?;
        let params = match bound {
            Some(bound) => Some(bound?),
            None => None,
        };
        let batch = match batch {
            Some(batch) => Some(batch?),
            None => None,
        };
        Some(SqsTrigger { queue, when: when?, params, batch })
    };
    (trigger(), given)
}

/// SQS: queue names have at most 80 of letters, digits, `-` and `_`; FIFO queues end with `.fifo`.
fn queue(node: &Node, report: &mut Report<'_>) -> Option<String> {
    let name = text(node, "queue", report)?;
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    let valid =
        !stem.is_empty() && name.len() <= 80 && stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !valid {
        let help = "at most 80 of A-Z, a-z, 0-9, `-` and `_`: the name, not the URL or the ARN";
        report.add(&node.span, format!("`{}` is not the name of a queue", shown(name)), help);
    }
    valid.then(|| name.to_owned())
}
