//! The rows: buckets, versions of objects, the files of their bytes, uploads in parts, and what the inbox has put.
//!
//! Keys are stored as bytes, so that SQLite orders and compares them as S3 does: by UTF-8 bytes, whatever they are.

mod bucket;
mod delete;
mod details;
mod list;
mod publish;
mod upload;
mod version;

pub(crate) use bucket::{Bucket, Versioning};
pub(crate) use delete::{Deleted, Target};
pub(crate) use details::{Details, Headers, check_tags};
pub(crate) use list::{After, Listed, Page, Query, Scope};
pub(crate) use publish::{Cause, Condition, Dropped, NewObject, Published};
pub(crate) use upload::{Part, Upload};
pub(crate) use version::{Content, Object, Seq, Version};

use std::collections::BTreeSet;

use rusqlite::{
    Connection,
    types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef},
};

/// What the database holds of S3.
pub(crate) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS s3_sequence (
    value INTEGER NOT NULL
);
INSERT INTO s3_sequence SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM s3_sequence);
CREATE TABLE IF NOT EXISTS s3_bucket (
    name TEXT PRIMARY KEY,
    created_ms INTEGER NOT NULL,
    versioning TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_version (
    bucket TEXT NOT NULL,
    key BLOB NOT NULL,
    seq INTEGER NOT NULL UNIQUE,
    version_id TEXT NOT NULL,
    latest INTEGER NOT NULL,
    marker INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (bucket, key, seq),
    UNIQUE (bucket, key, version_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS s3_version_latest ON s3_version (bucket, key) WHERE latest = 1;
CREATE TABLE IF NOT EXISTS s3_segment (
    seq INTEGER NOT NULL,
    position INTEGER NOT NULL,
    file TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (seq, position)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_upload (
    id TEXT PRIMARY KEY,
    bucket TEXT NOT NULL,
    key BLOB NOT NULL,
    created_ms INTEGER NOT NULL,
    algorithm TEXT NOT NULL,
    kind TEXT NOT NULL,
    details TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS s3_upload_key ON s3_upload (bucket, key, id);
CREATE TABLE IF NOT EXISTS s3_part (
    upload TEXT NOT NULL,
    number INTEGER NOT NULL,
    file TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    checksum TEXT NOT NULL,
    modified_ms INTEGER NOT NULL,
    PRIMARY KEY (upload, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS s3_inbox (
    bucket TEXT NOT NULL,
    key BLOB NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
";

/// The names of all files that a row names.
pub(crate) fn files(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let mut statement = connection.prepare("SELECT file FROM s3_segment UNION ALL SELECT file FROM s3_part")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

/// An object's key: at most 1024 bytes of UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(pub(crate) String);

impl ToSql for Key {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.0.as_bytes())))
    }
}

impl FromSql for Key {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = value.as_blob()?.to_vec();
        String::from_utf8(bytes).map(Self).map_err(|error| rusqlite::types::FromSqlError::Other(error.into()))
    }
}

/// A size or a time as SQLite keeps it. Neither is ever near its end.
pub(crate) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A size or a time as it is.
pub(crate) fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or_default()
}
