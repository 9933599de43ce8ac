//! `params`: declarations in JSON Schema's words.

use indexmap::IndexMap;
use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::{
    fields::{Fields, entries, shown},
    value::{boolean, integer, items, no_expression, scalar, text},
};
use crate::{
    fault::Report,
    name::ParamName,
    nearest::suggestion,
    params::{Bounds, ParamSpec, ParamType},
    yaml::{Kind, Node},
};

/// The keys of a declaration.
pub(super) const KEYS: [&str; 9] =
    ["type", "description", "enum", "pattern", "minimum", "maximum", "items", "default", "required"];
/// The keys of an array's `items`.
pub(super) const ITEM_KEYS: [&str; 6] = ["type", "enum", "pattern", "minimum", "maximum", "items"];

const TYPES: [&str; 6] = ["string", "integer", "number", "boolean", "array", "object"];

/// How many parameters a pipeline may have. Each may have a pattern, which takes a moment to compile.
pub(super) const MAX_PARAMS: usize = 100;

/// The declared parameters; `None` for one whose declaration is faulty.
pub(super) fn read(node: &Node, report: &mut Report<'_>) -> IndexMap<String, Option<ParamSpec>> {
    let given = entries(node, "params", report).unwrap_or_default();
    if let Some((key, _)) = given.get(MAX_PARAMS) {
        let help = "make one of them an object, or put the data into an object in S3 and pass its address";
        let message = format!("a pipeline has at most {MAX_PARAMS} parameters, and this has {}", given.len());
        report.add(&key.span, message, help);
    }
    let mut specs = IndexMap::new();
    for (key, node) in given.iter().take(MAX_PARAMS) {
        let named = ParamName::new(&key.text).is_ok();
        if !named {
            report.add(&key.span, format!("`{}` is not the name of a parameter", shown(&key.text)), ParamName::RULE);
        }
        let spec = spec(node, report).filter(|_| named);
        specs.insert(key.text.clone(), spec);
    }
    // Known by name, so that what speaks of them is no fault as well.
    specs.extend(given.iter().skip(MAX_PARAMS).map(|(key, _)| (key.text.clone(), None)));
    specs
}

fn spec(node: &Node, report: &mut Report<'_>) -> Option<ParamSpec> {
    let fields = Fields::read(node, "a parameter", &KEYS, report)?;
    let description = fields.get("description").and_then(|node| text(node, "description", report)).map(str::to_owned);
    let bounds = bounds(&fields, report);
    let default = fields.get("default").filter(|node| plain_value(node, "default", report));
    let required = match fields.get("required") {
        Some(node) => boolean(node, "required", report)?,
        None => default.is_none(),
    };
    if let (true, Some((key, _)), Some(_)) = (required, fields.entry("required"), default) {
        let help = "leave out one of the two: where a default fills in, nothing is missing";
        report.add(&key.span, "the parameter is required, and has a default", help);
    }
    let bounds = bounds?;
    let default_value = default.map(Node::to_json);
    if let (Some(node), Some(value)) = (default, &default_value)
        && let Some(problem) = bounds.problem(value)
    {
        report.add(&node.span, format!("the default {problem}"), "a default must be a value that the parameter allows");
        return None;
    }
    Some(ParamSpec { description, bounds, default: default_value, required })
}

