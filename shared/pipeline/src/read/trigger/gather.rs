//! `batch` and `wait`: events that become one run together.

use super::super::{
    fields::{Fields, shown},
    value::{integer, items, text},
};
use crate::{
    fault::Report,
    key_pattern::KeyPattern,
    nearest::suggestion,
    trigger::{Gather, Goal, Incomplete},
    units::duration_s,
    yaml::{Content, Key, Node},
};

/// The keys of `batch`.
pub(in crate::read) const BATCH_KEYS: [&str; 2] = ["max_items", "window"];
/// The keys of `wait`.
pub(in crate::read) const WAIT_KEYS: [&str; 5] = ["by", "count", "marker", "window", "incomplete"];
/// How many items one run may be over: as many as an array job has children.
const MAX_ITEMS: std::ops::RangeInclusive<u32> = 2..=10_000;
/// How long a batch may take, in seconds.
const BATCH_WINDOW: std::ops::RangeInclusive<u32> = 1..=3600;
/// How long a set may take, in seconds.
const WAIT_WINDOW: std::ops::RangeInclusive<u32> = 60..=7 * 24 * 3600;
/// How many parts of a key a set may be by.
const MAX_PARTS: usize = 10;

/// Reads `batch`.
pub(super) fn batch(node: &Node, report: &mut Report<'_>) -> Option<Gather> {
    let fields = Fields::read(node, "batch", &BATCH_KEYS, report)?;
    let help = "write `batch: { max_items: 1000, window: 60s }`";
    let max_items = fields.required("max_items", help, report);
    let max_items = max_items.and_then(|node| integer(node, "max_items", &MAX_ITEMS, report));
    let window_s = window(&fields, help, &BATCH_WINDOW, "1s to 1h", report);
    Some(Gather { goal: Goal::Batch { max_items: max_items?.value }, window_s: window_s? })
}

/// Reads `wait`, of a trigger with that pattern; `None` for a pattern that is faulty itself.
pub(super) fn wait(
    key: &Key,
    node: &Node,
    pattern: Option<&Option<KeyPattern>>,
    report: &mut Report<'_>,
) -> Option<Gather> {
    let fields = Fields::read(node, "wait", &WAIT_KEYS, report)?;
    let help = "write `wait: { by: date, count: 24, window: 6h }`, or a `marker` instead of the count";
    let by = fields.get("by").map_or_else(|| Some(Vec::new()), |node| by(node, pattern, report));
    let window_s = window(&fields, help, &WAIT_WINDOW, "1m to 7d", report);
    let incomplete = fields.get("incomplete").map_or(Some(Incomplete::Reject), |node| incomplete(node, report));
    let goal = match (fields.get("count"), fields.get("marker")) {
        (Some(node), None) => {
            let needed = integer(node, "count", &MAX_ITEMS, report)?.value;
            Goal::Count { by: by?, needed, incomplete: incomplete? }
        }
        (None, Some(node)) => {
            let marker = marker(node, by.as_deref(), report);
            Goal::Marker { by: by?, marker: marker?, incomplete: incomplete? }
        }
        (Some(_), Some(node)) => {
            report.add(&node.span, "a set has either a count or a marker, not both", help);
            return None;
        }
        (None, None) => {
            if !fields.has_misspelt("count") && !fields.has_misspelt("marker") {
                report.add(&key.span, "nothing says when a set is complete", help);
            }
            return None;
        }
    };
    Some(Gather { goal, window_s: window_s? })
}

fn window(
    fields: &Fields<'_>,
    help: &str,
    range: &std::ops::RangeInclusive<u32>,
    words: &str,
    report: &mut Report<'_>,
) -> Option<u32> {
    let node = fields.required("window", help, report)?;
    let given = text(node, "window", report)?;
    let problem = match duration_s(given) {
        Ok(seconds) if range.contains(&seconds) => return Some(seconds),
        Ok(_) => "is out of range",
        Err(problem) => problem,
    };
    report.add(
        &node.span,
        format!("the window `{}` {problem}", shown(given)),
        format!("write a duration of {words}, as in `90s` or `6h`"),
    );
    None
}

/// One part of the key, or a list of them.
fn by(node: &Node, pattern: Option<&Option<KeyPattern>>, report: &mut Report<'_>) -> Option<Vec<String>> {
    let help = "write `by: date`, or `by: [station, date]`";
    let nodes = match &node.content {
        Content::Scalar(_) => std::slice::from_ref(node),
        Content::Sequence(_) | Content::Mapping(_) => items(node, "by", help, report)?,
    };
    if nodes.is_empty() || nodes.len() > MAX_PARTS {
        report.add(&node.span, format!("a set is by 1 to {MAX_PARTS} parts of the key"), help);
        return None;
    }
    let known: Vec<&str> = pattern.and_then(Option::as_ref).into_iter().flat_map(KeyPattern::parts).collect();
    let faulty = pattern.is_some_and(Option::is_none);
    let mut by: Vec<String> = Vec::new();
    for node in nodes {
        let part = text(node, "by", report)?;
        if !faulty && !known.contains(&part) {
            let help = if known.is_empty() {
                format!("write the `key` as a pattern with it, as in `key: readings/{{{part}}}/*.csv`")
            } else {
                suggestion(part, &known)
            };
            report.add(&node.span, format!("the key has no part `{{{}}}`", shown(part)), help);
        }
        if !by.iter().any(|before| before == part) {
            by.push(part.to_owned());
        }
    }
    Some(by)
}

fn marker(node: &Node, by: Option<&[String]>, report: &mut Report<'_>) -> Option<KeyPattern> {
    let marker = super::objects::pattern(node, "marker", report)?;
    for part in by.unwrap_or_default() {
        if !marker.parts().any(|name| name == part) {
            let help = format!("write it with the part, as in `marker: readings/{{{part}}}/_DONE`");
            report.add(&node.span, format!("the marker has no part `{{{part}}}`, so that it is of no set"), help);
        }
    }
    Some(marker)
}

fn incomplete(node: &Node, report: &mut Report<'_>) -> Option<Incomplete> {
    match text(node, "incomplete", report)? {
        "run" => Some(Incomplete::Run),
        "reject" => Some(Incomplete::Reject),
        other => {
            let message = format!("`{}` is nothing that can become of a set", shown(other));
            report.add(&node.span, message, suggestion(other, &["run", "reject"]));
            None
        }
    }
}
