//! What a job's container is made of: the definition's properties with the submission's overrides.

mod demand;
mod fargate;
mod parameters;

pub(crate) use demand::Demand;
pub(crate) use fargate::check_fargate;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::Error;

/// The properties of `definition`, overridden by `overrides`, with `parameters` put into the command.
///
/// # Errors
/// What is wrong with the overrides.
pub(crate) fn resolve(
    definition: &Map<String, Value>,
    overrides: Option<&Map<String, Value>>,
    parameters: &BTreeMap<String, String>,
) -> Result<Map<String, Value>, Error> {
    let mut container = definition.clone();
    for list in [
        "command",
        "environment",
        "resourceRequirements",
        "volumes",
        "mountPoints",
        "ulimits",
        "secrets",
        "networkInterfaces",
    ] {
        container.entry(list).or_insert_with(|| json!([]));
    }
    for (key, value) in overrides.into_iter().flatten().filter(|(_, value)| !value.is_null()) {
        match key.as_str() {
            "environment" => merge(&mut container, key, "name", value)?,
            "resourceRequirements" => merge(&mut container, key, "type", value)?,
            "vcpus" => merge(&mut container, "resourceRequirements", "type", &requirement("VCPU", value))?,
            "memory" => merge(&mut container, "resourceRequirements", "type", &requirement("MEMORY", value))?,
            "command" | "instanceType" => drop(container.insert(key.clone(), value.clone())),
            // AWS ignores what it does not know.
            _ => {}
        }
    }
    let command = command(&container)?.iter().map(|argument| parameters::substitute(argument, parameters)).collect();
    container.insert("command".to_owned(), Value::Array(command));
    Ok(container)
}

fn requirement(kind: &str, value: &Value) -> Value {
    json!([{ "type": kind, "value": value.to_string() }])
}

/// Checks the properties of a definition.
///
/// # Errors
/// What is wrong with them.
pub(crate) fn check(container: &Map<String, Value>) -> Result<(), Error> {
    if container.get("image").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(Error::client("containerProperties.image should not be empty"));
    }
    command(container)?;
    environment(container)?;
    Demand::of(container).map(drop)
}

/// The program and its arguments.
///
/// # Errors
/// If it is not a list of strings.
pub(crate) fn command(container: &Map<String, Value>) -> Result<Vec<String>, Error> {
    strings(container.get("command")).ok_or_else(|| Error::client("a container's command should be a list of strings"))
}

fn strings(list: Option<&Value>) -> Option<Vec<String>> {
    match list {
        None | Some(Value::Null) => Some(Vec::new()),
        Some(list) => list.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
    }
}

/// The variables of the environment.
///
/// # Errors
/// If one has no name or no value that a process could be given.
pub(crate) fn environment(container: &Map<String, Value>) -> Result<BTreeMap<String, String>, Error> {
    let pairs = list(container, "environment")?.iter().map(|pair| {
        let name = pair.get("name").and_then(Value::as_str).unwrap_or_default();
        let value = pair.get("value").and_then(Value::as_str).unwrap_or_default();
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(Error::client(format!(
                "the environment variable {name:?} should have a name without '=' and no NUL in its value"
            )));
        }
        Ok((name.to_owned(), value.to_owned()))
    });
    pairs.collect()
}

/// The list of objects under `key`, empty if there is none.
fn list<'a>(container: &'a Map<String, Value>, key: &str) -> Result<&'a [Value], Error> {
    let wrong = || Error::client(format!("{key} should be a list of objects"));
    match container.get(key) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) if items.iter().all(Value::is_object) => Ok(items),
        Some(_) => Err(wrong()),
    }
}

/// Puts each object of `values` in the place of the one with the same `name`, or behind the last.
fn merge(container: &mut Map<String, Value>, key: &str, name: &str, values: &Value) -> Result<(), Error> {
    let mut merged = list(container, key)?.to_vec();
    let wrong = || Error::client(format!("containerOverrides.{key} should be a list of objects with a {name}"));
    for value in values.as_array().ok_or_else(wrong)? {
        let named = value.get(name).filter(|named| named.is_string()).ok_or_else(wrong)?;
        match merged.iter_mut().find(|old| old.get(name) == Some(named)) {
            Some(old) => *old = value.clone(),
            None => merged.push(value.clone()),
        }
    }
    container.insert(key.to_owned(), Value::Array(merged));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn overrides_replace_by_name_and_the_rest_stays() {
        let definition = object(&json!({
            "image": "busybox",
            "command": ["old"],
            "environment": [{ "name": "A", "value": "1" }, { "name": "B", "value": "2" }],
            "resourceRequirements": [{ "type": "VCPU", "value": "1" }, { "type": "MEMORY", "value": "512" }],
        }));
        let overrides = object(&json!({
            "command": ["new", "Ref::x"],
            "environment": [{ "name": "B", "value": "3" }, { "name": "C", "value": "4" }],
            "memory": 1024,
        }));
        let container = resolve(&definition, Some(&overrides), &[("x".into(), "y".into())].into()).unwrap();
        assert_eq!(container["command"], json!(["new", "y"]));
        let pairs: Vec<_> = environment(&container).unwrap().into_iter().collect();
        assert_eq!(pairs, [("A".into(), "1".into()), ("B".into(), "3".into()), ("C".into(), "4".into())]);
        assert_eq!(Demand::of(&container).unwrap(), Demand { millivcpus: 1000, memory_mib: 1024 });
        assert_eq!(container["image"], "busybox");
    }

    #[test]
    fn what_no_process_could_be_given_is_refused() {
        for environment in
            [json!([{ "name": "", "value": "1" }]), json!([{ "name": "A=B", "value": "" }]), json!(["A=1"]), json!(1)]
        {
            let container = object(&json!({ "environment": environment }));
            assert!(super::environment(&container).is_err(), "{environment}");
        }
        assert!(command(&object(&json!({ "command": "sh -c" }))).is_err());
        assert!(command(&object(&json!({ "command": [1] }))).is_err());
    }
}
