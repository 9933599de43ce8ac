//! Whether a stage's condition holds in a run.

use minijinja::{Value as Expressible, value::ValueKind};

use super::{Stage, render};
use crate::{Before, Condition, Context, RenderError, RenderProblem};

impl Stage {
    /// Whether its condition holds, now that all that it needs has ended as `before` says.
    ///
    /// # Errors
    /// If the expression cannot be computed in this run, or gives something else than true or false.
    pub fn condition_holds(
        &self,
        condition: &Condition,
        context: &Context<'_>,
        before: &Before,
    ) -> Result<bool, RenderError> {
        if before.failed && !condition.asks_status() {
            return Ok(false);
        }
        let mut values = render::named(&Context { before: Some(before), ..*context });
        for (name, holds) in [("success", !before.failed), ("failure", before.failed), ("always", true)] {
            values.insert(name, Expressible::from_function(move || holds));
        }
        let expression = condition.0.inner().to_owned();
        match condition.0.value(&Expressible::from(values)) {
            Ok(value) if value.kind() == ValueKind::Bool => Ok(value.is_true()),
            Ok(value) => {
                let kind = value.kind().to_string();
                Err(self.error("when", RenderProblem::NotABoolean { expression, kind }))
            }
            Err(error) => Err(self.error("when", RenderProblem::Expression { expression, error })),
        }
    }
}
