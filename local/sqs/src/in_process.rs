//! What the surface calls without HTTP.

use std::{collections::BTreeMap, time::Duration};

use rusqlite::Transaction;

use crate::{
    Attributes, Error, Message, MessageId, Sqs, name,
    ops::{attributes, create, receive, settle},
    receipt::Receipt,
    sqs::millis,
    table,
};

impl Sqs {
    /// Creates a queue, or finds it. `attributes` are those of `CreateQueue`, such as `VisibilityTimeout` and `RedrivePolicy`.
    /// Not yet flushed to disk.
    ///
    /// # Errors
    /// If the name or an attribute is not legal, or the queue is there with other attributes.
    pub fn create_queue(&self, name: &str, attributes: &BTreeMap<String, String>) -> Result<(), Error> {
        create::create(self, name, attributes, &BTreeMap::new())
    }

    /// The names of all queues, in order.
    ///
    /// # Errors
    /// If the store fails.
    pub fn queue_names(&self) -> Result<Vec<String>, Error> {
        Ok(self.config.store.read(table::queue::names)?)
    }

    /// Creates a queue, or gives the one that is there these attributes.
    ///
    /// # Errors
    /// If the name or an attribute is not legal.
    pub fn ensure_queue(&self, name: &str, wanted: &BTreeMap<String, String>) -> Result<(), Error> {
        if self.config.store.read(|connection| table::queue::find(connection, name))?.is_none() {
            return self.create_queue(name, wanted);
        }
        attributes::change(self, name, wanted)
    }

    /// The ARN of a queue of this name.
    pub fn arn(&self, queue: &str) -> String {
        name::arn(&self.config.region, queue)
    }

    /// Sends a message in a transaction of the caller: it is there if, and only if, the rest of the transaction is.
    /// `delay_s` is how many seconds it stays hidden at first, up to 900; more is 900. The body is taken as it is: the caller
    /// writes JSON, which SQS carries.
    ///
    /// # Errors
    /// `QueryReturnedNoRows` if there is no such queue; otherwise SQLite's.
    pub fn send_in(
        &self,
        transaction: &Transaction<'_>,
        queue: &str,
        body: &str,
        delay_s: u32,
    ) -> rusqlite::Result<MessageId> {
        let queue = table::queue::find(transaction, queue)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let (id, now_ms) = (MessageId::new(self.config.ids.uuid()), self.now_ms());
        let new = table::message::New {
            id: &id,
            body,
            attributes: &Attributes::new(),
            trace_header: None,
            group_id: None,
            sent_ms: now_ms,
            visible_ms: now_ms + millis(delay_s.min(900)),
        };
        table::message::insert(transaction, queue.id, &new)?;
        self.wakes.wake(&queue.name);
        Ok(id)
    }

    /// Receives up to `max` messages (any number, unlike the API), and waits up to `wait` for the first one. They are hidden
    /// from others for the queue's visibility timeout. Empty if none came.
    ///
    /// # Errors
    /// If there is no such queue, or the store fails.
    pub async fn receive(&self, queue: &str, max: u32, wait: Duration) -> Result<Vec<Message>, Error> {
        receive::wait(self, queue, &receive::Ask { max, visibility_s: None, wait: Some(wait) }).await
    }

    /// Deletes messages by their receipt handles, in one transaction. A handle that is not its message's newest deletes nothing.
    ///
    /// # Errors
    /// If there is no such queue, or a handle is none of its: then none is deleted.
    pub fn delete(&self, queue: &str, handles: &[&str]) -> Result<(), Error> {
        self.config.store.write(|transaction| {
            let id = table::queue::get(transaction, queue)?.id;
            for handle in handles {
                table::message::delete(transaction, &Receipt::parse(handle, id)?)?;
            }
            Ok(())
        })
    }

    /// Makes every message that is in flight visible again: for a server that starts, if whoever received them is gone. Their
    /// receipts still delete them, until they are received again, and the receive counts for nothing: a server that is killed
    /// again and again brings no message into the dead-letter queue.
    ///
    /// # Errors
    /// If there is no such queue, or the store fails.
    pub fn release(&self, queue: &str) -> Result<(), Error> {
        self.config.store.write(|transaction| {
            let id = table::queue::get(transaction, queue)?.id;
            Ok::<_, Error>(table::message::release(transaction, id, self.now_ms())?)
        })?;
        self.wakes.wake(queue);
        Ok(())
    }

    /// Hides a message for `visibility_s` seconds from now, up to 43,200; 0 gives it to the next receiver.
    ///
    /// # Errors
    /// If there is no such queue, or the handle is not of a message in flight.
    pub fn change_visibility(&self, queue: &str, handle: &str, visibility_s: u32) -> Result<(), Error> {
        settle::change_visibility(self, queue, handle, i64::from(visibility_s))
    }
}
