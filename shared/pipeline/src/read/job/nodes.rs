//! `nodes`: a multi-node parallel job.

use super::shown;
use crate::{
    compute::Compute,
    fault::Report,
    job::Nodes,
    read::{fields::Fields, value::integer},
    yaml::{Content, Key, Node},
};

/// The keys of nodes that are more than a number.
pub(in crate::read) const KEYS: [&str; 2] = ["count", "main"];

/// How many there may be.
const COUNTS: std::ops::RangeInclusive<u32> = 2..=1000;

pub(in crate::read) fn read(node: &Node, report: &mut Report<'_>) -> Option<Nodes> {
    if let Content::Scalar(_) = &node.content {
        return integer(node, "nodes", &COUNTS, report).map(|count| Nodes { count: count.value, main: 0 });
    }
    let fields = Fields::read(node, "nodes", &KEYS, report)?;
    let help = "write `nodes: 4`, or `nodes: { count: 4, main: 0 }`";
    let count = integer(fields.required("count", help, report)?, "count", &COUNTS, report)?.value;
    let main = match fields.get("main") {
        Some(node) => integer(node, "main", &(0..=count.saturating_sub(1)), report)?.value,
        None => 0,
    };
    Some(Nodes { count, main })
}

/// Whether they go together with the rest (user guide, "Multi-node parallel jobs").
pub(in crate::read) fn check(
    key: &Key,
    fields: &Fields<'_>,
    compute: Compute,
    is_array: bool,
    report: &mut Report<'_>,
) {
    let Some((at, _)) = fields.entry("nodes") else { return };
    let (problem, help) = match compute {
        Compute::Fargate | Compute::FargateSpot => (
            "Fargate has no multi-node jobs",
            "take `compute: ec2`, or `array` if the parts need not speak to each other",
        ),
        Compute::Ec2Spot => ("multi-node jobs do not run on Spot", "take `compute: ec2`"),
        Compute::Ec2 if is_array => ("an array has no nodes", "take `array` or `nodes`, not both"),
        Compute::Ec2 => return,
    };
    report.add(&at.span, format!("stage `{}`: {problem}", shown(&key.text)), help);
}
