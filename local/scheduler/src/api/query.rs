//! The query of a request.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;

use crate::Error;

/// Text without its percent signs. What is not UTF-8 is replaced: no name here has it.
pub(super) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The parameters of a query, in order.
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Self(pairs.map(|(name, value)| (decode(name), decode(value))).collect())
    }

    /// The parameter of this name, if it is given and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next().filter(|value| !value.is_empty())
    }

    /// All parameters of this name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// How many results are asked for: 1–100.
    ///
    /// # Errors
    /// `ValidationException` if it is something else.
    pub(super) fn limit(&self) -> Result<u32, Error> {
        let Some(text) = self.get("MaxResults") else { return Ok(100) };
        let limit = text.parse().ok().filter(|limit| (1..=100).contains(limit));
        limit.ok_or_else(|| Error::validation(format!("MaxResults is from 1 to 100, not `{text}`.")))
    }

    /// After what the page begins: what [`token`] was made of.
    ///
    /// # Errors
    /// `ValidationException` if it is no such token.
    pub(super) fn after(&self) -> Result<String, Error> {
        let Some(token) = self.get("NextToken") else { return Ok(String::new()) };
        let text = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        text.ok_or_else(|| Error::validation("NextToken is not one that a list returned."))
    }
}

/// The token of the page after `last`.
pub(super) fn token(last: &str) -> String {
    URL_SAFE_NO_PAD.encode(last)
}

/// The page, and the token of the next one: `found` has one more than `limit`, if there are more.
pub(super) fn page<T>(mut found: Vec<T>, limit: u32, key: impl Fn(&T) -> String) -> (Vec<T>, Option<String>) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = found.len() > limit;
    found.truncate(limit);
    let token = found.last().filter(|_| more).map(|last| token(&key(last)));
    (found, token)
}
