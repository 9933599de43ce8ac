//! `TagQueue`, `UntagQueue`, `ListQueueTags`.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Error, Sqs,
    ops::{nothing, queue_of},
    service::Call,
    table::queue::{self, Tags},
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    queue_url: String,
    #[serde(default)]
    tags: Tags,
    #[serde(default)]
    tag_keys: Vec<String>,
}

/// Checks tags: at most 50, keys of 1–128 characters, values of at most 256.
pub(crate) fn check(tags: &Tags) -> Result<(), Error> {
    if tags.len() > 50 {
        return Err(Error::value(tags.len(), "Tags", "A queue has at most 50 tags."));
    }
    let legal = |key: &str, value: &str| (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256;
    match tags.iter().find(|(key, value)| !legal(key, value)) {
        None => Ok(()),
        Some((key, _)) => Err(Error::value(key, "Tags", "A key has 1 to 128 characters, a value at most 256.")),
    }
}

/// Answers `ListQueueTags`.
pub(crate) fn list(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    let input: Input = call.input()?;
    let name = queue_of(&input.queue_url)?;
    let queue = sqs.config.store.read(|connection| queue::get(connection, name))?;
    Ok(json!({ "Tags": queue.tags }))
}

/// Answers `TagQueue`.
pub(crate) fn tag(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    let input: Input = call.input()?;
    change(sqs, &input.queue_url, |tags| tags.extend(input.tags))
}

/// Answers `UntagQueue`.
pub(crate) fn untag(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    let input: Input = call.input()?;
    change(sqs, &input.queue_url, |tags| tags.retain(|key, _| !input.tag_keys.contains(key)))
}

fn change(sqs: &Sqs, url: &str, edit: impl FnOnce(&mut Tags)) -> Result<Value, Error> {
    let name = queue_of(url)?;
    sqs.config.store.write(|transaction| {
        let mut queue = queue::get(transaction, name)?;
        edit(&mut queue.tags);
        check(&queue.tags)?;
        queue::set_tags(transaction, queue.id, &queue.tags)
    })?;
    Ok(nothing())
}
