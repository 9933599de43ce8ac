//! Whether given parameters are those that a definition declares.

use std::fmt;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{MAX_PARAMS_BYTES, ParamSpec, Params};
use crate::{name::ParamName, nearest::nearest};

/// One parameter that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParamFault {
    /// The parameter.
    pub name: String,
    /// What is wrong, and what would be right, to follow its name.
    pub problem: String,
}

impl fmt::Display for ParamFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parameter `{}` {}", self.name, self.problem)
    }
}

/// All that is wrong with given parameters; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(transparent)]
pub struct ParamFaults(pub(super) Vec<ParamFault>);

impl ParamFaults {
    /// The faults, in the order of the declarations, unknown parameters last.
    pub fn iter(&self) -> impl Iterator<Item = &ParamFault> {
        self.0.iter()
    }
}

impl fmt::Display for ParamFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, fault) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("; ")?;
            }
            fault.fmt(f)?;
        }
        Ok(())
    }
}

/// Checks what is given, and fills in the defaults. A parameter given as `null` counts as not given.
pub(crate) fn check(specs: &IndexMap<ParamName, ParamSpec>, given: &Map<String, Value>) -> Result<Params, ParamFaults> {
    let mut faults = Vec::new();
    let mut params = Map::new();
    for (name, spec) in specs {
        match value_of(spec, given.get(name.as_str())) {
            Ok(value) => {
                params.insert(name.to_string(), value);
            }
            Err(problem) => faults.push(ParamFault { name: name.to_string(), problem }),
        }
    }
    for name in given.keys().filter(|name| !specs.contains_key(name.as_str())) {
        faults.push(ParamFault { name: shortened(name), problem: unknown(name, specs.keys()) });
    }
    if faults.is_empty() { within_size(params) } else { Err(ParamFaults(faults)) }
}

fn value_of(spec: &ParamSpec, given: Option<&Value>) -> Result<Value, String> {
    match given.filter(|value| !value.is_null()) {
        Some(value) => spec.bounds.problem(value).map_or_else(|| Ok(value.clone()), Err),
        None if spec.required => Err(format!("is missing: {} is required", spec.bounds.kind.with_article())),
        None => Ok(spec.default.clone().unwrap_or_default()),
    }
}

/// That there is no such parameter, to follow its name, and which there are.
pub(crate) fn unknown<'n>(name: &str, names: impl Iterator<Item = &'n ParamName> + Clone) -> String {
    let mut names = names.map(ParamName::as_str);
    match nearest(name, names.clone()) {
        Some(near) => format!("is not known: did you mean `{near}`?"),
        None if names.clone().next().is_none() => "is not known: the pipeline has no parameters".to_owned(),
        None => format!("is not known: the pipeline has {}", names.by_ref().collect::<Vec<_>>().join(", ")),
    }
}

fn within_size(params: Map<String, Value>) -> Result<Params, ParamFaults> {
    let params = Params::new(params);
    let bytes = params.to_json().len();
    let largest = params.iter().max_by_key(|(_, value)| value.to_string().len());
    match largest {
        Some((name, _)) if bytes > MAX_PARAMS_BYTES => Err(ParamFaults(vec![ParamFault {
            name: name.clone(),
            problem: format!(
                "is too large: all parameters take {bytes} bytes as JSON, and may take {MAX_PARAMS_BYTES}; put the data \
                 into an object in S3, and pass its address"
            ),
        }])),
        _ => Ok(params),
    }
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= 64 { name.to_owned() } else { name.chars().take(63).chain(['…']).collect() }
}
