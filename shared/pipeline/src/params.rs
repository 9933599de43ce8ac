//! Parameters: what a definition declares, and what a request gives.

mod check;
mod spec;

use std::ops::Deref;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use check::{ParamFault, ParamFaults};
pub(crate) use check::{check, unknown};
pub use spec::{Bounds, ParamSpec, ParamType};

/// The most that a run's parameters may take as JSON, in bytes: they are kept in the run's item (DynamoDB, 400 KB), and go
/// into a command (`SubmitJob`, 30 KiB) where expressions say so.
pub const MAX_PARAMS_BYTES: usize = 64 * 1024;

/// The parameters of a run, checked against its definition, with defaults. An optional one that was not given is `null`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Params(Map<String, Value>);

impl Params {
    pub(crate) fn new(map: Map<String, Value>) -> Self {
        Self(map)
    }

    /// From the JSON that [`Params::to_json`] gave.
    ///
    /// # Errors
    /// If it is not a JSON object.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// As a JSON object.
    pub fn to_json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    /// The parameters by name.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl Deref for Params {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}
