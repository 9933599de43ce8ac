//! YAML as a tree in which every node knows where it stands.
//!
//! What must hold: the tree is no larger than the text (no aliases), no deeper than [`MAX_DEPTH`], and no key of a mapping
//! comes twice.

mod load;
mod scalar;

use std::ops::Range;

use serde_json::{Map, Value};

pub(crate) use load::load;
pub(crate) use scalar::{Kind, Scalar};

/// How deep a document may nest.
pub(crate) const MAX_DEPTH: usize = 32;

/// The bytes of the source that something takes.
pub(crate) type Span = Range<usize>;

/// A node.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) content: Content,
    pub(crate) span: Span,
}

/// What a node is.
#[derive(Debug)]
pub(crate) enum Content {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) span: Span,
}

impl Node {
    /// What it is, for a message.
    pub(crate) fn what(&self) -> &'static str {
        match &self.content {
            Content::Scalar(scalar) => scalar.what(),
            Content::Sequence(_) => "a list",
            Content::Mapping(_) => "a map",
        }
    }

    /// As JSON.
    pub(crate) fn to_json(&self) -> Value {
        match &self.content {
            Content::Scalar(scalar) => scalar.to_json(),
            Content::Sequence(items) => items.iter().map(Self::to_json).collect(),
            Content::Mapping(entries) => Value::Object(entries_to_json(entries)),
        }
    }

    /// All scalars in it, itself included.
    pub(crate) fn scalars(&self) -> Vec<(&Scalar, &Span)> {
        match &self.content {
            Content::Scalar(scalar) => vec![(scalar, &self.span)],
            Content::Sequence(items) => items.iter().flat_map(Self::scalars).collect(),
            Content::Mapping(entries) => entries.iter().flat_map(|(_, node)| node.scalars()).collect(),
        }
    }
}

/// A mapping as JSON.
pub(crate) fn entries_to_json(entries: &[(Key, Node)]) -> Map<String, Value> {
    entries.iter().map(|(key, node)| (key.text.clone(), node.to_json())).collect()
}
