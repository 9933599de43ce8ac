//! The rows of queues.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{Error, settings::Settings};

/// The tags of a queue.
pub(crate) type Tags = BTreeMap<String, String>;

/// A queue.
#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) settings: Settings,
    pub(crate) tags: Tags,
    pub(crate) created_ms: u64,
    pub(crate) modified_ms: u64,
    pub(crate) purged_ms: Option<u64>,
}

const COLUMNS: &str = "id, name, settings, tags, created_ms, modified_ms, purged_ms";

impl Queue {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            settings: json(row, 2)?,
            tags: json(row, 3)?,
            created_ms: row.get(4)?,
            modified_ms: row.get(5)?,
            purged_ms: row.get(6)?,
        })
    }
}

fn json<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    let broken =
        |error| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error));
    serde_json::from_str(&text).map_err(broken)
}

/// The queue of this name, if there is one.
pub(crate) fn find(connection: &Connection, name: &str) -> rusqlite::Result<Option<Queue>> {
    let sql = format!("SELECT {COLUMNS} FROM sqs_queue WHERE name = ?1");
    connection.prepare_cached(&sql)?.query_row([name], Queue::read).optional()
}

/// The queue of this name.
///
/// # Errors
/// `QueueDoesNotExist` if there is none.
pub(crate) fn get(connection: &Connection, name: &str) -> Result<Queue, Error> {
    find(connection, name)?.ok_or_else(Error::no_queue)
}

/// Up to `limit` queues whose names begin with `prefix` and come after `after`, in the order of their names.
pub(crate) fn list(connection: &Connection, prefix: &str, after: &str, limit: u32) -> rusqlite::Result<Vec<Queue>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sqs_queue WHERE substr(name, 1, length(?1)) = ?1 AND name > ?2 ORDER BY name LIMIT ?3"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_map(params![prefix, after, limit], Queue::read)?.collect()
}

/// The names of all queues, in order.
pub(crate) fn names(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    connection.prepare_cached("SELECT name FROM sqs_queue ORDER BY name")?.query_map([], |row| row.get(0))?.collect()
}

/// Writes a new queue.
pub(crate) fn insert(
    connection: &Connection,
    name: &str,
    settings: &Settings,
    tags: &Tags,
    now_ms: u64,
) -> Result<(), Error> {
    connection.execute(
        "INSERT INTO sqs_queue (name, settings, tags, created_ms, modified_ms) VALUES (?1, ?2, ?3, ?4, ?4)",
        params![name, serde_json::to_string(settings)?, serde_json::to_string(tags)?, now_ms],
    )?;
    Ok(())
}

/// Writes a queue's settings.
pub(crate) fn set(connection: &Connection, id: i64, settings: &Settings, now_ms: u64) -> Result<(), Error> {
    connection.execute(
        "UPDATE sqs_queue SET settings = ?2, modified_ms = ?3 WHERE id = ?1",
        params![id, serde_json::to_string(settings)?, now_ms],
    )?;
    Ok(())
}

/// Writes a queue's tags.
pub(crate) fn set_tags(connection: &Connection, id: i64, tags: &Tags) -> Result<(), Error> {
    connection.execute("UPDATE sqs_queue SET tags = ?2 WHERE id = ?1", params![id, serde_json::to_string(tags)?])?;
    Ok(())
}

/// Removes all messages of a queue, and remembers when.
pub(crate) fn purge(connection: &Connection, id: i64, now_ms: u64) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM sqs_message WHERE queue = ?1", [id])?;
    connection.execute("UPDATE sqs_queue SET purged_ms = ?2 WHERE id = ?1", params![id, now_ms])?;
    Ok(())
}

/// Removes a queue with all its messages.
pub(crate) fn delete(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM sqs_message WHERE queue = ?1", [id])?;
    connection.execute("DELETE FROM sqs_queue WHERE id = ?1", [id])?;
    Ok(())
}
