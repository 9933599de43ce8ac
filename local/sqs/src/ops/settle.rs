//! What is done with a message that was received: `DeleteMessage`, `ChangeMessageVisibility`, and their batches.

use rusqlite::Transaction;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    Code, Error, Sqs,
    ops::{
        batch::{self, Entry},
        nothing, queue_of,
    },
    receipt::Receipt,
    service::Call,
    sqs::millis,
    table::{message, queue},
};

/// The longest that a message is hidden after it was received.
const MAX_VISIBILITY_S: u32 = 43_200;

/// A message in flight: the request, or an entry of a batch.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct InFlight {
    #[serde(default)]
    id: String,
    #[serde(default)]
    receipt_handle: String,
    visibility_timeout: Option<i64>,
}

impl Entry for InFlight {
    fn id(&self) -> &str {
        &self.id
    }
}

impl InFlight {
    fn receipt(&self, queue: i64) -> Result<Receipt, Error> {
        match self.receipt_handle.as_str() {
            "" => Err(Error::missing("ReceiptHandle")),
            handle => Receipt::parse(handle, queue),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct One {
    #[serde(default)]
    queue_url: String,
    #[serde(flatten)]
    message: InFlight,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Many {
    #[serde(default)]
    queue_url: String,
    #[serde(default)]
    entries: Vec<InFlight>,
}

/// Answers `DeleteMessage`. A receipt that is not the newest deletes nothing and is no error, as in AWS.
pub(crate) fn delete(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    one(sqs, call, |transaction, message, queue| {
        message::delete(transaction, &message.receipt(queue)?)?;
        Ok(nothing())
    })
}

/// Answers `DeleteMessageBatch`.
pub(crate) fn delete_batch(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    many(sqs, call, |transaction, message, queue| {
        message::delete(transaction, &message.receipt(queue)?)?;
        Ok(nothing())
    })
}

/// Answers `ChangeMessageVisibility`.
pub(crate) fn change(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    one(sqs, call, |transaction, message, queue| change_one(sqs, transaction, message, queue))
}

/// Answers `ChangeMessageVisibilityBatch`.
pub(crate) fn change_batch(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    many(sqs, call, |transaction, message, queue| change_one(sqs, transaction, message, queue))
}

/// Changes the visibility of a message, in process.
pub(crate) fn change_visibility(sqs: &Sqs, queue: &str, handle: &str, visibility_s: i64) -> Result<(), Error> {
    sqs.config.store.write(|transaction| {
        let receipt = Receipt::parse(handle, queue::get(transaction, queue)?.id)?;
        hide(sqs, transaction, &receipt, visibility_s)
    })?;
    sqs.wakes.wake(queue);
    Ok(())
}

type Perform<'a> = &'a dyn Fn(&Transaction<'_>, &InFlight, i64) -> Result<Value, Error>;

fn one(
    sqs: &Sqs,
    call: &Call,
    perform: impl Fn(&Transaction<'_>, &InFlight, i64) -> Result<Value, Error>,
) -> Result<Value, Error> {
    let input: One = call.input()?;
    within(sqs, &input.queue_url, &|transaction, queue| perform(transaction, &input.message, queue))
}

fn many(
    sqs: &Sqs,
    call: &Call,
    perform: impl Fn(&Transaction<'_>, &InFlight, i64) -> Result<Value, Error>,
) -> Result<Value, Error> {
    let input: Many = call.input()?;
    let perform: Perform<'_> = &perform;
    within(sqs, &input.queue_url, &|transaction, queue| {
        batch::check(&input.entries)?;
        batch::each(&input.entries, |message| perform(transaction, message, queue))
    })
}

fn within(sqs: &Sqs, url: &str, work: &dyn Fn(&Transaction<'_>, i64) -> Result<Value, Error>) -> Result<Value, Error> {
    let name = queue_of(url)?;
    let done = sqs.config.store.write(|transaction| {
        let queue = queue::get(transaction, name)?;
        work(transaction, queue.id)
    })?;
    // A message may have been released, or its time moved.
    sqs.wakes.wake(name);
    Ok(done)
}

fn change_one(sqs: &Sqs, transaction: &Transaction<'_>, message: &InFlight, queue: i64) -> Result<Value, Error> {
    let receipt = message.receipt(queue)?;
    let visibility_s = message.visibility_timeout.ok_or_else(|| Error::missing("VisibilityTimeout"))?;
    hide(sqs, transaction, &receipt, visibility_s)?;
    Ok(nothing())
}

fn hide(sqs: &Sqs, transaction: &Transaction<'_>, receipt: &Receipt, visibility_s: i64) -> Result<(), Error> {
    let refused = |reason: String| Error::value(visibility_s, "VisibilityTimeout", reason);
    let Some(visible_s) = u32::try_from(visibility_s).ok().filter(|seconds| *seconds <= MAX_VISIBILITY_S) else {
        return Err(refused(format!("Must be between 0 and {MAX_VISIBILITY_S}, if provided.")));
    };
    let now_ms = sqs.now_ms();
    let Some(taken) = message::taken(transaction, receipt)? else {
        let reason = "Message does not exist or is not available for visibility timeout change.";
        return Err(Error::value(receipt.handle(), "ReceiptHandle", reason));
    };
    if taken.visible_ms <= now_ms {
        let message = "The message is not in flight: its visibility timeout has ended.";
        return Err(Error::caller(Code::MessageNotInflight, message));
    }
    let visible_ms = now_ms + millis(visible_s);
    if visible_ms > taken.received_ms + millis(MAX_VISIBILITY_S) {
        let most = MAX_VISIBILITY_S;
        return Err(refused(format!("Total VisibilityTimeout for the message is beyond the limit [{most} seconds].")));
    }
    Ok(message::hide(transaction, receipt.message, visible_ms)?)
}
