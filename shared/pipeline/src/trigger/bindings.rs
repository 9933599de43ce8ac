//! Parameters that are taken from an event.

use indexmap::IndexMap;
use minijinja::value::Serde;
use serde_json::{Map, Value};

use super::Asks;
use crate::{
    name::ParamName,
    params::{ParamSpec, ParamType},
    template::{Template, expression::Expression},
};

/// Where the parameters of a trigger's runs come from, in the order written.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bindings(IndexMap<String, Binding>);

/// Where one of them comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Binding {
    /// It is the same in every run.
    Fixed(Value),
    /// The event gives it.
    Taken(Template),
}

impl Bindings {
    pub(crate) fn new(bindings: IndexMap<String, Binding>) -> Self {
        Self(bindings)
    }

    /// Whether it binds nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it binds that parameter.
    pub(crate) fn binds(&self, param: &str) -> bool {
        self.0.contains_key(param)
    }

    /// What it asks S3 about an object.
    pub fn asks(&self) -> Asks {
        let names = self.0.values().flat_map(Binding::expressions).flat_map(Expression::names);
        names.fold(Asks::default(), |asks, name| asks.or(Asks::of_name(&name)))
    }

    /// The parameters that an event gives: `{"trigger": {…}, "pipeline": {…}}`. One that is taken from what the event does not have is
    /// not given. Whether they fit is for [`crate::Definition::check_params`] to say.
    ///
    /// # Errors
    /// In words, if one of them cannot be computed.
    pub fn params(&self, specs: &IndexMap<ParamName, ParamSpec>, event: &Value) -> Result<Map<String, Value>, String> {
        let values = minijinja::Value::from(Serde(event));
        let mut params = Map::new();
        for (name, binding) in &self.0 {
            let value = match binding {
                Binding::Fixed(value) => value.clone(),
                Binding::Taken(template) => match template.json(&values) {
                    Ok(value) => fitted(value, specs.get(name.as_str())),
                    Err((expression, error)) => return Err(format!("params.{name}: `{expression}` {error}")),
                },
            };
            params.insert(name.clone(), value);
        }
        Ok(params)
    }

    /// From where it takes what a required parameter lacks, in words; empty if nowhere.
    pub fn lacking(&self, specs: &IndexMap<ParamName, ParamSpec>, params: &Map<String, Value>) -> String {
        let lacks = |name: &str| {
            specs.get(name).is_some_and(|spec| spec.required) && params.get(name).is_none_or(Value::is_null)
        };
        let taken = self.0.iter().filter(|(name, _)| lacks(name)).filter_map(|(name, binding)| match binding {
            Binding::Taken(template) => {
                Some(format!("; `{name}` is taken from `{template}`, which the event does not have"))
            }
            Binding::Fixed(_) => None,
        });
        taken.collect()
    }
}

impl Binding {
    fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let template = match self {
            Self::Fixed(_) => None,
            Self::Taken(template) => Some(template),
        };
        template.into_iter().flat_map(Template::expressions)
    }
}

/// Keys, metadata and tags are texts: a text is read as a command line's is, and whatever a string is to be becomes text.
fn fitted(value: Value, spec: Option<&ParamSpec>) -> Value {
    let Some(spec) = spec else { return value };
    match (value, &spec.bounds.kind) {
        (Value::String(text), _) => spec.bounds.from_text(&text),
        (value @ (Value::Number(_) | Value::Bool(_)), ParamType::String { .. }) => Value::from(value.to_string()),
        (value, _) => value,
    }
}
