//! Where a stage stands in its definition.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The position of a stage in the order of its definition, from 0. It means something only together with a definition's version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StageIndex(u16);

impl StageIndex {
    /// From the position.
    pub const fn new(position: u16) -> Self {
        Self(position)
    }

    /// The position.
    pub const fn get(self) -> u16 {
        self.0
    }

    pub(crate) fn at(position: usize) -> Option<Self> {
        u16::try_from(position).ok().map(Self)
    }

    pub(crate) fn as_usize(self) -> usize {
        usize::from(self.0)
    }
}

impl fmt::Display for StageIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
