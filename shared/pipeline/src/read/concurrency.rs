//! `concurrency`: how many runs may run at once.

use super::{
    fields::{Fields, shown},
    template::template,
    value::{Placed, if_given, integer, text},
};
use crate::{
    concurrency::{Concurrency, LIMITS, WhenFull},
    fault::Report,
    nearest::suggestion,
    scope::{Place, Scope},
    template::Template,
    yaml::{Content, Node},
};

/// The keys of `concurrency`.
pub(super) const KEYS: [&str; 3] = ["group", "limit", "when_full"];
/// What `when_full` may say.
const WHEN_FULL: [&str; 3] = ["queue", "skip", "replace"];

/// Reads it: a number alone is the limit.
pub(super) fn read(node: &Node, scope: &mut Scope, report: &mut Report<'_>) -> Option<Concurrency> {
    if let Content::Scalar(_) = &node.content {
        let limit = integer(node, "concurrency", &LIMITS, report)?.value;
        return Some(Concurrency { group: None, limit, when_full: WhenFull::default() });
    }
    let fields = Fields::read(node, "concurrency", &KEYS, report)?;
    if fields.is_empty() {
        report.add(&node.span, "concurrency says nothing", "write `concurrency: 1`, one run at a time");
        return None;
    }
    let group = fields.get("group").map(|node| group(node, scope, report));
    let limit = fields.get("limit").map(|node| integer(node, "limit", &LIMITS, report));
    let when_full = fields.get("when_full").map(|node| when_full(node, report));
    let (group, limit) = (if_given(group)?, if_given(limit)?);
    let when_full = if_given(when_full)?.unwrap_or_default();
    if let (WhenFull::Replace, Some(Placed { value: 2.., span })) = (when_full, &limit) {
        let help = "leave `limit` out: with `when_full: replace` the newest run of a group is the only one";
        report.add(span, "a run that replaces another takes its place, and the limit is more than 1", help);
        return None;
    }
    Some(Concurrency { group, limit: limit.map_or(*LIMITS.start(), |limit| limit.value), when_full })
}

/// What runs must have in common to share the limit.
fn group(node: &Node, scope: &mut Scope, report: &mut Report<'_>) -> Option<Template> {
    scope.enter(Place::Run);
    let group = template(node, "group", scope, report);
    scope.enter(Place::Defaults);
    let group = group?;
    if group.expressions().next().is_none() {
        let help = "write `group: \"${{ params.sample }}\"`, a limit for each sample; all runs of the pipeline share one if you leave it out";
        report.add(&node.span, "the group is the same for every run", help);
        return None;
    }
    Some(group)
}

fn when_full(node: &Node, report: &mut Report<'_>) -> Option<WhenFull> {
    match text(node, "when_full", report)? {
        "queue" => Some(WhenFull::Queue),
        "skip" => Some(WhenFull::Skip),
        "replace" => Some(WhenFull::Replace),
        other => {
            report.add(&node.span, format!("when_full cannot be `{}`", shown(other)), suggestion(other, &WHEN_FULL));
            None
        }
    }
}
