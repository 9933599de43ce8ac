//! The seven statuses of AWS Batch.

use std::fmt;

/// A job's status, in the order in which a job goes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Just submitted. No job stays here: a submission is looked at before it is answered.
    Submitted,
    /// Waits for other jobs, or for its children.
    Pending,
    /// Waits for room.
    Runnable,
    /// Its process is about to be made.
    Starting,
    /// Its process runs.
    Running,
    /// Ended with exit code 0.
    Succeeded,
    /// Ended in any other way.
    Failed,
}

impl Status {
    /// All of them, in order.
    pub const ALL: [Self; 7] =
        [Self::Submitted, Self::Pending, Self::Runnable, Self::Starting, Self::Running, Self::Succeeded, Self::Failed];

    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "SUBMITTED",
            Self::Pending => "PENDING",
            Self::Runnable => "RUNNABLE",
            Self::Starting => "STARTING",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
        }
    }

    /// The status that AWS's word means.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Whether nothing comes after it.
    pub fn is_terminal(self) -> bool {
        self >= Self::Succeeded
    }

    /// The number that stands for it in the store.
    pub(crate) fn code(self) -> i64 {
        match self {
            Self::Submitted => 0,
            Self::Pending => 1,
            Self::Runnable => 2,
            Self::Starting => 3,
            Self::Running => 4,
            Self::Succeeded => 5,
            Self::Failed => 6,
        }
    }

    pub(crate) fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_survives_both_of_its_spellings() {
        for status in Status::ALL {
            assert_eq!(Status::parse(status.as_str()), Some(status));
            assert_eq!(Status::from_code(status.code()), Some(status));
        }
        assert_eq!(Status::parse("DONE"), None);
        assert_eq!(Status::from_code(7), None);
    }
}
