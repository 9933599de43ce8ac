//! The tables.

pub(crate) mod group;
pub(crate) mod schedule;

/// `scheduled_ms` is the time that the schedule names, `fire_ms` the moment within its window; both are null if it does not fire
/// again.
pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS scheduler_group (
    name         TEXT PRIMARY KEY,
    tags         TEXT NOT NULL,
    client_token TEXT,
    created_ms   INTEGER NOT NULL,
    modified_ms  INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS scheduler_schedule (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    group_name   TEXT NOT NULL,
    name         TEXT NOT NULL,
    definition   TEXT NOT NULL,
    client_token TEXT,
    created_ms   INTEGER NOT NULL,
    modified_ms  INTEGER NOT NULL,
    scheduled_ms INTEGER,
    fire_ms      INTEGER,
    UNIQUE (group_name, name)
);
CREATE INDEX IF NOT EXISTS scheduler_schedule_by_fire ON scheduler_schedule (fire_ms) WHERE fire_ms IS NOT NULL;
";

/// A column of JSON.
fn json<T: serde::de::DeserializeOwned>(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    let broken =
        |error| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error));
    serde_json::from_str(&text).map_err(broken)
}
