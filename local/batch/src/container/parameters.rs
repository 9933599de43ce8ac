//! `Ref::name` in a command.

use std::collections::BTreeMap;

use serde_json::Value;

const REFERENCE: &str = "Ref::";

/// `argument` with every `Ref::name` replaced by the parameter of that name. A name that is no parameter stays as it is, as
/// with AWS.
pub(super) fn substitute(argument: &str, parameters: &BTreeMap<String, String>) -> Value {
    let mut done = String::with_capacity(argument.len());
    let mut rest = argument;
    while let Some((before, after)) = rest.split_once(REFERENCE) {
        let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).unwrap_or(after.len());
        let (name, tail) = after.split_at(end);
        done.push_str(before);
        match parameters.get(name) {
            Some(value) => done.push_str(value),
            None => done.extend([REFERENCE, name]),
        }
        rest = tail;
    }
    done.push_str(rest);
    Value::String(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_replaced_wherever_it_stands() {
        let parameters = [("in".to_owned(), "a b".to_owned()), ("in2".to_owned(), "Ref::in".to_owned())].into();
        for (argument, expected) in [
            ("plain", "plain"),
            ("Ref::in", "a b"),
            ("--from=Ref::in,x", "--from=a b,x"),
            // A value is not looked at again.
            ("Ref::in2", "Ref::in"),
            ("Ref::other Ref::", "Ref::other Ref::"),
        ] {
            assert_eq!(substitute(argument, &parameters), expected, "{argument}");
        }
    }
}
