//! `SendMessage`, `SendMessageBatch`.

use std::collections::BTreeMap;

use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    AttributeValue, Attributes, Code, Error, MessageId, Sqs, attribute, body,
    ops::{
        batch::{self, Entry},
        queue_of,
    },
    service::Call,
    sqs::millis,
    table::{
        message::{self, New},
        queue::{self, Queue},
    },
};

/// A message to send: the request, or an entry of a batch.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Draft {
    #[serde(default)]
    id: String,
    #[serde(default)]
    message_body: String,
    delay_seconds: Option<i64>,
    #[serde(default)]
    message_attributes: Option<Attributes>,
    #[serde(default)]
    message_system_attributes: Option<BTreeMap<String, AttributeValue>>,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

impl Entry for Draft {
    fn id(&self) -> &str {
        &self.id
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct One {
    #[serde(default)]
    queue_url: String,
    #[serde(flatten)]
    draft: Draft,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Many {
    #[serde(default)]
    queue_url: String,
    #[serde(default)]
    entries: Vec<Draft>,
}

/// Answers `SendMessage`.
pub(crate) fn message(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    let input: One = call.input()?;
    let name = queue_of(&input.queue_url)?;
    let sent = sqs.config.store.write(|transaction| {
        let queue = queue::get(transaction, name)?;
        send(sqs, transaction, &queue, &input.draft)
    })?;
    sqs.wakes.wake(name);
    Ok(sent)
}

/// Answers `SendMessageBatch`.
pub(crate) fn batch(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    let input: Many = call.input()?;
    let name = queue_of(&input.queue_url)?;
    let sent = sqs.config.store.write(|transaction| {
        let queue = queue::get(transaction, name)?;
        batch::check(&input.entries)?;
        check_total(&input.entries)?;
        batch::each(&input.entries, |draft| send(sqs, transaction, &queue, draft))
    })?;
    sqs.wakes.wake(name);
    Ok(sent)
}

fn check_total(drafts: &[Draft]) -> Result<(), Error> {
    // An attribute that is not legal fails its own entry later.
    let bytes = |draft: &Draft| {
        let attributes = draft.message_attributes.as_ref().map_or(Ok(0), attribute::check);
        draft.message_body.len() + attributes.unwrap_or(0)
    };
    let total: usize = drafts.iter().map(bytes).sum();
    if total <= body::MAX_BYTES {
        return Ok(());
    }
    let most = body::MAX_BYTES;
    let message = format!("Batch requests cannot be longer than {most} bytes. You have sent {total} bytes.");
    Err(Error::caller(Code::BatchRequestTooLong, message))
}

fn send(sqs: &Sqs, transaction: &Transaction<'_>, queue: &Queue, draft: &Draft) -> Result<Value, Error> {
    let none = Attributes::new();
    let attributes = draft.message_attributes.as_ref().unwrap_or(&none);
    check(queue, draft, attributes)?;
    let trace_header = trace_header(draft)?;
    let delay_s = delay_s(draft)?.unwrap_or(queue.settings.delay_s);
    let (id, now_ms) = (MessageId::new(sqs.config.ids.uuid()), sqs.now_ms());
    let new = New {
        id: &id,
        body: &draft.message_body,
        attributes,
        trace_header,
        group_id: draft.message_group_id.as_deref(),
        sent_ms: now_ms,
        visible_ms: now_ms + millis(delay_s),
    };
    message::insert(transaction, queue.id, &new)?;
    let mut sent = json!({ "MessageId": id.as_str(), "MD5OfMessageBody": body::md5(draft.message_body.as_bytes()) });
    let digests = [
        ("MD5OfMessageAttributes", attribute::md5(attributes)),
        ("MD5OfMessageSystemAttributes", draft.message_system_attributes.as_ref().and_then(attribute::md5)),
    ];
    if let Some(sent) = sent.as_object_mut() {
        sent.extend(digests.into_iter().filter_map(|(name, md5)| Some((name.to_owned(), md5?.into()))));
    }
    Ok(sent)
}

fn check(queue: &Queue, draft: &Draft, attributes: &Attributes) -> Result<(), Error> {
    body::check(&draft.message_body)?;
    let bytes = draft.message_body.len() + attribute::check(attributes)?;
    let most = queue.settings.max_bytes;
    if u64::try_from(bytes).unwrap_or(u64::MAX) > u64::from(most) {
        let message = format!("One or more parameters are invalid. Reason: Message must be shorter than {most} bytes.");
        return Err(Error::caller(Code::InvalidParameterValue, message));
    }
    if let Some(id) = &draft.message_deduplication_id {
        let reason = "The request include parameter that is not valid for this queue type";
        return Err(Error::value(id, "MessageDeduplicationId", reason));
    }
    let legal = |group: &String| (1..=128).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_graphic());
    match draft.message_group_id.as_ref().filter(|group| !legal(group)) {
        None => Ok(()),
        Some(group) => Err(Error::value(group, "MessageGroupId", "It has 1 to 128 letters, digits and punctuation.")),
    }
}

fn delay_s(draft: &Draft) -> Result<Option<u32>, Error> {
    let Some(delay) = draft.delay_seconds else { return Ok(None) };
    match u32::try_from(delay).ok().filter(|delay| *delay <= 900) {
        Some(delay) => Ok(Some(delay)),
        None => Err(Error::value(delay, "DelaySeconds", "DelaySeconds must be >= 0 and <= 900.")),
    }
}

/// The one attribute that a sender may set beside its own: `AWSTraceHeader`.
fn trace_header(draft: &Draft) -> Result<Option<&str>, Error> {
    let Some(attributes) = &draft.message_system_attributes else { return Ok(None) };
    if let Some(name) = attributes.keys().find(|name| *name != "AWSTraceHeader") {
        let message = format!("Message system attribute name '{name}' is invalid. AWSTraceHeader is the only one.");
        return Err(Error::caller(Code::InvalidParameterValue, message));
    }
    let Some(header) = attributes.get("AWSTraceHeader") else { return Ok(None) };
    match (header.data_type.as_str(), header.string_value.as_deref()) {
        ("String", Some(text)) if !text.is_empty() => Ok(Some(text)),
        _ => Err(Error::caller(Code::InvalidParameterValue, "AWSTraceHeader must be a String that is not empty.")),
    }
}
