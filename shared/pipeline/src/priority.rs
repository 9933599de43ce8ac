//! Priorities, in Batch's own range.

use serde::{Deserialize, Serialize};

/// A priority, 0 to 9999 (`schedulingPriorityOverride` of Batch's `SubmitJob`). Higher goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Priority(u16);

/// A priority outside of 0 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a priority: 0 to 9999, higher goes first")]
pub struct PriorityError(u16);

impl Priority {
    /// The highest.
    pub const MAX: Self = Self(9999);

    /// From its number.
    ///
    /// # Errors
    /// If it is above 9999.
    pub const fn new(priority: u16) -> Result<Self, PriorityError> {
        if priority <= Self::MAX.0 { Ok(Self(priority)) } else { Err(PriorityError(priority)) }
    }

    /// Its number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for Priority {
    type Error = PriorityError;

    fn try_from(priority: u16) -> Result<Self, PriorityError> {
        Self::new(priority)
    }
}

impl From<Priority> for u16 {
    fn from(priority: Priority) -> Self {
        priority.0
    }
}
