//! Secrets: what Secrets Manager and Systems Manager keep on AWS is taken from a file of whoever runs this machine.
//!
//! The file is a JSON object, or lines `NAME=VALUE`. It is read when a job starts that has secrets, and nothing of it is kept: a
//! value goes into the environment of the process, and nowhere else. No message holds one.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Map, Value};

use crate::runner::StartError;

/// The variables of a container that are secret, with their values.
///
/// # Errors
/// If there is no file, or not all of them in it: in AWS's words, by which such a failure is known.
pub(crate) fn variables(
    container: &Map<String, Value>,
    file: Option<&Path>,
) -> Result<BTreeMap<String, String>, StartError> {
    let secrets = container.get("secrets").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if secrets.is_empty() {
        return Ok(BTreeMap::new());
    }
    let known = read(file).map_err(|why| failure(&why))?;
    let text = |secret: &Value, key: &str| secret.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let variable = |secret: &Value| -> Result<(String, String), StartError> {
        let from = text(secret, "valueFrom");
        let value = find(&known, &from).filter(|value| !value.contains('\0'));
        let value = value.ok_or_else(|| failure(&format!("the secrets file has no value for {from:?}")))?;
        Ok((text(secret, "name"), value))
    };
    secrets.iter().map(variable).collect()
}

fn failure(why: &str) -> StartError {
    StartError(format!("ResourceInitializationError: unable to pull secrets or registry auth: {why}"))
}

fn read(file: Option<&Path>) -> Result<Map<String, Value>, String> {
    let file = file.ok_or("this server has no secrets file: `batchwright up --secrets FILE` names one")?;
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    if text.trim_start().starts_with('{') {
        // What serde_json says of a map holds places, and nothing of the text.
        return serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()));
    }
    let lines = text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    Ok(pairs.map(|(name, value)| (name.trim_end().to_owned(), Value::from(value))).collect())
}

/// The value that a `valueFrom` means, by name or ARN.
fn find(known: &Map<String, Value>, from: &str) -> Option<String> {
    let (names, key) = names(from);
    let value = names.iter().find_map(|name| known.get(name))?;
    let Some(key) = key else { return Some(as_text(value)) };
    match value {
        Value::Object(values) => values.get(key).map(as_text),
        // As Secrets Manager keeps it.
        Value::String(text) => serde_json::from_str::<Map<String, Value>>(text).ok()?.get(key).map(as_text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// How a secret may be called in the file, and which of its values is meant.
fn names(from: &str) -> (Vec<String>, Option<&str>) {
    let parts: Vec<&str> = from.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "secretsmanager", _, _, "secret", name, rest @ ..] => {
            let mut names = vec![(*name).to_owned()];
            // Secrets Manager adds six characters to the name in an ARN.
            let stem = name.rsplit_once('-').filter(|(_, added)| added.len() == 6);
            names.extend(stem.map(|(stem, _)| stem.to_owned()));
            (names, rest.first().copied().filter(|key| !key.is_empty()))
        }
        ["arn", _, "ssm", _, _, parameter] => {
            let name = parameter.strip_prefix("parameter").unwrap_or(parameter);
            (vec![name.to_owned(), name.trim_start_matches('/').to_owned()], None)
        }
        _ => (vec![from.to_owned()], None),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(file: &str, from: &str) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets");
        fs::write(&path, file).unwrap();
        let container = json!({ "secrets": [{ "name": "A", "valueFrom": from }] });
        let found = variables(container.as_object().unwrap(), Some(&path));
        found.map(|variables| variables["A"].clone()).map_err(|error| error.to_string())
    }

    const SECRET: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret";

    #[test]
    fn a_secret_is_found_by_its_name_or_arn() {
        let lines = "# comment\n\n/prod/token = a=b \nprod/db={\"password\": \"hunter2\", \"port\": 5432}\nplain=x";
        let json = r#"{"/prod/token": " a=b ", "prod/db": {"password": "hunter2", "port": 5432}, "plain": "x"}"#;
        for file in [lines, json] {
            for (from, expected) in [
                ("/prod/token".to_owned(), " a=b "),
                ("arn:aws:ssm:us-east-1:000000000000:parameter/prod/token".to_owned(), " a=b "),
                ("arn:aws:ssm:us-east-1:000000000000:parameter/plain".to_owned(), "x"),
                (format!("{SECRET}:prod/db:password::"), "hunter2"),
                (format!("{SECRET}:prod/db-Ab12Cd:port::"), "5432"),
                (format!("{SECRET}:plain"), "x"),
            ] {
                assert_eq!(value(file, &from).as_deref(), Ok(expected), "{from}");
            }
        }
        let whole: Value = serde_json::from_str(&value(json, &format!("{SECRET}:prod/db")).unwrap()).unwrap();
        assert_eq!(whole, json!({ "password": "hunter2", "port": 5432 }));
    }

    #[test]
    fn what_is_missing_is_said_without_what_is_there() {
        for (file, from) in [
            ("a=hunter2", "b"),
            ("a=hunter2", &*format!("{SECRET}:a:key::")),
            (r#"{"a": ["hunter2"]}"#, &*format!("{SECRET}:a:key::")),
            (r#"{"a": "hunter2""#, "a"),
            (r#"{"a": "hunter2", hunter2}"#, "a"),
        ] {
            let error = value(file, from).unwrap_err();
            assert!(error.starts_with("ResourceInitializationError: "), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        let container = json!({ "secrets": [{ "name": "A", "valueFrom": "a" }] });
        let error = variables(container.as_object().unwrap(), None).unwrap_err();
        assert!(error.to_string().contains("--secrets FILE"), "{error}");
        assert_eq!(variables(&Map::new(), None), Ok(BTreeMap::new()));
    }
}
