//! Triggers whose events become one run together.

use serde::{Deserialize, Serialize};

use crate::key_pattern::KeyPattern;

/// How a trigger's events become one run together, over a manifest of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gather {
    /// What for.
    pub goal: Goal,
    /// How long it goes on after the first, in seconds.
    pub window_s: u32,
}

/// What events are gathered for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// A batch: whatever comes within the window, up to so much.
    Batch {
        /// The most items of one run.
        max_items: u32,
    },
    /// A set of so many objects.
    Count {
        /// The parts of the key that the objects of a set have in common.
        by: Vec<String>,
        /// How many.
        needed: u32,
        /// What becomes of a set that is not complete when its window is over.
        incomplete: Incomplete,
    },
    /// A set that is complete when a marker has come.
    Marker {
        /// The parts of the key that the objects of a set, and its marker, have in common.
        by: Vec<String>,
        /// The keys of markers.
        marker: KeyPattern,
        /// What becomes of a set that is not complete when its window is over.
        incomplete: Incomplete,
    },
}

/// What becomes of a set that is not complete when its window is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Incomplete {
    /// It is run as it is.
    Run,
    /// It is kept as rejected.
    Reject,
}

impl Gather {
    /// The parts of the key that what becomes one run has in common.
    pub fn by(&self) -> &[String] {
        match &self.goal {
            Goal::Batch { .. } => &[],
            Goal::Count { by, .. } | Goal::Marker { by, .. } => by,
        }
    }

    /// The keys of markers, if there are any.
    pub fn marker(&self) -> Option<&KeyPattern> {
        match &self.goal {
            Goal::Batch { .. } | Goal::Count { .. } => None,
            Goal::Marker { marker, .. } => Some(marker),
        }
    }
}
