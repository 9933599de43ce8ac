//! Versions of objects. A bucket that keeps none has one of each key, named `null`.

use local_store::rusqlite::types::Type;
use rusqlite::{
    Connection, OptionalExtension, Row, Transaction, params,
    types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef},
};

use super::{Details, Key, unsigned};
use crate::{Error, error::refused};

/// The number of a change: it grows over all changes of all objects, and is never given twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Seq(pub(crate) i64);

impl Seq {
    /// The next number.
    pub(crate) fn next(transaction: &Transaction<'_>) -> Result<Self, Error> {
        let mut statement = transaction.prepare_cached("UPDATE s3_sequence SET value = value + 1 RETURNING value")?;
        Ok(statement.query_row([], |row| row.get(0))?)
    }

    /// As an event shows it.
    pub(crate) fn sequencer(self) -> String {
        format!("{:016X}", self.0)
    }
}

impl ToSql for Seq {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        self.0.to_sql()
    }
}

impl FromSql for Seq {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_i64().map(Self)
    }
}

/// One version of one key.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) key: String,
    pub(crate) seq: Seq,
    pub(crate) version_id: String,
    /// Whether it is what the key means.
    pub(crate) latest: bool,
    pub(crate) modified_ms: u64,
    pub(crate) content: Content,
}

/// What a version is.
#[derive(Debug, Clone)]
pub(crate) enum Content {
    /// An object.
    Object(Box<Object>),
    /// The note that there is none any more.
    DeleteMarker,
}

/// An object, without its bytes.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    /// In bytes.
    pub(crate) size: u64,
    /// Without quotes.
    pub(crate) etag: String,
    pub(crate) details: Details,
}

/// The columns that [`Version::of`] reads.
pub(super) const COLUMNS: &str = "key, seq, version_id, latest, modified_ms, marker, size, etag, details";

impl Version {
    /// What the key means now, delete markers included.
    pub(crate) fn latest(connection: &Connection, bucket: &str, key: &str) -> Result<Option<Self>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM s3_version WHERE bucket = ?1 AND key = ?2 AND latest = 1");
        let mut statement = connection.prepare_cached(&sql)?;
        Ok(statement.query_row(params![bucket, Key(key.to_owned())], Self::of).optional()?)
    }

    /// The version of that id, or `NoSuchVersion`.
    pub(crate) fn named(connection: &Connection, bucket: &str, key: &str, version_id: &str) -> Result<Self, Error> {
        let sql = format!("SELECT {COLUMNS} FROM s3_version WHERE bucket = ?1 AND key = ?2 AND version_id = ?3");
        let mut statement = connection.prepare_cached(&sql)?;
        let version = statement.query_row(params![bucket, Key(key.to_owned()), version_id], Self::of).optional()?;
        version.ok_or_else(|| refused!(NoSuchVersion, "The specified version {version_id} does not exist."))
    }

    /// The files of its bytes, in order, with their sizes.
    pub(crate) fn segments(connection: &Connection, seq: Seq) -> Result<Vec<(String, u64)>, Error> {
        let mut statement =
            connection.prepare_cached("SELECT file, size FROM s3_segment WHERE seq = ?1 ORDER BY position")?;
        let segments = statement.query_map([seq], |row| Ok((row.get(0)?, unsigned(row.get(1)?))))?;
        Ok(segments.collect::<Result<_, _>>()?)
    }

    /// Writes other details to it.
    pub(crate) fn set_details(transaction: &Transaction<'_>, seq: Seq, details: &Details) -> Result<(), Error> {
        let details = serde_json::to_string(details)?;
        transaction.execute("UPDATE s3_version SET details = ?2 WHERE seq = ?1", params![seq, details])?;
        Ok(())
    }

    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let Key(key) = row.get(0)?;
        let content = if row.get(5)? { Content::DeleteMarker } else { Content::Object(Box::new(object(row)?)) };
        Ok(Self {
            key,
            seq: row.get(1)?,
            version_id: row.get(2)?,
            latest: row.get(3)?,
            modified_ms: unsigned(row.get(4)?),
            content,
        })
    }
}

fn object(row: &Row<'_>) -> rusqlite::Result<Object> {
    let details = serde_json::from_str(row.get_ref(8)?.as_str()?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(8, Type::Text, error.into()))?;
    Ok(Object { size: unsigned(row.get(6)?), etag: row.get(7)?, details })
}
