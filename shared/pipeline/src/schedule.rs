//! Schedules, in the dialect of EventBridge Scheduler.

mod cron;
mod rate;

use std::fmt;

/// When a schedule fires. Its text is what EventBridge Scheduler takes as `ScheduleExpression`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ScheduleExpression {
    /// Six fields: minutes, hours, day of month, month, day of week, year.
    Cron(String),
    /// A number and a unit: `5 minutes`.
    Rate(String),
}

impl ScheduleExpression {
    /// From six cron fields.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn cron(fields: &str) -> Result<Self, ScheduleError> {
        cron::check(fields).map(Self::Cron)
    }

    /// From a number and a unit.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn rate(text: &str) -> Result<Self, ScheduleError> {
        rate::check(text).map(Self::Rate)
    }
}

impl fmt::Display for ScheduleExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cron(fields) => write!(f, "cron({fields})"),
            Self::Rate(rate) => write!(f, "rate({rate})"),
        }
    }
}

/// What is wrong with a schedule, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct ScheduleError {
    pub(crate) problem: String,
    pub(crate) help: String,
}

impl ScheduleError {
    fn new(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self { problem: problem.into(), help: help.into() }
    }

    /// What would be right.
    pub fn help(&self) -> &str {
        &self.help
    }
}
