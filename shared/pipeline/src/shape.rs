//! The shape of a definition as JSON Schema, for editors.
//!
//! These types say what a definition looks like, and are never made: reading a definition needs places for its faults. A test
//! holds their keys equal to those that are read.
#![expect(dead_code, reason = "only the schema of these types is used")]

use std::collections::BTreeMap;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::Deserialize;
use serde_json::{Value, json};

mod concurrency;
mod job;
mod params;
mod stages;
mod triggers;

/// The JSON Schema (draft 2020-12) of a definition.
pub fn json_schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<Definition>().to_value();
    forbid_null(&mut schema);
    schema
}

/// What may be left out may not be `null`: a key with nothing behind its colon is a fault.
fn forbid_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(forbid_null),
        Value::Object(keywords) => {
            if let Some(Value::Array(types)) = keywords.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    keywords.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = keywords.get_mut("anyOf") {
                choices.retain(|choice| *choice != json!({ "type": "null" }));
            }
            keywords.values_mut().for_each(forbid_null);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A pipeline of Batchwright.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Definition {
    /// The pipeline's name.
    #[schemars(regex(pattern = "^[a-z0-9][a-z0-9-]{0,55}$"))]
    pipeline: String,
    /// What it is for.
    #[schemars(length(max = 1000))]
    description: Option<String>,
    /// What starts runs of it.
    #[schemars(length(max = 40))]
    #[serde(default)]
    on: Vec<triggers::Trigger>,
    /// The parameters of a run, by name.
    #[schemars(extend("maxProperties" = 100))]
    #[schemars(extend("propertyNames" = { "pattern": "^[A-Za-z][A-Za-z0-9_]{0,63}$" }))]
    #[serde(default)]
    params: BTreeMap<String, params::Param>,
    /// How many of its runs may run at once; a number alone is the limit.
    concurrency: Option<concurrency::Concurrency>,
    /// The priority of its runs: higher goes first.
    #[schemars(range(min = 0, max = 9999))]
    #[serde(default)]
    priority: u16,
    /// The share identifier that its jobs count towards in a fair-share queue.
    #[schemars(regex(pattern = "^[A-Za-z0-9]{1,255}$"))]
    share: Option<String>,
    /// What every stage is, unless it says otherwise.
    defaults: Option<stages::Settings>,
    /// The stages, by name.
    #[schemars(extend("minProperties" = 1, "maxProperties" = 500))]
    #[schemars(extend("propertyNames" = { "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$" }))]
    stages: BTreeMap<String, stages::Stage>,
}
