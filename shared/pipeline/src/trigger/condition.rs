//! Whether an event counts.

use minijinja::value::{Serde, ValueKind};
use serde_json::Value;

use super::Asks;
use crate::template::{ValueError, expression::Expression};

/// An expression that is true or false of an event: `trigger.s3.size > 0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventCondition(Expression);

impl EventCondition {
    pub(crate) fn new(expression: Expression) -> Self {
        Self(expression)
    }

    /// From the text that [`EventCondition::as_str`] gave. `None` if it is none.
    pub fn parse(text: &str) -> Option<Self> {
        Expression::parse(text).ok().map(Self)
    }

    /// The expression, without braces.
    pub fn as_str(&self) -> &str {
        self.0.inner()
    }

    /// What it asks S3 about an object.
    pub fn asks(&self) -> Asks {
        self.0.names().iter().fold(Asks::default(), |asks, name| asks.or(Asks::of_name(name)))
    }

    /// Whether it holds for an event: `{"trigger": {…}, "pipeline": {…}}`.
    ///
    /// # Errors
    /// In words, if that cannot be told.
    pub fn holds(&self, event: &Value) -> Result<bool, String> {
        match self.0.value(&minijinja::Value::from(Serde(event))) {
            Ok(value) if value.kind() == ValueKind::Bool => Ok(value.is_true()),
            Ok(value) => Err(format!(
                "when: `{}` gives a {}, and must give true or false: compare it with something",
                self.as_str(),
                value.kind()
            )),
            Err(ValueError::Absent) => Err(format!(
                "when: `{}` speaks of something which this event does not have; write `| default(\"…\")` behind it",
                self.as_str()
            )),
            Err(error) => Err(format!("when: `{}` {error}", self.as_str())),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(condition: &str) -> Result<bool, String> {
        let event = json!({ "trigger": { "s3": { "size": 3, "key": "in/a.csv", "tags": { "kind": "raw" } }, "key": { "n": "7" } } });
        EventCondition::parse(condition).unwrap().holds(&event)
    }

    #[test]
    fn a_condition_is_told_from_the_event() {
        for (condition, expected) in [
            ("trigger.s3.size > 0", true),
            ("trigger.s3.size > 3", false),
            ("trigger.key.n == '7' and 'csv' in trigger.s3.key", true),
            ("trigger.s3.tags.kind in ['raw', 'test']", true),
            ("trigger.s3.tags.missing is none", true),
            ("trigger.s3.tags.missing | default('x') == 'x'", true),
        ] {
            assert_eq!(holds(condition), Ok(expected), "{condition}");
        }
    }

    #[test]
    fn one_that_cannot_be_told_says_why() {
        assert!(holds("trigger.s3.size").is_err_and(|why| why.contains("gives a number")));
        for absent in
            ["trigger.s3.tags.missing", "trigger.s3.tags.missing == 'raw'", "trigger.s3.tags.missing.deeper == 1"]
        {
            let why = holds(absent).expect_err(absent);
            assert!(why.contains("true or false") || why.contains("which this event does not have"), "{absent}: {why}");
        }
    }

    #[test]
    fn what_must_be_asked_is_known() {
        let asks = |text: &str| EventCondition::parse(text).unwrap().asks();
        assert!(asks("trigger.s3.size > 0 and trigger.s3.tags_are == 1").is_nothing());
        assert_eq!(asks("trigger.s3.tags.a == 'b'"), Asks { metadata: false, tags: true });
        assert_eq!(asks("trigger.s3.metadata['a b'] == 'b'"), Asks { metadata: true, tags: false });
    }
}
