//! The operations of the API: each decodes its request, validates it as AWS does, and answers.

pub(crate) mod attributes;
pub(crate) mod batch;
pub(crate) mod create;
pub(crate) mod moves;
pub(crate) mod queues;
pub(crate) mod receive;
pub(crate) mod send;
pub(crate) mod settle;
pub(crate) mod tags;

use serde_json::{Value, json};

use crate::{Error, name};

/// The answer of operations that return nothing.
pub(crate) fn nothing() -> Value {
    json!({})
}

/// The queue that a request names.
///
/// # Errors
/// `MissingParameter` if it names none.
pub(crate) fn queue_of(url: &str) -> Result<&str, Error> {
    match name::of_url(url) {
        "" => Err(Error::missing("QueueUrl")),
        name => Ok(name),
    }
}