fn bounds(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<Bounds> {
    let help = "write `type:` with string, integer, number, boolean, array or object";
    let word = text(fields.required("type", help, report)?, "type", report)?;
    let kind = match word {
        "string" => ParamType::String { pattern: optional(fields.get("pattern"), |node| pattern(node, report))? },
        "integer" => integer_type(fields, report)?,
        "number" => number_type(fields, report)?,
        "boolean" => ParamType::Boolean,
        "array" => {
            let item = |node: &Node| {
                let fields = Fields::read(node, "items", &ITEM_KEYS, report)?;
                bounds(&fields, report).map(Box::new)
            };
            ParamType::Array { items: optional(fields.get("items"), item)? }
        }
        "object" => ParamType::Object,
        other => {
            if let Some(node) = fields.get("type") {
                report.add(&node.span, format!("`{}` is not a type", shown(other)), suggestion(other, &TYPES));
            }
            return None;
        }
    };
    only_where_it_means_something(fields, &kind, report);
    let mut bounds = Bounds { kind, one_of: Vec::new() };
    bounds.one_of = optional(fields.get("enum"), |node| one_of(node, &bounds, report))?.unwrap_or_default();
    Some(bounds)
}

/// Reads what may be left out; `None` if it is faulty.
fn optional<T>(node: Option<&Node>, read: impl FnOnce(&Node) -> Option<T>) -> Option<Option<T>> {
    node.map_or(Some(None), |node| read(node).map(Some))
}

fn integer_type(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<ParamType> {
    let any = i64::MIN..=i64::MAX;
    let mut bound =
        |key: &str| optional(fields.get(key), |node| integer(node, key, &any, report).map(|placed| placed.value));
    let (minimum, maximum) = (bound("minimum"), bound("maximum"));
    let (minimum, maximum) = (minimum?, maximum?);
    ordered(fields, minimum, maximum, report);
    Some(ParamType::Integer { minimum, maximum })
}

fn number_type(fields: &Fields<'_>, report: &mut Report<'_>) -> Option<ParamType> {
    let mut bound = |key: &str| optional(fields.get(key), |node| number(node, key, report));
    let (minimum, maximum) = (bound("minimum"), bound("maximum"));
    let (minimum, maximum) = (minimum?, maximum?);
    ordered(fields, minimum, maximum, report);
    Some(ParamType::Number { minimum, maximum })
}

fn number(node: &Node, what: &str, report: &mut Report<'_>) -> Option<f64> {
    let given = scalar(node, what, report)?;
    match given.kind() {
        Kind::Integer(_) | Kind::Float(_) => given.to_json().as_f64(),
        Kind::Null | Kind::Boolean(_) | Kind::Text => {
            report.add(&node.span, format!("{what} must be a number, not `{}`", shown(&given.text)), "write a number");
            None
        }
    }
}

fn ordered<T: PartialOrd>(fields: &Fields<'_>, minimum: Option<T>, maximum: Option<T>, report: &mut Report<'_>) {
    if let (Some(minimum), Some(maximum), Some(node)) = (minimum, maximum, fields.get("minimum"))
        && minimum > maximum
    {
        report.add(&node.span, "the minimum is above the maximum", "no value is allowed: exchange the two?");
    }
}

/// A pattern cannot take long: the expressions of `regex` have no backtracking, and their size is bounded.
fn pattern(node: &Node, report: &mut Report<'_>) -> Option<Regex> {
    let given = &scalar(node, "pattern", report)?.text;
    let built = if given.len() > 1000 { None } else { RegexBuilder::new(given).size_limit(1 << 20).build().ok() };
    if built.is_none() {
        let help = "at most 1000 characters of the syntax of Rust's `regex`, which knows no look-around and no references back";
        report.add(&node.span, format!("`{}` is not a pattern", shown(given)), help);
    }
    built
}

fn one_of(node: &Node, bounds: &Bounds, report: &mut Report<'_>) -> Option<Vec<Value>> {
    let nodes = items(node, "enum", "write `enum: [a, b]`", report)?;
    if nodes.is_empty() {
        report.add(&node.span, "the enum is empty", "list the values that are allowed");
        return None;
    }
    let allowed = |node: &Node| {
        let value = node.to_json();
        let problem = bounds.problem(&value);
        if let Some(problem) = &problem {
            let help = "every value of an enum must be one that the rest of the declaration allows";
            report.add(&node.span, format!("the value {problem}"), help);
        }
        problem.is_none().then_some(value)
    };
    nodes.iter().map(allowed).collect::<Vec<_>>().into_iter().collect()
}

fn only_where_it_means_something(fields: &Fields<'_>, kind: &ParamType, report: &mut Report<'_>) {
    for (key, types) in [
        ("pattern", &["string"][..]),
        ("minimum", &["integer", "number"]),
        ("maximum", &["integer", "number"]),
        ("items", &["array"]),
    ] {
        if let Some((key, _)) = fields.entry(key).filter(|_| !types.contains(&kind.as_str())) {
            let message = format!("`{}` means nothing for the type {}", key.text, kind.as_str());
            report.add(&key.span, message, format!("it belongs to {}", types.join(" and ")));
        }
    }
}

/// Whether no text in it holds an expression.
pub(super) fn plain_value(node: &Node, what: &str, report: &mut Report<'_>) -> bool {
    node.scalars().into_iter().all(|(scalar, span)| no_expression(&scalar.text, what, span, report))
}
