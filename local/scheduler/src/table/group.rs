//! The rows of schedule groups.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::json;
use crate::Error;

/// The group that is always there.
pub(crate) const DEFAULT: &str = "default";

/// The tags of a group.
pub(crate) type Tags = BTreeMap<String, String>;

/// A group.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) tags: Tags,
    pub(crate) client_token: Option<String>,
    pub(crate) created_ms: u64,
    pub(crate) modified_ms: u64,
}

const COLUMNS: &str = "name, tags, client_token, created_ms, modified_ms";

impl Group {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            name: row.get(0)?,
            tags: json(row, 1)?,
            client_token: row.get(2)?,
            created_ms: row.get(3)?,
            modified_ms: row.get(4)?,
        })
    }
}

/// The group of this name, if there is one.
pub(crate) fn find(connection: &Connection, name: &str) -> rusqlite::Result<Option<Group>> {
    let sql = format!("SELECT {COLUMNS} FROM scheduler_group WHERE name = ?1");
    connection.prepare_cached(&sql)?.query_row([name], Group::read).optional()
}

/// The group of this name.
///
/// # Errors
/// `ResourceNotFoundException` if there is none.
pub(crate) fn get(connection: &Connection, name: &str) -> Result<Group, Error> {
    let missing = || Error::NotFound(format!("Schedule group {name} does not exist."));
    find(connection, name)?.ok_or_else(missing)
}

/// Up to `limit` groups whose names begin with `prefix` and come after `after`, in the order of their names.
pub(crate) fn list(connection: &Connection, prefix: &str, after: &str, limit: u32) -> rusqlite::Result<Vec<Group>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM scheduler_group WHERE substr(name, 1, length(?1)) = ?1 AND name > ?2
         ORDER BY name LIMIT ?3"
    );
    connection.prepare_cached(&sql)?.query_map(params![prefix, after, limit], Group::read)?.collect()
}

/// Writes a new group.
pub(crate) fn insert(
    connection: &Connection,
    name: &str,
    tags: &Tags,
    client_token: Option<&str>,
    now_ms: u64,
) -> Result<(), Error> {
    connection.execute(
        "INSERT INTO scheduler_group (name, tags, client_token, created_ms, modified_ms) VALUES (?1, ?2, ?3, ?4, ?4)",
        params![name, serde_json::to_string(tags)?, client_token, now_ms],
    )?;
    Ok(())
}

/// Writes a group's tags.
pub(crate) fn set_tags(connection: &Connection, name: &str, tags: &Tags, now_ms: u64) -> Result<(), Error> {
    connection.execute(
        "UPDATE scheduler_group SET tags = ?2, modified_ms = ?3 WHERE name = ?1",
        params![name, serde_json::to_string(tags)?, now_ms],
    )?;
    Ok(())
}

/// Removes a group with all its schedules.
pub(crate) fn delete(connection: &Connection, name: &str) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM scheduler_schedule WHERE group_name = ?1", [name])?;
    connection.execute("DELETE FROM scheduler_group WHERE name = ?1", [name])?;
    Ok(())
}
