//! The rows of message moves out of dead-letter queues.

use rusqlite::{Connection, Row, params};

/// A move that was done.
pub(crate) struct Move {
    pub(crate) handle: String,
    /// The ARN of the dead-letter queue.
    pub(crate) source: String,
    /// The ARN of the queue that the messages went to; `None`: each to where it came from.
    pub(crate) destination: Option<String>,
    /// The most messages a second that were asked for.
    pub(crate) pace: Option<u32>,
    pub(crate) moved: u64,
    pub(crate) started_ms: u64,
}

/// Writes a move.
pub(crate) fn insert(connection: &Connection, done: &Move) -> rusqlite::Result<()> {
    connection.execute(
        "INSERT INTO sqs_move (handle, source, destination, pace, moved, started_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![done.handle, done.source, done.destination, done.pace, done.moved, done.started_ms],
    )?;
    Ok(())
}

/// The newest moves out of a queue.
pub(crate) fn list(connection: &Connection, source: &str, limit: u32) -> rusqlite::Result<Vec<Move>> {
    let mut statement = connection.prepare_cached(
        "SELECT handle, source, destination, pace, moved, started_ms FROM sqs_move
         WHERE source = ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Move {
            handle: row.get(0)?,
            source: row.get(1)?,
            destination: row.get(2)?,
            pace: row.get(3)?,
            moved: row.get(4)?,
            started_ms: row.get(5)?,
        })
    };
    statement.query_map(params![source, limit], read)?.collect()
}

/// A message that can be moved: its row, and the ARN of the queue it came from.
pub(crate) type Movable = (i64, Option<String>);

/// The visible messages of a queue, oldest first.
pub(crate) fn movable(connection: &Connection, queue: i64, now_ms: u64) -> rusqlite::Result<Vec<Movable>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, dead_letter_source FROM sqs_message WHERE queue = ?1 AND visible_ms <= ?2 ORDER BY visible_ms, id",
    )?;
    statement.query_map(params![queue, now_ms], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Moves a message out of a dead-letter queue: it is as new, with a new id and age.
pub(crate) fn renew(connection: &Connection, message: i64, to: i64, id: &str, now_ms: u64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE sqs_message SET queue = ?2, message_id = ?3, dead_letter_source = NULL, sent_ms = ?4,
                 visible_ms = ?4, first_received_ms = NULL, received_ms = NULL, receive_count = 0,
                 queue_receives = 0, nonce = NULL
             WHERE id = ?1",
        )?
        .execute(params![message, to, id, now_ms])?;
    Ok(())
}
