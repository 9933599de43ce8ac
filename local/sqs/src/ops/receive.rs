//! `ReceiveMessage`: taking messages, and waiting for them.

use std::{pin::pin, time::Duration};

use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    Error, Message, Sqs, attribute, body,
    ops::queue_of,
    receipt::Receipt,
    service::Call,
    sqs::millis,
    table::{
        message::{self, Ready},
        queue::{self, Queue},
    },
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Input {
    #[serde(default)]
    queue_url: String,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    #[serde(default)]
    message_attribute_names: Option<Vec<String>>,
    #[serde(default)]
    message_system_attribute_names: Option<Vec<String>>,
    /// The older name of the field above.
    #[serde(default)]
    attribute_names: Option<Vec<String>>,
}

/// What a receiver asks for. What it leaves out is the queue's.
pub(crate) struct Ask {
    /// The most messages.
    pub(crate) max: u32,
    /// How long they are hidden.
    pub(crate) visibility_s: Option<u32>,
    /// How long it waits for the first one.
    pub(crate) wait: Option<Duration>,
}

/// Answers `ReceiveMessage`.
pub(crate) async fn receive(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    let input: Input = call.input()?;
    let name = queue_of(&input.queue_url)?;
    let max = bounded(input.max_number_of_messages, "MaxNumberOfMessages", 1, 10)?.unwrap_or(1);
    let visibility_s = bounded(input.visibility_timeout, "VisibilityTimeout", 0, 43_200)?;
    let wait_s = bounded(input.wait_time_seconds, "WaitTimeSeconds", 0, 20)?;
    let wait_for = wait_s.map(|wait_s| Duration::from_secs(wait_s.into()));
    let messages = wait(sqs, name, &Ask { max, visibility_s, wait: wait_for }).await?;
    if messages.is_empty() {
        return Ok(json!({}));
    }
    let own = input.message_attribute_names.unwrap_or_default();
    let mut system = input.message_system_attribute_names.unwrap_or_default();
    system.extend(input.attribute_names.unwrap_or_default());
    let shown: Vec<Value> = messages.iter().map(|message| show(message, &own, &system)).collect();
    Ok(json!({ "Messages": shown }))
}

fn bounded(value: Option<i64>, parameter: &str, least: u32, most: u32) -> Result<Option<u32>, Error> {
    let Some(value) = value else { return Ok(None) };
    match u32::try_from(value).ok().filter(|number| (least..=most).contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err(Error::value(value, parameter, format!("Must be between {least} and {most}, if provided."))),
    }
}

/// A message with the attributes that its receiver asked for. Their digest is over those.
fn show(message: &Message, own: &[String], system: &[String]) -> Value {
    let mut shown = Map::from_iter([
        ("MessageId".to_owned(), message.id.as_str().into()),
        ("ReceiptHandle".to_owned(), message.receipt_handle.clone().into()),
        ("MD5OfBody".to_owned(), body::md5(message.body.as_bytes()).into()),
        ("Body".to_owned(), message.body.clone().into()),
    ]);
    let wanted = |name: &str| system.iter().any(|want| want == "All" || want == name);
    let given: Map<String, Value> = message
        .system_attributes()
        .into_iter()
        .filter(|(name, _)| wanted(name))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    if !given.is_empty() {
        shown.insert("Attributes".to_owned(), given.into());
    }
    let attributes = attribute::select(&message.attributes, own);
    if let Some(md5) = attribute::md5(&attributes) {
        shown.insert("MD5OfMessageAttributes".to_owned(), md5.into());
        shown.insert("MessageAttributes".to_owned(), json!(attributes));
    }
    shown.into()
}

/// Takes what is there, or waits for it.
pub(crate) async fn wait(sqs: &Sqs, name: &str, ask: &Ask) -> Result<Vec<Message>, Error> {
    let start = Instant::now();
    let wake = sqs.wakes.of(name);
    loop {
        // Registered before the look: what is sent after the look wakes.
        let mut woken = pin!(wake.notified());
        woken.as_mut().enable();
        let found = look(sqs, name, ask)?;
        let left = found.wait.saturating_sub(start.elapsed());
        if !found.messages.is_empty() || left.is_zero() {
            return Ok(found.messages);
        }
        let pause = found.next.map_or(left, |next| next.min(left));
        tokio::select! {
            biased;
            () = woken => {}
            () = sleep(pause) => {}
        }
    }
}

