//! `StartMessageMoveTask`, `ListMessageMoveTasks`: moving messages out of a dead-letter queue.
//!
//! A move is done at once, in one transaction, so there is never one to cancel.

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Code, Error, Sqs, name,
    service::Call,
    table::{
        moves::{self, Move},
        queue::{self, Queue},
    },
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Start {
    #[serde(default)]
    source_arn: String,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<u32>,
}

/// Answers `StartMessageMoveTask`.
pub(crate) fn start(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    let input: Start = call.input()?;
    let pace = input.max_number_of_messages_per_second;
    if let Some(pace) = pace.filter(|pace| !(1..=500).contains(pace)) {
        return Err(Error::value(pace, "MaxNumberOfMessagesPerSecond", "Must be between 1 and 500, if provided."));
    }
    let handle = URL_SAFE_NO_PAD.encode(sqs.config.ids.hex());
    let woken = sqs.config.store.write(|transaction| {
        let source = of_arn(transaction, &input.source_arn)?;
        check_dead_letter_queue(transaction, &source)?;
        let destination = input.destination_arn.as_deref().map(|arn| of_arn(transaction, arn)).transpose()?;
        let (moved, woken) = all(sqs, transaction, &source, destination.as_ref())?;
        let done = Move {
            handle: handle.clone(),
            source: sqs.arn(&source.name),
            destination: input.destination_arn.clone(),
            pace,
            moved,
            started_ms: sqs.now_ms(),
        };
        moves::insert(transaction, &done)?;
        Ok::<_, Error>(woken)
    })?;
    woken.iter().for_each(|name| sqs.wakes.wake(name));
    Ok(json!({ "TaskHandle": handle }))
}

/// Moves all visible messages: to `destination`, or each to where it came from. One that came from nowhere stays.
fn all(
    sqs: &Sqs,
    transaction: &Transaction<'_>,
    source: &Queue,
    destination: Option<&Queue>,
) -> Result<(u64, BTreeSet<String>), Error> {
    let (mut moved, mut woken) = (0, BTreeSet::new());
    for (message, came_from) in moves::movable(transaction, source.id, sqs.now_ms())? {
        let origin = match came_from.as_deref().and_then(name::of_arn) {
            Some(name) if destination.is_none() => queue::find(transaction, name)?,
            _ => None,
        };
        let Some(to) = destination.or(origin.as_ref()) else { continue };
        moves::renew(transaction, message, to.id, &sqs.config.ids.uuid(), sqs.now_ms())?;
        woken.insert(to.name.clone());
        moved += 1;
    }
    Ok((moved, woken))
}

fn of_arn(transaction: &Transaction<'_>, arn: &str) -> Result<Queue, Error> {
    let found = match name::of_arn(arn) {
        Some(name) => queue::find(transaction, name)?,
        None => None,
    };
    let message = "The resource that you specified for the SourceArn or DestinationArn parameter doesn't exist.";
    found.ok_or_else(|| Error::caller(Code::ResourceNotFound, message))
}

fn check_dead_letter_queue(transaction: &Transaction<'_>, source: &Queue) -> Result<(), Error> {
    let queues = queue::list(transaction, "", "", u32::MAX)?;
    let feeds = |queue: &Queue| queue.settings.dead_letter().is_some_and(|(name, _)| name == source.name);
    if queues.iter().any(feeds) {
        return Ok(());
    }
    Err(Error::value(&source.name, "SourceArn", "Source queue must be configured as a Dead Letter Queue."))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    #[serde(default)]
    source_arn: String,
    max_results: Option<u32>,
}

/// Answers `ListMessageMoveTasks`.
pub(crate) fn list(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    let input: List = call.input()?;
    let limit = input.max_results.unwrap_or(1);
    if !(1..=10).contains(&limit) {
        return Err(Error::value(limit, "MaxResults", "Must be between 1 and 10, if provided."));
    }
    let done = sqs.config.store.read(|connection| moves::list(connection, &input.source_arn, limit))?;
    let results: Vec<Value> = done.iter().map(show).collect();
    Ok(json!({ "Results": results }))
}

fn show(done: &Move) -> Value {
    json!({
        "Status": "COMPLETED",
        "SourceArn": done.source,
        "DestinationArn": done.destination,
        "MaxNumberOfMessagesPerSecond": done.pace,
        "ApproximateNumberOfMessagesMoved": done.moved,
        "ApproximateNumberOfMessagesToMove": done.moved,
        "StartedTimestamp": done.started_ms,
        "TaskHandle": done.handle,
    })
}
