//! The attributes of messages.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::{Error, body};

/// The attributes of a message by name. Sorted, as their digest needs them.
pub type Attributes = BTreeMap<String, AttributeValue>;

/// The value of a message's attribute, as the wire and the table have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttributeValue {
    /// `String`, `Number` or `Binary`, with the sender's own label after a dot if it likes.
    pub data_type: String,
    /// The value of a string or a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// The value of a binary, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

/// An attribute's value as its bytes: how it is sent decides how it is digested.
enum Value {
    Text(Vec<u8>),
    Binary(Vec<u8>),
}

impl AttributeValue {
    /// The bytes of the value, or why it has none.
    fn value(&self) -> Result<Value, &'static str> {
        let base = self.data_type.split('.').next().unwrap_or_default();
        match (base, &self.string_value, &self.binary_value) {
            ("String" | "Number", Some(text), None) => Ok(Value::Text(text.clone().into_bytes())),
            ("Binary", None, Some(binary)) => {
                let bytes = STANDARD.decode(binary).map_err(|_| "its BinaryValue must be base64")?;
                Ok(Value::Binary(bytes))
            }
            ("String" | "Number", _, _) => Err("it must have a StringValue, and nothing else"),
            ("Binary", _, _) => Err("it must have a BinaryValue, and nothing else"),
            _ => Err("its DataType must begin with String, Number or Binary"),
        }
    }

    fn check(&self, name: &str) -> Result<usize, Error> {
        let (Value::Text(bytes) | Value::Binary(bytes)) = self.value().map_err(|reason| refused(name, reason))?;
        if bytes.is_empty() {
            return Err(refused(name, "it must not be empty"));
        }
        if self.data_type.len() > 256 {
            return Err(refused(name, "its DataType must be at most 256 bytes long"));
        }
        if let Some(text) = &self.string_value {
            if !text.chars().all(body::legal) {
                return Err(refused(name, "it has a character that SQS does not carry"));
            }
            if self.data_type.starts_with("Number") && !text.trim().parse::<f64>().is_ok_and(f64::is_finite) {
                return Err(refused(name, "it must be a number, as its DataType says"));
            }
        }
        Ok(name.len() + self.data_type.len() + bytes.len())
    }
}

fn refused(name: &str, reason: &str) -> Error {
    let message = format!("The message attribute '{name}' is invalid: {reason}.");
    Error::caller(crate::Code::InvalidParameterValue, message)
}

/// Checks the attributes of a message and returns how many bytes they add to it.
///
/// # Errors
/// If there are more than ten, or a name, a type or a value is not legal.
pub(crate) fn check(attributes: &Attributes) -> Result<usize, Error> {
    if attributes.len() > 10 {
        let count = attributes.len();
        let message = format!("Number of message attributes [{count}] exceeds the allowed maximum [10].");
        return Err(Error::caller(crate::Code::InvalidParameterValue, message));
    }
    attributes.iter().try_fold(0, |bytes, (name, value)| {
        check_name(name)?;
        Ok(bytes + value.check(name)?)
    })
}

/// 1–256 of `A-Za-z0-9_.-`, no dot first, last, or after another; not beginning with `AWS.` or `Amazon.` in any case.
fn check_name(name: &str) -> Result<(), Error> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let lower = name.to_ascii_lowercase();
    if !(1..=256).contains(&name.len()) || !name.bytes().all(legal) {
        return Err(refused(name, "a name is 1 to 256 letters, digits, underscores, hyphens and periods"));
    }
    if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        return Err(refused(name, "a name must not start or end with a period, nor have two in succession"));
    }
    if lower.starts_with("aws.") || lower.starts_with("amazon.") {
        return Err(refused(name, "a name must not start with AWS. or Amazon."));
    }
    Ok(())
}

