//! Job definitions: immutable, save that a revision can be made inactive.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, params, types::Type};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Error, job::RetryStrategy};

/// A revision of a job definition.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub(crate) name: String,
    pub(crate) revision: u32,
    pub(crate) active: bool,
    pub(crate) content: Content,
}

/// What was registered, in AWS's words.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Content {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) container_properties: Map<String, Value>,
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retry_strategy: Option<RetryStrategy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<Timeout>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scheduling_priority: Option<u32>,
    #[serde(default)]
    pub(crate) platform_capabilities: Vec<String>,
    #[serde(default)]
    pub(crate) propagate_tags: bool,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
}

/// How long one attempt may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Timeout {
    pub(crate) attempt_duration_seconds: Option<u32>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Definition> {
    let content: String = row.get(3)?;
    let broken = |error| rusqlite::Error::FromSqlConversionFailure(3, Type::Text, Box::new(error));
    Ok(Definition {
        name: row.get(0)?,
        revision: row.get(1)?,
        active: row.get(2)?,
        content: serde_json::from_str(&content).map_err(broken)?,
    })
}

/// Writes the next revision and answers its number.
pub(crate) fn register(connection: &Connection, name: &str, content: &Content) -> Result<u32, Error> {
    let sql = "INSERT INTO batch_definition (name, revision, active, content) SELECT ?1, coalesce(max(revision), 0) + 1, 1, ?2 \
               FROM batch_definition WHERE name = ?1 RETURNING revision";
    let mut insert = connection.prepare_cached(sql)?;
    Ok(insert.query_row(params![name, serde_json::to_string(content)?], |row| row.get(0))?)
}

/// One revision.
pub(crate) fn find(connection: &Connection, name: &str, revision: u32) -> Result<Option<Definition>, Error> {
    let sql = "SELECT name, revision, active, content FROM batch_definition WHERE name = ? AND revision = ?";
    Ok(connection.prepare_cached(sql)?.query_row(params![name, revision], read).optional()?)
}

/// The newest revision that is active.
pub(crate) fn latest(connection: &Connection, name: &str) -> Result<Option<Definition>, Error> {
    let sql = "SELECT name, revision, active, content FROM batch_definition WHERE name = ? AND active ORDER BY revision DESC LIMIT 1";
    Ok(connection.prepare_cached(sql)?.query_row([name], read).optional()?)
}

/// Replaces what a revision holds: its tags may change.
pub(crate) fn save(connection: &Connection, definition: &Definition) -> Result<(), Error> {
    connection.execute(
        "UPDATE batch_definition SET active = ?, content = ? WHERE name = ? AND revision = ?",
        params![definition.active, serde_json::to_string(&definition.content)?, definition.name, definition.revision],
    )?;
    Ok(())
}

/// Which definitions to list.
#[derive(Debug, Default)]
pub(crate) struct Filter<'a> {
    pub(crate) name: Option<&'a str>,
    pub(crate) active: Option<bool>,
    /// List what comes after this one.
    pub(crate) after: Option<(String, u32)>,
    pub(crate) limit: usize,
}

/// Lists definitions by name, newest revision first.
pub(crate) fn list(connection: &Connection, filter: &Filter<'_>) -> Result<Vec<Definition>, Error> {
    let after = filter.after.as_ref();
    let mut select = connection.prepare_cached(
        "SELECT name, revision, active, content FROM batch_definition WHERE (?1 IS NULL OR name = ?1) \
         AND (?2 IS NULL OR active = ?2) AND (?3 IS NULL OR name > ?3 OR (name = ?3 AND revision < ?4)) \
         ORDER BY name, revision DESC LIMIT ?5",
    )?;
    let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
    let (after_name, after_revision) = (after.map(|after| &after.0), after.map(|after| after.1));
    let definitions = select.query_map(params![filter.name, filter.active, after_name, after_revision, limit], read)?;
    Ok(definitions.collect::<Result<_, _>>()?)
}
