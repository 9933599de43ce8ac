//! Reading and writing attributes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::table::Item;

/// An attribute that is missing or of the wrong type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("attribute {name} of {item}: {what}")]
pub struct Malformed {
    item: String,
    name: &'static str,
    what: &'static str,
}

impl Malformed {
    /// About an attribute of an item that is known by its key.
    pub(crate) fn of(item: impl Into<String>, name: &'static str, what: &'static str) -> Self {
        Self { item: item.into(), name, what }
    }
}

/// Reads the attributes of an item.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a>(pub &'a Item);

impl<'a> Reader<'a> {
    /// A text.
    pub fn text(self, name: &'static str) -> Result<&'a str, Malformed> {
        self.optional_text(name)?.ok_or_else(|| self.malformed(name, "is missing"))
    }

    /// A text that may be missing.
    pub fn optional_text(self, name: &'static str) -> Result<Option<&'a str>, Malformed> {
        match self.0.get(name) {
            None => Ok(None),
            Some(AttributeValue::S(text)) => Ok(Some(text)),
            Some(_) => Err(self.malformed(name, "is not a string")),
        }
    }

    /// A whole number.
    pub fn number<T: std::str::FromStr>(self, name: &'static str) -> Result<T, Malformed> {
        self.optional_number(name)?.ok_or_else(|| self.malformed(name, "is missing"))
    }

    /// A whole number that may be missing.
    pub fn optional_number<T: std::str::FromStr>(self, name: &'static str) -> Result<Option<T>, Malformed> {
        match self.0.get(name) {
            None => Ok(None),
            Some(AttributeValue::N(digits)) => {
                digits.parse().map(Some).map_err(|_| self.malformed(name, "is out of range"))
            }
            Some(_) => Err(self.malformed(name, "is not a number")),
        }
    }

    /// A set of numbers; empty if it is missing, as DynamoDB has no empty sets.
    pub fn numbers(self, name: &'static str) -> Result<Vec<u32>, Malformed> {
        match self.0.get(name) {
            None => Ok(Vec::new()),
            Some(AttributeValue::Ns(set)) => {
                set.iter().map(|digits| digits.parse().map_err(|_| self.malformed(name, "is out of range"))).collect()
            }
            Some(_) => Err(self.malformed(name, "is not a set of numbers")),
        }
    }

    /// A list of texts; empty if it is missing.
    pub fn texts(self, name: &'static str) -> Result<Vec<&'a str>, Malformed> {
        match self.0.get(name) {
            None => Ok(Vec::new()),
            Some(AttributeValue::L(list)) => list
                .iter()
                .map(|value| {
                    value
                        .as_s()
                        .map(String::as_str)
                        .map_err(|_| self.malformed(name, "holds something that is not a string"))
                })
                .collect(),
            Some(_) => Err(self.malformed(name, "is not a list")),
        }
    }

    /// An error about an attribute of this item.
    pub fn malformed(self, name: &'static str, what: &'static str) -> Malformed {
        let part = |name: &str| match self.0.get(name) {
            Some(AttributeValue::S(text)) => text.clone(),
            _ => "?".to_owned(),
        };
        Malformed { item: format!("{}/{}", part("PK"), part("SK")), name, what }
    }
}

/// Builds an item.
#[derive(Debug, Default)]
pub struct Writer(Item);

impl Writer {
    /// Begins with the attributes of `item`, its key for one.
    pub fn new(item: Item) -> Self {
        Self(item)
    }

    /// A text.
    #[must_use]
    pub fn text(self, name: &str, text: impl Into<String>) -> Self {
        self.value(name, AttributeValue::S(text.into()))
    }

    /// A text, if there is one.
    #[must_use]
    pub fn optional_text(self, name: &str, text: Option<impl Into<String>>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    /// A number.
    #[must_use]
    pub fn number(self, name: &str, number: impl std::fmt::Display) -> Self {
        self.value(name, AttributeValue::N(number.to_string()))
    }

    /// A number, if there is one.
    #[must_use]
    pub fn optional_number(self, name: &str, number: Option<impl std::fmt::Display>) -> Self {
        match number {
            Some(number) => self.number(name, number),
            None => self,
        }
    }

    /// A set of numbers, unless it is empty.
    #[must_use]
    pub fn numbers(self, name: &str, numbers: impl Iterator<Item = u32>) -> Self {
        let set: Vec<String> = numbers.map(|number| number.to_string()).collect();
        if set.is_empty() { self } else { self.value(name, AttributeValue::Ns(set)) }
    }

    /// A set of texts, unless it is empty.
    #[must_use]
    pub fn text_set(self, name: &str, texts: impl Iterator<Item = String>) -> Self {
        let set: Vec<String> = texts.collect();
        if set.is_empty() { self } else { self.value(name, AttributeValue::Ss(set)) }
    }

    /// A list of texts, unless it is empty.
    #[must_use]
    pub fn texts(self, name: &str, texts: impl Iterator<Item = String>) -> Self {
        let list: Vec<AttributeValue> = texts.map(AttributeValue::S).collect();
        if list.is_empty() { self } else { self.value(name, AttributeValue::L(list)) }
    }

    /// The item.
    pub fn item(self) -> HashMap<String, AttributeValue> {
        self.0
    }

    fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }
}
