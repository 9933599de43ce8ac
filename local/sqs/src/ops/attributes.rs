//! `GetQueueAttributes`, `SetQueueAttributes`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Error, Sqs,
    ops::{create::check_dead_letter, nothing, queue_of},
    service::Call,
    settings,
    table::{
        message::{self, Counts},
        queue::{self, Queue},
    },
};

/// What a queue knows of itself, beside its settings.
const FACTS: [&str; 6] = [
    "QueueArn",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Get {
    #[serde(default)]
    queue_url: String,
    #[serde(default)]
    attribute_names: Option<Vec<String>>,
}

/// Answers `GetQueueAttributes`.
pub(crate) fn get(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    let input: Get = call.input()?;
    let wanted = input.attribute_names.unwrap_or_default();
    let names = names(&wanted)?;
    let name = queue_of(&input.queue_url)?;
    let (queue, counts) = sqs.config.store.write(|transaction| {
        let queue = queue::get(transaction, name)?;
        super::receive::expire(sqs, transaction, &queue)?;
        let counts = message::count(transaction, queue.id, sqs.now_ms())?;
        Ok::<_, Error>((queue, counts))
    })?;
    let attributes: BTreeMap<&str, String> =
        names.into_iter().filter_map(|name| Some((name, value(sqs, &queue, &counts, name)?))).collect();
    Ok(json!({ "Attributes": attributes }))
}

/// The attributes that were asked for.
fn names(wanted: &[String]) -> Result<Vec<&str>, Error> {
    let mut names = Vec::new();
    for name in wanted.iter().map(String::as_str) {
        match name {
            "All" => names.extend(FACTS.into_iter().chain(settings::NAMES)),
            _ if FACTS.contains(&name) || settings::NAMES.contains(&name) => names.push(name),
            _ => return Err(settings::unknown(name)),
        }
    }
    Ok(names)
}

fn value(sqs: &Sqs, queue: &Queue, counts: &Counts, name: &str) -> Option<String> {
    let fact = match name {
        "QueueArn" => return Some(sqs.arn(&queue.name)),
        "CreatedTimestamp" => queue.created_ms / 1_000,
        "LastModifiedTimestamp" => queue.modified_ms / 1_000,
        "ApproximateNumberOfMessages" => counts.visible,
        "ApproximateNumberOfMessagesNotVisible" => counts.in_flight,
        "ApproximateNumberOfMessagesDelayed" => counts.delayed,
        _ => return queue.settings.get(name),
    };
    Some(fact.to_string())
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Set {
    #[serde(default)]
    queue_url: String,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

/// Answers `SetQueueAttributes`.
pub(crate) fn set(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    let input: Set = call.input()?;
    change(sqs, queue_of(&input.queue_url)?, &input.attributes)?;
    Ok(nothing())
}

/// Gives a queue these attributes, beside those it has.
pub(crate) fn change(sqs: &Sqs, name: &str, attributes: &BTreeMap<String, String>) -> Result<(), Error> {
    sqs.config.store.write(|transaction| {
        let queue = queue::get(transaction, name)?;
        let settings = queue.settings.with(attributes)?;
        check_dead_letter(transaction, &settings)?;
        queue::set(transaction, queue.id, &settings, sqs.now_ms())
    })?;
    // The next receive may find more, or fewer.
    sqs.wakes.wake(name);
    Ok(())
}
