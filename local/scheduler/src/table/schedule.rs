//! The rows of schedules.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::json;
use crate::{Error, definition::Definition};

/// A schedule.
pub(crate) struct Schedule {
    pub(crate) id: i64,
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) definition: Definition,
    pub(crate) client_token: Option<String>,
    pub(crate) created_ms: u64,
    pub(crate) modified_ms: u64,
    pub(crate) next: Option<Next>,
}

/// When a schedule fires next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Next {
    /// The time that the schedule names.
    pub(crate) scheduled_ms: u64,
    /// The moment within its window.
    pub(crate) fire_ms: u64,
}

const COLUMNS: &str = "id, group_name, name, definition, client_token, created_ms, modified_ms, scheduled_ms, fire_ms";

impl Schedule {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let (scheduled_ms, fire_ms): (Option<u64>, Option<u64>) = (row.get(7)?, row.get(8)?);
        Ok(Self {
            id: row.get(0)?,
            group: row.get(1)?,
            name: row.get(2)?,
            definition: json(row, 3)?,
            client_token: row.get(4)?,
            created_ms: row.get(5)?,
            modified_ms: row.get(6)?,
            next: scheduled_ms.zip(fire_ms).map(|(scheduled_ms, fire_ms)| Next { scheduled_ms, fire_ms }),
        })
    }
}

/// The schedule of this name, if there is one.
pub(crate) fn find(connection: &Connection, group: &str, name: &str) -> rusqlite::Result<Option<Schedule>> {
    let sql = format!("SELECT {COLUMNS} FROM scheduler_schedule WHERE group_name = ?1 AND name = ?2");
    connection.prepare_cached(&sql)?.query_row([group, name], Schedule::read).optional()
}

/// The schedule of this name.
///
/// # Errors
/// `ResourceNotFoundException` if there is none.
pub(crate) fn get(connection: &Connection, group: &str, name: &str) -> Result<Schedule, Error> {
    let missing = || Error::NotFound(format!("Schedule {name} does not exist in the group {group}."));
    find(connection, group, name)?.ok_or_else(missing)
}

/// Which schedules are listed.
pub(crate) struct Page<'a> {
    /// All groups, if none is named.
    pub(crate) group: Option<&'a str>,
    pub(crate) prefix: &'a str,
    /// In this state, `ENABLED` or `DISABLED`.
    pub(crate) state: Option<&'a str>,
    /// After this group and name.
    pub(crate) after: (&'a str, &'a str),
    pub(crate) limit: u32,
}

/// A page of schedules, in the order of their groups and names.
pub(crate) fn list(connection: &Connection, page: &Page<'_>) -> rusqlite::Result<Vec<Schedule>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM scheduler_schedule
         WHERE (?1 IS NULL OR group_name = ?1) AND substr(name, 1, length(?2)) = ?2
           AND (?3 IS NULL OR definition ->> '$.State' = ?3) AND (group_name, name) > (?4, ?5)
         ORDER BY group_name, name LIMIT ?6"
    );
    let (group, name) = page.after;
    let mut statement = connection.prepare_cached(&sql)?;
    statement
        .query_map(params![page.group, page.prefix, page.state, group, name, page.limit], Schedule::read)?
        .collect()
}

/// A schedule to be written.
pub(crate) struct New<'a> {
    pub(crate) group: &'a str,
    pub(crate) name: &'a str,
    pub(crate) definition: &'a Definition,
    pub(crate) client_token: Option<&'a str>,
    pub(crate) next: Option<Next>,
}

/// Writes a new schedule.
pub(crate) fn insert(connection: &Connection, new: &New<'_>, now_ms: u64) -> Result<(), Error> {
    let definition = serde_json::to_string(new.definition)?;
    let (scheduled_ms, fire_ms) = columns(new.next);
    connection.execute(
        "INSERT INTO scheduler_schedule
             (group_name, name, definition, client_token, created_ms, modified_ms, scheduled_ms, fire_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7)",
        params![new.group, new.name, definition, new.client_token, now_ms, scheduled_ms, fire_ms],
    )?;
    Ok(())
}

/// Writes a schedule anew.
pub(crate) fn set(
    connection: &Connection,
    id: i64,
    definition: &Definition,
    next: Option<Next>,
    now_ms: u64,
) -> Result<(), Error> {
    connection.execute(
        "UPDATE scheduler_schedule SET definition = ?2, modified_ms = ?3 WHERE id = ?1",
        params![id, serde_json::to_string(definition)?, now_ms],
    )?;
    Ok(set_next(connection, id, next)?)
}

/// Writes when a schedule fires next.
pub(crate) fn set_next(connection: &Connection, id: i64, next: Option<Next>) -> rusqlite::Result<()> {
    let (scheduled_ms, fire_ms) = columns(next);
    connection
        .prepare_cached("UPDATE scheduler_schedule SET scheduled_ms = ?2, fire_ms = ?3 WHERE id = ?1")?
        .execute(params![id, scheduled_ms, fire_ms])?;
    Ok(())
}

fn columns(next: Option<Next>) -> (Option<u64>, Option<u64>) {
    (next.map(|next| next.scheduled_ms), next.map(|next| next.fire_ms))
}

/// Removes a schedule.
pub(crate) fn delete(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM scheduler_schedule WHERE id = ?1", [id])?;
    Ok(())
}

/// Up to `limit` schedules that are due, the longest due first.
pub(crate) fn due(connection: &Connection, now_ms: u64, limit: u32) -> rusqlite::Result<Vec<Schedule>> {
    let sql = format!("SELECT {COLUMNS} FROM scheduler_schedule WHERE fire_ms <= ?1 ORDER BY fire_ms, id LIMIT ?2");
    connection.prepare_cached(&sql)?.query_map(params![now_ms, limit], Schedule::read)?.collect()
}

/// When the next one fires.
pub(crate) fn next_fire_ms(connection: &Connection) -> rusqlite::Result<Option<u64>> {
    let sql = "SELECT min(fire_ms) FROM scheduler_schedule WHERE fire_ms IS NOT NULL";
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
}
