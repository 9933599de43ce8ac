//! `CreateQueue`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Code, Error, Sqs, name,
    ops::tags,
    service::Call,
    settings::{self, Settings},
    table::queue::{self, Tags},
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    queue_name: String,
    #[serde(default)]
    attributes: Option<BTreeMap<String, String>>,
    #[serde(default, rename = "tags")]
    tags: Option<Tags>,
}

/// Answers `CreateQueue`.
pub(crate) fn queue(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    let input: Input = call.input()?;
    create(sqs, &input.queue_name, &input.attributes.unwrap_or_default(), &input.tags.unwrap_or_default())?;
    Ok(json!({ "QueueUrl": name::url(&call.endpoint, &input.queue_name) }))
}

/// Creates a queue. One that is there with the same attributes is as good as new.
pub(crate) fn create(sqs: &Sqs, name: &str, attributes: &BTreeMap<String, String>, tags: &Tags) -> Result<(), Error> {
    name::check(name)?;
    tags::check(tags)?;
    let settings = Settings::default().with(attributes)?;
    sqs.config.store.write(|transaction| {
        if let Some(there) = queue::find(transaction, name)? {
            return same(&there.settings, &settings, attributes);
        }
        check_dead_letter(transaction, &settings)?;
        queue::insert(transaction, name, &settings, tags, sqs.now_ms())
    })?;
    // Someone may wait for a queue of this name that was deleted.
    sqs.wakes.wake(name);
    Ok(())
}

/// Only the attributes that are given are compared, as AWS does.
fn same(there: &Settings, asked: &Settings, attributes: &BTreeMap<String, String>) -> Result<(), Error> {
    match attributes.keys().find(|name| there.get(name) != asked.get(name)) {
        None => Ok(()),
        Some(name) => {
            let message =
                format!("A queue already exists with the same name and a different value for attribute {name}");
            Err(Error::caller(Code::QueueNameExists, message))
        }
    }
}

/// A dead-letter queue must be there when it is named.
pub(crate) fn check_dead_letter(connection: &rusqlite::Connection, settings: &Settings) -> Result<(), Error> {
    let Some((name, _)) = settings.dead_letter() else { return Ok(()) };
    if queue::find(connection, name)?.is_some() {
        return Ok(());
    }
    let policy = settings.get(settings::REDRIVE_POLICY).unwrap_or_default();
    Err(Error::value(policy, settings::REDRIVE_POLICY, "Dead letter target does not exist."))
}
