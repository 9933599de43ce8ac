//! The rows of messages.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{Attributes, Message, MessageId, receipt::Receipt};

/// A message to be sent.
pub(crate) struct New<'a> {
    pub(crate) id: &'a MessageId,
    pub(crate) body: &'a str,
    pub(crate) attributes: &'a Attributes,
    pub(crate) trace_header: Option<&'a str>,
    pub(crate) group_id: Option<&'a str>,
    pub(crate) sent_ms: u64,
    pub(crate) visible_ms: u64,
}

/// Writes a message into a queue.
pub(crate) fn insert(connection: &Connection, queue: i64, new: &New<'_>) -> rusqlite::Result<()> {
    let unwritable = |error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
    let attributes = match new.attributes.is_empty() {
        true => None,
        false => Some(serde_json::to_string(new.attributes).map_err(unwritable)?),
    };
    connection
        .prepare_cached(
            "INSERT INTO sqs_message
                 (queue, message_id, body, attributes, trace_header, group_id, sent_ms, visible_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            queue,
            new.id.as_str(),
            new.body,
            attributes,
            new.trace_header,
            new.group_id,
            new.sent_ms,
            new.visible_ms
        ])?;
    Ok(())
}

/// A message that may be received.
pub(crate) struct Ready {
    pub(crate) id: i64,
    /// How often it was received from this queue.
    pub(crate) queue_receives: u32,
}

/// Up to `limit` messages that are visible, the longest visible first.
pub(crate) fn ready(connection: &Connection, queue: i64, now_ms: u64, limit: u32) -> rusqlite::Result<Vec<Ready>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, queue_receives FROM sqs_message WHERE queue = ?1 AND visible_ms <= ?2
         ORDER BY visible_ms, id LIMIT ?3",
    )?;
    let read = |row: &Row<'_>| Ok(Ready { id: row.get(0)?, queue_receives: row.get(1)? });
    statement.query_map(params![queue, now_ms, limit], read)?.collect()
}

/// Takes a message: hides it until `visible_ms` under a new receipt.
pub(crate) fn take(
    connection: &Connection,
    receipt: &Receipt,
    now_ms: u64,
    visible_ms: u64,
) -> rusqlite::Result<Message> {
    let mut statement = connection.prepare_cached(
        "UPDATE sqs_message SET visible_ms = ?3, nonce = ?4, received_ms = ?2,
             first_received_ms = coalesce(first_received_ms, ?2),
             receive_count = receive_count + 1, queue_receives = queue_receives + 1
         WHERE id = ?1
         RETURNING message_id, body, attributes, trace_header, sent_ms, first_received_ms, receive_count,
             dead_letter_source, group_id",
    )?;
    let nonce = receipt.nonce.cast_signed();
    statement.query_row(params![receipt.message, now_ms, visible_ms, nonce], |row| {
        Ok(Message {
            id: MessageId::new(row.get(0)?),
            receipt_handle: receipt.handle(),
            body: row.get(1)?,
            attributes: attributes(row.get(2)?)?,
            trace_header: row.get(3)?,
            sent_ms: row.get(4)?,
            first_received_ms: row.get(5)?,
            receive_count: row.get(6)?,
            dead_letter_source: row.get(7)?,
            group_id: row.get(8)?,
        })
    })
}

fn attributes(text: Option<String>) -> rusqlite::Result<Attributes> {
    let broken = |error| rusqlite::Error::FromSqlConversionFailure(2, rusqlite::types::Type::Text, Box::new(error));
    text.map_or_else(|| Ok(Attributes::new()), |text| serde_json::from_str(&text).map_err(broken))
}