/// What one look found.
struct Found {
    messages: Vec<Message>,
    /// How long the receiver waits in all.
    wait: Duration,
    /// How long until the next hidden message becomes visible.
    next: Option<Duration>,
}

fn look(sqs: &Sqs, name: &str, ask: &Ask) -> Result<Found, Error> {
    sqs.config.store.write(|transaction| {
        let queue = queue::get(transaction, name)?;
        expire(sqs, transaction, &queue)?;
        let now_ms = sqs.now_ms();
        let messages = take(sqs, transaction, &queue, ask, now_ms)?;
        let next_ms = match messages.is_empty() {
            true => message::next_visible_ms(transaction, queue.id, now_ms)?,
            false => None,
        };
        let wait = ask.wait.unwrap_or(Duration::from_secs(queue.settings.wait_s.into()));
        let next = next_ms.map(|next_ms| Duration::from_millis(next_ms.saturating_sub(now_ms)));
        Ok(Found { messages, wait, next })
    })
}

/// Removes what is older than the queue keeps.
pub(crate) fn expire(sqs: &Sqs, transaction: &Transaction<'_>, queue: &Queue) -> Result<(), Error> {
    if let Some(until_ms) = sqs.now_ms().checked_sub(millis(queue.settings.retention_s)) {
        message::expire(transaction, queue.id, until_ms)?;
    }
    Ok(())
}

/// Takes up to `ask.max` messages, after those in front that were received too often went to the dead-letter queue: each round
/// moves at least one of them or is the last.
fn take(
    sqs: &Sqs,
    transaction: &Transaction<'_>,
    queue: &Queue,
    ask: &Ask,
    now_ms: u64,
) -> Result<Vec<Message>, Error> {
    let dead = DeadLetters::of(transaction, queue)?;
    loop {
        let ready = message::ready(transaction, queue.id, now_ms, ask.max)?;
        let Some(dead) = dead.as_ref().filter(|dead| ready.iter().any(|ready| dead.takes(ready))) else {
            return take_all(sqs, transaction, queue, ask, now_ms, &ready);
        };
        for poison in ready.iter().filter(|ready| dead.takes(ready)) {
            message::transfer(transaction, poison.id, dead.queue.id, &sqs.arn(&queue.name), now_ms)?;
        }
        sqs.wakes.wake(&dead.queue.name);
    }
}

fn take_all(
    sqs: &Sqs,
    transaction: &Transaction<'_>,
    queue: &Queue,
    ask: &Ask,
    now_ms: u64,
    ready: &[Ready],
) -> Result<Vec<Message>, Error> {
    let visible_ms = now_ms + millis(ask.visibility_s.unwrap_or(queue.settings.visibility_s));
    let take_one = |ready: &Ready| {
        let receipt = Receipt { queue: queue.id, message: ready.id, nonce: sqs.config.ids.u64() };
        Ok(message::take(transaction, &receipt, now_ms, visible_ms)?)
    };
    ready.iter().map(take_one).collect()
}

/// Where messages go that were received too often.
struct DeadLetters {
    queue: Queue,
    /// How many receives are enough.
    after: u32,
}

impl DeadLetters {
    /// `None` if there is no redrive policy, or its queue is gone: then messages stay, as in AWS.
    fn of(transaction: &Transaction<'_>, queue: &Queue) -> Result<Option<Self>, Error> {
        let Some((name, after)) = queue.settings.dead_letter() else { return Ok(None) };
        Ok(queue::find(transaction, name)?.map(|queue| Self { queue, after }))
    }

    fn takes(&self, ready: &Ready) -> bool {
        ready.queue_receives >= self.after
    }
}
