//! From an event and a trigger to the parameters of a run.

use pipeline::{Bindings, EventCondition, Trigger};
use serde_json::{Map, Value, json};

use crate::{Control, Error, table::trigger_item::TriggerRow};

/// What expressions of a trigger see of an event.
pub(crate) fn event(pipeline: &str, trigger: &Value) -> Value {
    json!({ "trigger": trigger, "pipeline": { "name": pipeline } })
}

/// Whether the condition of a trigger holds for an event; if that cannot be told, why.
pub(crate) fn holds(row: &TriggerRow, trigger: &Value) -> Result<bool, String> {
    let Some(when) = &row.when else { return Ok(true) };
    match EventCondition::parse(when) {
        Some(condition) => condition.holds(&event(&row.pipeline, trigger)),
        None => Err(format!("when: `{when}` cannot be read any more")),
    }
}

impl Control {
    /// The parameters that the trigger of a row takes from an event, `None` if it takes none; the inner error is why they do not fit.
    /// They are those of the row's version: whoever admits a run must run just that.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub(crate) async fn bound(
        &self,
        row: &TriggerRow,
        trigger: &Value,
    ) -> Result<Option<Result<Map<String, Value>, String>>, Error> {
        if !row.binds {
            return Ok(None);
        }
        self.bound_at(&row.pipeline, row.version, row.position, trigger).await.map(Some)
    }

    /// The same, of the trigger at that position of that version; none if it takes none.
    pub(crate) async fn bound_at(
        &self,
        pipeline: &str,
        version: u32,
        position: u16,
        trigger: &Value,
    ) -> Result<Result<Map<String, Value>, String>, Error> {
        let Some(definition) = self.definition(pipeline, version).await? else { return Ok(Ok(Map::new())) };
        let bindings: &Bindings = match definition.triggers.get(usize::from(position)) {
            Some(Trigger::S3(s3)) => &s3.params,
            Some(Trigger::Sqs(sqs)) => match &sqs.params {
                Some(bindings) => bindings,
                None => return Ok(Ok(Map::new())),
            },
            Some(Trigger::Schedule(_)) | None => return Ok(Ok(Map::new())),
        };
        Ok(bindings.params(&definition.params, &event(pipeline, trigger)).and_then(|params| {
            match definition.check_params(&params) {
                Ok(_) => Ok(params),
                Err(faults) => Err(format!("{faults}{}", bindings.lacking(&definition.params, &params))),
            }
        }))
    }
}
