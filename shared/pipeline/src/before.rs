//! What is known of the stages before one.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// How the stages that one needs have ended, and what those before it gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Before {
    /// Whether something that it needs has failed, directly or not.
    pub failed: bool,
    /// How each stage that it needs has ended, by name: `SUCCEEDED`, `FAILED`, `SKIPPED`.
    pub outcomes: BTreeMap<String, &'static str>,
    /// The outputs of stages before it, by name.
    pub outputs: BTreeMap<String, Map<String, Value>>,
}

impl Before {
    /// `stages`, as expressions see it: `{"align": {"outcome", "outputs": {…}}}`.
    pub(crate) fn stages(&self) -> Value {
        let mut stages = Map::new();
        for name in self.outcomes.keys().chain(self.outputs.keys()) {
            let outputs = self.outputs.get(name).cloned().unwrap_or_default();
            stages.insert(identifier(name), json!({ "outcome": self.outcomes.get(name), "outputs": outputs }));
        }
        Value::Object(stages)
    }
}

/// A stage's name as expressions write it, in which `-` is a minus: `quality-check` is `stages.quality_check`.
pub(crate) fn identifier(stage: &str) -> String {
    stage.replace('-', "_")
}
