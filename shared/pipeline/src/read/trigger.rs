//! `on`: what starts runs.

mod schedule;

use super::{
    fields::{Fields, entries, shown},
    value::{items, text},
};
use crate::{
    fault::Report,
    nearest::suggestion,
    params::ParamSpec,
    trigger::{S3Trigger, SqsTrigger, Trigger},
    yaml::{Key, Node},
};
#[cfg(test)]
pub(super) use schedule::KEYS as SCHEDULE_KEYS;

/// The kinds of trigger.
pub(super) const KINDS: [&str; 3] = ["s3", "schedule", "sqs"];
/// The keys of `s3`.
pub(super) const S3_KEYS: [&str; 3] = ["bucket", "prefix", "suffix"];
/// The keys of `sqs`.
pub(super) const SQS_KEYS: [&str; 1] = ["queue"];
/// How many triggers a pipeline may have: a registration writes them in one transaction of at most 100 actions (DynamoDB).
pub(crate) const MAX_TRIGGERS: usize = 40;
/// Definitions are dropped under this prefix of the inbox bucket.
const DEFINITIONS: &str = "pipelines/";

/// The parameters that a trigger must be able to give.
pub(super) type Declared = indexmap::IndexMap<String, Option<ParamSpec>>;

/// Which kinds of trigger there are, be they faulty or not.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Kinds {
    pub(super) s3: bool,
    pub(super) others: bool,
}

/// Reads the triggers.
pub(super) fn read(node: &Node, params: &Declared, report: &mut Report<'_>) -> (Vec<Trigger>, Kinds) {
    let mut kinds = Kinds::default();
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
        let Some(trigger) = one(node, params, &mut kinds, report) else { continue };
        if triggers.contains(&trigger) {
            report.add(&node.span, "this trigger is already there", "leave it out: it would start nothing more");
        }
        triggers.push(trigger);
    }
    (triggers, kinds)
}

fn one(node: &Node, params: &Declared, kinds: &mut Kinds, report: &mut Report<'_>) -> Option<Trigger> {
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
            kinds.s3 = true;
            s3(key, node, params, report).map(Trigger::S3)
        }
        "schedule" => {
            kinds.others = true;
            schedule::read(key, node, params, report).map(Trigger::Schedule)
        }
        "sqs" => {
            kinds.others = true;
            sqs(node, report).map(Trigger::Sqs)
        }
        other => {
            report.add(&key.span, format!("there is no trigger `{}`", shown(other)), suggestion(other, &KINDS));
            None
        }
    }
}

fn s3(key: &Key, node: &Node, params: &Declared, report: &mut Report<'_>) -> Option<S3Trigger> {
    for (name, spec) in params {
        if spec.as_ref().is_some_and(|spec| spec.required) {
            let help = format!("give `{name}` a default, or `required: false`");
            report.add(&key.span, format!("an upload cannot give the parameter `{name}`, which is required"), help);
        }
    }
    let fields = Fields::read(node, "s3", &S3_KEYS, report)?;
    let bucket = match fields.get("bucket") {
        Some(node) => bucket(node, report).map(Some),
        None => Some(None),
    };
    let mut part = |name: &str| match fields.get(name) {
        Some(node) => key_part(node, name, report),
        None => Some(String::new()),
    };
    let (prefix, suffix) = (part("prefix"), part("suffix"));
    let (bucket, prefix, suffix) = (bucket?, prefix?, suffix?);
    if let (None, true, Some(node)) = (&bucket, prefix.starts_with(DEFINITIONS), fields.get("prefix")) {
        let help = "choose another prefix, or another bucket";
        report.add(&node.span, format!("`{DEFINITIONS}` of the inbox bucket is where definitions are dropped"), help);
    }
    Some(S3Trigger { bucket, prefix, suffix })
}

/// S3 user guide, "General purpose bucket naming rules".
fn bucket(node: &Node, report: &mut Report<'_>) -> Option<String> {
    let name = text(node, "bucket", report)?;
    let end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let valid = (3..=63).contains(&name.len())
        && name.starts_with(end)
        && name.ends_with(end)
        && !name.contains("..")
        && name.chars().all(|c| end(c) || c == '-' || c == '.');
    if !valid {
        let help = "3 to 63 of a-z, 0-9, `-` and `.`, with a letter or digit at both ends";
        report.add(&node.span, format!("`{}` is not the name of a bucket", shown(name)), help);
    }
    valid.then(|| name.to_owned())
}

/// How a key begins or ends: as in the bucket, not URL-encoded. Keys have at most 1024 bytes.
fn key_part(node: &Node, what: &str, report: &mut Report<'_>) -> Option<String> {
    let part = text(node, what, report)?;
    let problem = if part.len() > 1024 {
        Some("is longer than a key can be, 1024 bytes".to_owned())
    } else if what == "prefix" && part.starts_with('/') {
        Some("begins with `/`, which keys do not".to_owned())
    } else if part.contains('*') {
        Some("has a `*`, which stands for nothing but itself".to_owned())
    } else {
        None
    };
    match problem {
        None => Some(part.to_owned()),
        Some(problem) => {
            let help = "write the beginning of the keys as `prefix`, and their end as `suffix`";
            report.add(&node.span, format!("{what} `{}` {problem}", shown(part)), help);
            None
        }
    }
}

/// SQS: queue names have at most 80 of letters, digits, `-` and `_`; FIFO queues end with `.fifo`.
fn sqs(node: &Node, report: &mut Report<'_>) -> Option<SqsTrigger> {
    let fields = Fields::read(node, "sqs", &SQS_KEYS, report)?;
    let node = fields.required("queue", "write `sqs: { queue: orders }`", report)?;
    let name = text(node, "queue", report)?;
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    let valid =
        !stem.is_empty() && name.len() <= 80 && stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !valid {
        let help = "at most 80 of A-Z, a-z, 0-9, `-` and `_`: the name, not the URL or the ARN";
        report.add(&node.span, format!("`{}` is not the name of a queue", shown(name)), help);
    }
    valid.then(|| SqsTrigger { queue: name.to_owned() })
}
