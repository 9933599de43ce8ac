//! `params`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

/// A parameter of the runs, in JSON Schema's words.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Param {
    /// Its type.
    #[serde(rename = "type")]
    kind: Type,
    /// What it is for.
    description: Option<String>,
    /// The only values allowed.
    #[serde(rename = "enum")]
    #[schemars(length(min = 1))]
    one_of: Option<Vec<Value>>,
    /// A regular expression that a string must match.
    pattern: Option<String>,
    /// The least number.
    minimum: Option<f64>,
    /// The greatest number.
    maximum: Option<f64>,
    /// What the items of an array must be.
    items: Option<Box<Items>>,
    /// The value of runs that are given none.
    default: Option<Value>,
    /// Whether a run cannot start without it. True if left out, unless there is a default.
    required: Option<bool>,
}

/// What the items of an array must be.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Items {
    /// Their type.
    #[serde(rename = "type")]
    kind: Type,
    /// The only values allowed.
    #[serde(rename = "enum")]
    #[schemars(length(min = 1))]
    one_of: Option<Vec<Value>>,
    /// A regular expression that a string must match.
    pattern: Option<String>,
    /// The least number.
    minimum: Option<f64>,
    /// The greatest number.
    maximum: Option<f64>,
    /// What the items of an array must be.
    items: Option<Box<Self>>,
}

/// A JSON type.
#[derive(JsonSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Type {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list.
    Array,
    /// A map.
    Object,
}
