//! The keys of a map of the definition.

use crate::{
    fault::Report,
    nearest::{nearest, suggestion},
    yaml::{Content, Key, Node, Span},
};

pub(super) use crate::fault::excerpt as shown;

/// A map of which every key is known.
pub(super) struct Fields<'n> {
    entries: &'n [(Key, Node)],
    known: Vec<&'static str>,
    /// Where the map is.
    span: Span,
    /// What the map is, for messages.
    what: &'static str,
}

impl<'n> Fields<'n> {
    /// Reads a map; unknown keys are faults, each with the nearest known one.
    pub(super) fn read(
        node: &'n Node,
        what: &'static str,
        known: &[&'static str],
        report: &mut Report<'_>,
    ) -> Option<Self> {
        let fields =
            Self { entries: entries(node, what, report)?, known: known.to_vec(), span: node.span.clone(), what };
        for key in fields.unknown() {
            let message = format!("{what} has no key `{}`", shown(&key.text));
            report.add(&key.span, message, suggestion(&key.text, known));
        }
        Some(fields)
    }

    fn unknown(&self) -> impl Iterator<Item = &'n Key> {
        self.entries.iter().map(|(key, _)| key).filter(|key| !self.known.contains(&key.text.as_str()))
    }

    /// Whether it has no key at all, known or not.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&'n Node> {
        self.entry(key).map(|(_, node)| node)
    }

    /// A key and its value.
    pub(super) fn entry(&self, key: &str) -> Option<(&'n Key, &'n Node)> {
        self.entries.iter().find(|(given, _)| given.text == key).map(|(key, node)| (key, node))
    }

    /// The value of a key that must be there.
    pub(super) fn required(&self, key: &str, help: &str, report: &mut Report<'_>) -> Option<&'n Node> {
        let node = self.get(key);
        if node.is_none() && !self.has_misspelt(key) {
            report.add(&self.start(), format!("{} has no `{key}`", self.what), help);
        }
        node
    }

    /// Whether an unknown key is taken for this one: that it is missing is then said already.
    pub(super) fn has_misspelt(&self, key: &str) -> bool {
        self.unknown().any(|given| nearest(&given.text, self.known.iter().copied()) == Some(key))
    }

    /// Where a fault about the map as a whole is shown: its first key.
    pub(super) fn start(&self) -> Span {
        self.entries.first().map_or(self.span.clone(), |(key, _)| key.span.clone())
    }
}

/// The entries of a map.
pub(super) fn entries<'n>(node: &'n Node, what: &str, report: &mut Report<'_>) -> Option<&'n [(Key, Node)]> {
    match &node.content {
        Content::Mapping(entries) => Some(entries),
        Content::Scalar(_) | Content::Sequence(_) => {
            report.add(&node.span, format!("{what} must be a map, not {}", node.what()), as_map(what));
            None
        }
    }
}

/// What that map looks like.
fn as_map(what: &str) -> &'static str {
    match what {
        "retry" => {
            "write `retry: { attempts: 3 }`, three tries in all; or a budget for each cause, `retry: { spot: 5, oom: 2 }`"
        }
        "spot" | "oom" | "exit" | "image_pull" | "timeout" | "lost" | "any" => {
            "write how many more attempts there are, `any: 3`; or `any: { limit: 3, backoff: 30s }`"
        }
        "concurrency" => {
            "write `concurrency: 1`, one run at a time; or `{ group: \"${{ params.sample }}\", limit: 1 }`"
        }
        "foreach" => {
            "write `foreach: ${{ params.samples }}`, or `foreach: { in: ${{ params.samples }}, max_parallel: 100 }`"
        }
        "a trigger" => "write `- s3: { prefix: incoming/ }`, or one of `schedule` or `sqs`",
        "a parameter" => "write `{ type: string }`",
        "a stage" => "write `{ command: [program, argument] }`",
        _ => "write `key: value`, a line each",
    }
}
