//! Scalars, by YAML 1.2's core schema: `yes`, `no`, `on` and `off` are texts.

use serde_json::{Number, Value};

/// A scalar: its text, and whether it was written without quotes.
#[derive(Debug)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) plain: bool,
}

/// What a scalar is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Null,
    Boolean(bool),
    Integer(i64),
    Float(Number),
    Text,
}

impl Scalar {
    pub(crate) fn kind(&self) -> Kind {
        if !self.plain {
            return Kind::Text;
        }
        match self.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
            "true" | "True" | "TRUE" => Kind::Boolean(true),
            "false" | "False" | "FALSE" => Kind::Boolean(false),
            text => number(text),
        }
    }

    pub(crate) fn what(&self) -> &'static str {
        match self.kind() {
            Kind::Null => "nothing",
            Kind::Boolean(_) => "a boolean",
            Kind::Integer(_) => "an integer",
            Kind::Float(_) => "a number",
            Kind::Text => "a text",
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        match self.kind() {
            Kind::Null => Value::Null,
            Kind::Boolean(value) => Value::Bool(value),
            Kind::Integer(value) => Value::from(value),
            Kind::Float(value) => Value::Number(value),
            Kind::Text => Value::String(self.text.clone()),
        }
    }
}

/// A number, or else a text. A float must begin with a digit after its sign, so that `.inf` and `e5` stay texts.
fn number(text: &str) -> Kind {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let radix = |digits: &str, radix| {
        let digits = digits.strip_prefix(|c: char| c.is_ascii_hexdigit()).map(|_| digits)?;
        i64::from_str_radix(digits, radix).ok()
    };
    let prefixed = text
        .strip_prefix("0x")
        .and_then(|hex| radix(hex, 16))
        .or(text.strip_prefix("0o").and_then(|oct| radix(oct, 8)));
    if let Some(integer) = prefixed {
        return Kind::Integer(integer);
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        return Kind::Text;
    }
    if let Ok(integer) = text.parse() {
        return Kind::Integer(integer);
    }
    text.parse().ok().and_then(Number::from_f64).map_or(Kind::Text, Kind::Float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_what_yaml_1_2_says() {
        let kind = |text: &str| Scalar { text: text.to_owned(), plain: true }.kind();
        for text in
            ["yes", "on", "off", "No", ".inf", ".nan", "e5", "1 2", "0x", "0xg", "0x-1", "2h", "1.2.3", "-", "+-1"]
        {
            assert_eq!(kind(text), Kind::Text, "{text}");
        }
        assert_eq!(kind(""), Kind::Null);
        assert_eq!(kind("True"), Kind::Boolean(true));
        assert_eq!(kind("-12"), Kind::Integer(-12));
        assert_eq!(kind("0x1F"), Kind::Integer(31));
        assert_eq!(kind("0o17"), Kind::Integer(15));
        assert_eq!(kind("1.50"), Kind::Float(Number::from_f64(1.5).unwrap()));
        assert_eq!(Scalar { text: "12".to_owned(), plain: false }.kind(), Kind::Text);
    }
}
