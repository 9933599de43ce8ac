//! When a stage runs, once all that it needs has ended.

use crate::template::expression::Expression;

/// What `when` may ask, besides what every expression may.
pub(crate) const STATUS_FUNCTIONS: [&str; 3] = ["success", "failure", "always"];

/// When a stage runs, once all that it needs has ended. After a cancel no stage starts, whatever it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum When {
    /// `success()`: nothing that it needs has failed, directly or not.
    #[default]
    Success,
    /// `failure()`: something that it needs has failed, directly or not.
    Failure,
    /// `always()`: however that went.
    Always,
    /// As the expression says.
    Condition(Condition),
}

/// An expression that is true or false once all that a stage needs has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition(pub(crate) Expression);

impl Condition {
    /// Whether it says itself what is to be after a failure. One that does not holds only if nothing failed.
    pub(crate) fn asks_status(&self) -> bool {
        let names = self.0.names();
        STATUS_FUNCTIONS.iter().any(|function| names.contains(*function))
    }
}

impl When {
    pub(crate) fn of(expression: Expression) -> Self {
        match expression.inner() {
            "success()" => Self::Success,
            "failure()" => Self::Failure,
            "always()" => Self::Always,
            _ => Self::Condition(Condition(expression)),
        }
    }
}
