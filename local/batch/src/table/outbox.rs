//! Events that nobody has taken yet.

use rusqlite::Connection;
use serde_json::Value;

use crate::Error;

/// Adds an event.
pub(crate) fn insert(connection: &Connection, event: &Value) -> Result<(), Error> {
    connection.prepare_cached("INSERT INTO batch_event (event) VALUES (?)")?.execute([event.to_string()])?;
    Ok(())
}

/// Takes up to `limit` events out, oldest first.
pub(crate) fn take(connection: &Connection, limit: u32) -> Result<Vec<Value>, Error> {
    let mut delete = connection.prepare_cached(
        "DELETE FROM batch_event WHERE id IN (SELECT id FROM batch_event ORDER BY id LIMIT ?) RETURNING id, event",
    )?;
    let rows = delete.query_map([limit], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
    let mut taken = rows.collect::<Result<Vec<_>, _>>()?;
    // SQLite does not say in which order it returns them.
    taken.sort_unstable_by_key(|(id, _)| *id);
    taken.iter().map(|(_, event)| Ok(serde_json::from_str(event)?)).collect()
}

/// Whether there is an event.
pub(crate) fn any(connection: &Connection) -> Result<bool, Error> {
    Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM batch_event)", [], |row| row.get(0))?)
}
