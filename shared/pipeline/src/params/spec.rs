//! The declaration of a parameter, in JSON Schema's words.

use std::fmt;

use regex::Regex;
use serde_json::{Number, Value};

/// The JSON type of a parameter, and what bounds values of that type.
#[derive(Debug, Clone)]
pub enum ParamType {
    /// Text.
    String {
        /// A regular expression that it must match somewhere (anchor it with `^` and `$`).
        pattern: Option<Regex>,
    },
    /// A whole number.
    Integer {
        /// The least.
        minimum: Option<i64>,
        /// The most.
        maximum: Option<i64>,
    },
    /// A number.
    Number {
        /// The least.
        minimum: Option<f64>,
        /// The most.
        maximum: Option<f64>,
    },
    /// `true` or `false`.
    Boolean,
    /// A list.
    Array {
        /// What each of its items must be.
        items: Option<Box<Bounds>>,
    },
    /// Any JSON object.
    Object,
}

/// What a value must be.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Its type.
    pub kind: ParamType,
    /// The only values allowed, if not empty.
    pub one_of: Vec<Value>,
}

/// One entry of `params`.
#[derive(Debug, Clone)]
pub struct ParamSpec {
    /// What it is for.
    pub description: Option<String>,
    /// What its values must be.
    pub bounds: Bounds,
    /// Its value where none is given.
    pub default: Option<Value>,
    /// Whether a run cannot start without it. Never together with a default.
    pub required: bool,
}

impl ParamType {
    /// The word for it in a definition.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::String { .. } => "string",
            Self::Integer { .. } => "integer",
            Self::Number { .. } => "number",
            Self::Boolean => "boolean",
            Self::Array { .. } => "array",
            Self::Object => "object",
        }
    }

    pub(super) fn with_article(&self) -> &'static str {
        match self {
            Self::String { .. } => "a string",
            Self::Integer { .. } => "an integer",
            Self::Number { .. } => "a number",
            Self::Boolean => "a boolean",
            Self::Array { .. } => "an array",
            Self::Object => "an object",
        }
    }
}

impl Bounds {
    /// What is wrong with the value, and what would be right; `None` if nothing is.
    pub(crate) fn problem(&self, value: &Value) -> Option<String> {
        self.kind.problem(value).or_else(|| {
            let unlisted = !self.one_of.is_empty() && !self.one_of.iter().any(|allowed| same(allowed, value));
            unlisted.then(|| format!("is {}, which is not one of {}", Brief(value), listed(&self.one_of)))
        })
    }
}

impl Bounds {
    /// The value that a text from a command line stands for: text for a string, JSON for anything else, and for an array also
    /// its items with commas between them. A text that is no such JSON is kept as text, for the check to refuse.
    pub fn from_text(&self, text: &str) -> Value {
        match &self.kind {
            ParamType::String { .. } => Value::from(text),
            ParamType::Array { .. } if text.is_empty() => Value::Array(Vec::new()),
            ParamType::Array { items } if !text.starts_with('[') => {
                let item =
                    |item: &str| items.as_ref().map_or_else(|| Value::from(item), |bounds| bounds.from_text(item));
                text.split(',').map(item).collect()
            }
            ParamType::Array { .. }
            | ParamType::Integer { .. }
            | ParamType::Number { .. }
            | ParamType::Boolean
            | ParamType::Object => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
        }
    }
}

impl ParamType {
    fn problem(&self, value: &Value) -> Option<String> {
        match (self, value) {
            (Self::String { pattern }, Value::String(text)) => {
                let pattern = pattern.as_ref().filter(|pattern| !pattern.is_match(text))?;
                Some(format!("is {}, which does not match the pattern `{}`", Brief(value), pattern.as_str()))
            }
            (Self::Integer { minimum, maximum }, Value::Number(number)) => match whole(number) {
                Some(number) => outside(&number, minimum.as_ref(), maximum.as_ref()),
                None => Some(format!("is {number}, which is not an integer of 64 bits")),
            },
            (Self::Number { minimum, maximum }, Value::Number(number)) => {
                outside(&number.as_f64()?, minimum.as_ref(), maximum.as_ref())
            }
            (Self::Array { items: Some(bounds) }, Value::Array(items)) => items
                .iter()
                .enumerate()
                .find_map(|(at, item)| bounds.problem(item).map(|problem| format!("item {at} {problem}"))),
            (Self::Boolean, Value::Bool(_))
            | (Self::Array { items: None }, Value::Array(_))
            | (Self::Object, Value::Object(_)) => None,
            (_, value) => Some(format!("is {}, but must be {}", Brief(value), self.with_article())),
        }
    }
}

/// The number as an integer: `5` and `5.0` are the same number in JSON Schema.
fn whole(number: &Number) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    number.as_i64().or_else(|| {
        let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= EXACT)?;
        format!("{float:.0}").parse().ok()
    })
}

fn same(a: &Value, b: &Value) -> bool {
    a == b || matches!((a, b), (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64())
}

fn outside<T: PartialOrd + fmt::Display>(number: &T, minimum: Option<&T>, maximum: Option<&T>) -> Option<String> {
    match (minimum, maximum) {
        (Some(minimum), _) if number < minimum => Some(format!("is {number}, below the minimum of {minimum}")),
        (_, Some(maximum)) if number > maximum => Some(format!("is {number}, above the maximum of {maximum}")),
        _ => None,
    }
}

fn listed(values: &[Value]) -> String {
    values.iter().map(|value| Brief(value).to_string()).collect::<Vec<_>>().join(", ")
}

/// A value in a message: its JSON, cut short.
pub(crate) struct Brief<'a>(pub(crate) &'a Value);

impl fmt::Display for Brief<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Value::Null => f.write_str("null"),
            Value::Array(_) => f.write_str("an array"),
            Value::Object(_) => f.write_str("an object"),
            Value::String(text) if text.chars().count() > 60 => {
                let start: String = text.chars().take(57).collect();
                write!(f, "{}", Value::String(format!("{start}…")))
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) => self.0.fmt(f),
        }
    }
}