/// Moves a message to a dead-letter queue. Its age counts on, as AWS has it; it is visible at once.
pub(crate) fn transfer(
    connection: &Connection,
    message: i64,
    to: i64,
    dead_letter_source: &str,
    now_ms: u64,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE sqs_message SET queue = ?2, dead_letter_source = ?3, visible_ms = ?4, first_received_ms = NULL,
                 received_ms = NULL, queue_receives = 0, nonce = NULL
             WHERE id = ?1",
        )?
        .execute(params![message, to, dead_letter_source, now_ms])?;
    Ok(())
}

/// Removes the messages that were sent at `until_ms` or before.
pub(crate) fn expire(connection: &Connection, queue: i64, until_ms: u64) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("DELETE FROM sqs_message WHERE queue = ?1 AND sent_ms <= ?2")?
        .execute(params![queue, until_ms])
}

/// When the next message that is hidden becomes visible.
pub(crate) fn next_visible_ms(connection: &Connection, queue: i64, now_ms: u64) -> rusqlite::Result<Option<u64>> {
    connection
        .prepare_cached("SELECT min(visible_ms) FROM sqs_message WHERE queue = ?1 AND visible_ms > ?2")?
        .query_row(params![queue, now_ms], |row| row.get(0))
}

/// Deletes a message by its newest receipt. A receipt that is not the newest deletes nothing.
pub(crate) fn delete(connection: &Connection, receipt: &Receipt) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM sqs_message WHERE id = ?1 AND queue = ?2 AND nonce = ?3")?
        .execute(params![receipt.message, receipt.queue, receipt.nonce.cast_signed()])?;
    Ok(())
}

/// A taking of a message: since when, and until when it is hidden.
pub(crate) struct Taken {
    pub(crate) received_ms: u64,
    pub(crate) visible_ms: u64,
}

/// The taking of this receipt, if it is its message's newest.
pub(crate) fn taken(connection: &Connection, receipt: &Receipt) -> rusqlite::Result<Option<Taken>> {
    connection
        .prepare_cached("SELECT received_ms, visible_ms FROM sqs_message WHERE id = ?1 AND queue = ?2 AND nonce = ?3")?
        .query_row(params![receipt.message, receipt.queue, receipt.nonce.cast_signed()], |row| {
            Ok(Taken { received_ms: row.get(0)?, visible_ms: row.get(1)? })
        })
        .optional()
}

/// Hides a message until `visible_ms`.
pub(crate) fn hide(connection: &Connection, message: i64, visible_ms: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE sqs_message SET visible_ms = ?2 WHERE id = ?1")?
        .execute(params![message, visible_ms])?;
    Ok(())
}

/// Makes the messages of a queue visible that are in flight. Whoever received them did not fail at them: it is not counted
/// against `maxReceiveCount`.
pub(crate) fn release(connection: &Connection, queue: i64, now_ms: u64) -> rusqlite::Result<()> {
    let sql = "UPDATE sqs_message SET visible_ms = ?2, queue_receives = queue_receives - 1
               WHERE queue = ?1 AND visible_ms > ?2 AND queue_receives > 0";
    connection.execute(sql, params![queue, now_ms])?;
    Ok(())
}

/// How many messages a queue has.
pub(crate) struct Counts {
    pub(crate) visible: u64,
    /// Received, and not yet deleted or visible again.
    pub(crate) in_flight: u64,
    /// Sent with a delay that has not ended.
    pub(crate) delayed: u64,
}

/// Counts the messages of a queue.
pub(crate) fn count(connection: &Connection, queue: i64, now_ms: u64) -> rusqlite::Result<Counts> {
    let sql = "SELECT count(*) FILTER (WHERE visible_ms <= ?2),
                      count(*) FILTER (WHERE visible_ms > ?2 AND queue_receives > 0),
                      count(*) FILTER (WHERE visible_ms > ?2 AND queue_receives = 0)
               FROM sqs_message WHERE queue = ?1";
    connection.prepare_cached(sql)?.query_row(params![queue, now_ms], |row| {
        Ok(Counts { visible: row.get(0)?, in_flight: row.get(1)?, delayed: row.get(2)? })
    })
}
