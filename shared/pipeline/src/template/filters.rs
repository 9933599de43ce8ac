//! The filters and tests of expressions. Each is bounded in what it may make of its input.

use minijinja::{Environment, Error, ErrorKind, Value};

use super::value::{MAX_VALUE_BYTES, ValueError, json_text, sole_text};

/// The names of the filters.
pub(super) const FILTERS: &[&str] = &[
    "basename", "default", "dirname", "first", "join", "json", "last", "length", "lower", "replace", "split", "stem",
    "trim", "upper",
];

/// The names of the tests.
pub(super) const TESTS: &[&str] = &["none"];

/// Adds them.
pub(super) fn register(environment: &mut Environment<'static>) {
    environment.add_filter("basename", |path: &str| basename(path).to_owned());
    environment.add_filter("default", default);
    environment.add_filter("dirname", |path: &str| path.rsplit_once('/').map_or("", |(dir, _)| dir).to_owned());
    environment.add_filter("first", |list: &Value| end(list, false));
    environment.add_filter("join", join);
    environment.add_filter("json", |value: &Value| json_text(value).map_err(|error| no_text(&error)));
    environment.add_filter("last", |list: &Value| end(list, true));
    environment.add_filter("length", length);
    environment.add_filter("lower", |text: &str| text.to_lowercase());
    environment.add_filter("replace", replace);
    environment.add_filter("split", split);
    environment.add_filter("stem", |path: &str| stem(basename(path)).to_owned());
    environment.add_filter("trim", |text: &str| text.trim().to_owned());
    environment.add_filter("upper", |text: &str| text.to_uppercase());
    environment.add_test("none", |value: &Value| value.is_none() || value.is_undefined());
}

fn failed(problem: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, problem.to_owned())
}

fn no_text(error: &ValueError) -> Error {
    failed(&error.to_string())
}

/// What follows the last `/`.
fn basename(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// The name without its last extension: `a.tar.gz` → `a.tar`, `.profile` → `.profile`.
fn stem(name: &str) -> &str {
    name.rsplit_once('.').map(|(stem, _)| stem).filter(|stem| !stem.is_empty()).unwrap_or(name)
}

fn default(value: &Value, otherwise: Value) -> Value {
    if value.is_none() || value.is_undefined() { otherwise } else { value.clone() }
}

fn end(list: &Value, last: bool) -> Result<Value, Error> {
    let len = list.len().ok_or_else(|| failed("only an array has a first and a last item"))?;
    let at = if last { len.checked_sub(1) } else { Some(0) };
    let item = at.map(|at| list.get_item(&Value::from(at))).transpose()?;
    Ok(item.filter(|item| !item.is_undefined()).unwrap_or(Value::from(())))
}

fn length(value: &Value) -> Result<usize, Error> {
    value.len().ok_or_else(|| failed("only a string, an array or an object has a length"))
}

fn join(list: &Value, separator: Option<String>) -> Result<String, Error> {
    let separator = separator.unwrap_or_default();
    let mut text = String::new();
    for (at, item) in list.try_iter()?.enumerate() {
        if at > 0 {
            text.push_str(&separator);
        }
        text.push_str(&sole_text(&item).map_err(|error| no_text(&error))?);
        bounded(text.len())?;
    }
    Ok(text)
}

fn split(text: &str, separator: &str) -> Result<Vec<String>, Error> {
    if separator.is_empty() {
        return Err(failed("split needs a separator that is not empty"));
    }
    bounded(text.len())?;
    Ok(text.split(separator).map(str::to_owned).collect())
}

fn replace(text: &str, from: &str, to: &str) -> Result<String, Error> {
    if from.is_empty() {
        return Err(failed("replace needs something to replace"));
    }
    bounded(text.len().saturating_add(text.matches(from).count().saturating_mul(to.len())))?;
    Ok(text.replace(from, to))
}

fn bounded(bytes: usize) -> Result<(), Error> {
    if bytes <= MAX_VALUE_BYTES { Ok(()) } else { Err(no_text(&ValueError::TooLong)) }
}