/// The digest over attributes, which clients compare. `None` if there are none.
///
/// Source: SQS Developer Guide, "Calculating the MD5 message digest for message attributes": sorted by name, each as name,
/// data type, one byte for the transport (1 text, 2 binary) and value; all but that byte are preceded by their length in four
/// bytes, most significant first.
pub(crate) fn md5(attributes: &Attributes) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut bytes = Vec::new();
    for (name, attribute) in attributes {
        push(&mut bytes, name.as_bytes());
        push(&mut bytes, attribute.data_type.as_bytes());
        match attribute.value() {
            Ok(Value::Text(value)) => {
                bytes.push(1);
                push(&mut bytes, &value);
            }
            Ok(Value::Binary(value)) => {
                bytes.push(2);
                push(&mut bytes, &value);
            }
            // It was checked when it came in.
            Err(_) => {}
        }
    }
    Some(body::md5(&bytes))
}

fn push(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend_from_slice(part);
}

/// The attributes that a receiver asked for: by name, by a prefix `foo.*`, or all (`All`, `.*`).
pub(crate) fn select(attributes: &Attributes, wanted: &[String]) -> Attributes {
    let wants = |name: &str| {
        wanted.iter().any(|want| match want.strip_suffix(".*") {
            Some(prefix) => prefix.is_empty() || name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('.')),
            None => want == "All" || want == name,
        })
    };
    attributes.iter().filter(|(name, _)| wants(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(data_type: &str, value: &str) -> AttributeValue {
        AttributeValue { data_type: data_type.into(), string_value: Some(value.into()), binary_value: None }
    }

    fn one(name: &str, value: AttributeValue) -> Attributes {
        Attributes::from([(name.to_owned(), value)])
    }

    #[test]
    fn the_digest_is_over_lengths_and_parts() {
        let bytes = b"\x00\x00\x00\x01n\x00\x00\x00\x06String\x01\x00\x00\x00\x01v";
        assert_eq!(md5(&one("n", text("String", "v"))), Some(body::md5(bytes)));
        let binary =
            AttributeValue { data_type: "Binary".into(), string_value: None, binary_value: Some("AAE=".into()) };
        let bytes = b"\x00\x00\x00\x01n\x00\x00\x00\x06Binary\x02\x00\x00\x00\x02\x00\x01";
        assert_eq!(md5(&one("n", binary)), Some(body::md5(bytes)));
        assert_eq!(md5(&Attributes::new()), None);
    }

    #[test]
    fn values_must_be_what_their_type_says() {
        for (data_type, value) in [("String", "x"), ("String.mine", "x"), ("Number", "-1.5e3"), ("Number.int", "7")] {
            assert!(check(&one("n", text(data_type, value))).is_ok(), "{data_type} {value}");
        }
        let refused =
            [("String", ""), ("Number", "seven"), ("Binary", "x"), ("Text", "x"), ("", "x"), ("String", "\0")];
        for (data_type, value) in refused {
            assert!(check(&one("n", text(data_type, value))).is_err(), "{data_type} {value}");
        }
    }

    #[test]
    fn names_are_as_aws_has_them() {
        for name in ["a", "a.b-c_9", "AWSx"] {
            assert!(check(&one(name, text("String", "x"))).is_ok(), "{name}");
        }
        for name in ["", ".a", "a.", "a..b", "a b", "AWS.x", "amazon.x", &"n".repeat(257)] {
            assert!(check(&one(name, text("String", "x"))).is_err(), "{name}");
        }
        let eleven = (0..11).map(|n| (format!("n{n}"), text("String", "x"))).collect();
        assert!(check(&eleven).is_err());
    }

    #[test]
    fn receivers_get_what_they_asked_for() {
        let all: Attributes =
            ["a", "foo", "foo.bar", "foobar"].map(|name| (name.to_owned(), text("String", "x"))).into();
        let names = |wanted: &[&str]| -> Vec<String> {
            let wanted: Vec<String> = wanted.iter().map(|&want| want.to_owned()).collect();
            select(&all, &wanted).into_keys().collect()
        };
        assert_eq!(names(&["All"]).len(), 4);
        assert_eq!(names(&[".*"]).len(), 4);
        assert_eq!(names(&["foo.*"]), ["foo.bar"]);
        assert_eq!(names(&["foo", "zzz"]), ["foo"]);
        assert!(names(&[]).is_empty());
    }
}
