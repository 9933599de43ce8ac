//! Parameters from the command line: text that becomes what the pipeline's definition says they are.
//!
//! What is not of its type stays text, so that the check that follows says what would be right.

use indexmap::IndexMap;
use pipeline::{Bounds, Definition, ParamName, ParamSpec, ParamType};
use serde_json::{Map, Number, Value};

/// `name=value`, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    name: String,
    text: String,
}

impl std::str::FromStr for Given {
    type Err = String;

    fn from_str(argument: &str) -> Result<Self, String> {
        match argument.split_once('=') {
            Some((name, text)) if !name.is_empty() => Ok(Self { name: name.to_owned(), text: text.to_owned() }),
            _ => Err("a parameter is written name=value".to_owned()),
        }
    }
}

/// The parameters of a run: those of the file, and those given one by one, which go before.
///
/// # Errors
/// If one is given twice.
pub(crate) fn typed(
    definition: &Definition,
    from_file: Map<String, Value>,
    given: &[Given],
) -> Result<Map<String, Value>, String> {
    let mut params = from_file;
    for (at, param) in given.iter().enumerate() {
        if given.iter().take(at).any(|earlier| earlier.name == param.name) {
            return Err(format!("parameter `{}` is given twice; a list is written a,b,c or [\"a\",\"b\"]", param.name));
        }
        params.insert(param.name.clone(), value(&definition.params, param));
    }
    Ok(params)
}

fn value(specs: &IndexMap<ParamName, ParamSpec>, given: &Given) -> Value {
    let as_text = || Value::String(given.text.clone());
    specs.get(given.name.as_str()).map_or_else(as_text, |spec| of_type(&spec.bounds.kind, &given.text))
}

fn of_type(kind: &ParamType, text: &str) -> Value {
    let typed = match kind {
        ParamType::String { .. } => None,
        ParamType::Integer { .. } | ParamType::Number { .. } => number(text),
        ParamType::Boolean => text.parse().ok().map(Value::Bool),
        ParamType::Array { items } => array(items.as_deref(), text),
        ParamType::Object => serde_json::from_str(text).ok(),
    };
    typed.unwrap_or_else(|| Value::String(text.to_owned()))
}

fn number(text: &str) -> Option<Value> {
    serde_json::from_str::<Number>(text).ok().map(Value::Number)
}

/// A JSON array, or its items between commas. Nothing at all is an empty list.
fn array(items: Option<&Bounds>, text: &str) -> Option<Value> {
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(text).ok();
    }
    let item = |text: &str| match items {
        Some(bounds) => of_type(&bounds.kind, text),
        None => Value::String(text.to_owned()),
    };
    let nothing = text.is_empty();
    Some(if nothing { Value::Array(Vec::new()) } else { text.split(',').map(item).collect() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DEFINITION: &str = r#"
pipeline: p
params:
  text: { type: string }
  count: { type: integer }
  share: { type: number }
  fast: { type: boolean }
  names: { type: array }
  sizes: { type: array, items: { type: integer } }
  more: { type: object }
stages:
  a:
    image: i
    command: [echo, "${{ params.text }}", "${{ params.count }}", "${{ params.share }}", "${{ params.fast }}",
      "${{ params.names }}", "${{ params.sizes }}", "${{ params.more }}"]
"#;

    fn params(arguments: &[&str]) -> Result<Map<String, Value>, String> {
        let definition = pipeline::parse("p.yaml", DEFINITION).unwrap();
        let given: Vec<Given> = arguments.iter().map(|argument| argument.parse().unwrap()).collect();
        let file = Map::from_iter([("text".to_owned(), json!("of the file")), ("count".to_owned(), json!(1))]);
        typed(&definition, file, &given)
    }

    #[test]
    fn text_becomes_what_the_definition_says() {
        let all = ["count=-7", "share=1e3", "fast=true", "names=a,b=c", "sizes=1,2", r#"more={"k":[1]}"#];
        assert_eq!(
            Value::Object(params(&all).unwrap()),
            json!({
                "text": "of the file", "count": -7, "share": 1e3, "fast": true,
                "names": ["a", "b=c"], "sizes": [1, 2], "more": { "k": [1] },
            })
        );
        let lists = params(&[r#"names=["a,b"]"#, "sizes="]).unwrap();
        assert_eq!((&lists["names"], &lists["sizes"]), (&json!(["a,b"]), &json!([])));
        assert_eq!(params(&["text=12"]).unwrap()["text"], json!("12"));
    }

    #[test]
    fn what_is_not_of_its_type_stays_text_for_the_check() {
        let wrong = params(&["count=many", "fast=yes", "sizes=1,x", "more=[", "unknown=1"]).unwrap();
        assert_eq!(wrong["count"], json!("many"));
        assert_eq!(wrong["sizes"], json!([1, "x"]));
        let definition = pipeline::parse("p.yaml", DEFINITION).unwrap();
        let faults = definition.check_params(&wrong).unwrap_err();
        let names: Vec<&str> = faults.iter().map(|fault| fault.name.as_str()).collect();
        assert_eq!(names, ["count", "share", "fast", "names", "sizes", "more", "unknown"], "{faults}");
    }

    #[test]
    fn twice_is_refused() {
        assert!(params(&["count=1", "count=2"]).unwrap_err().contains("twice"));
    }
}
