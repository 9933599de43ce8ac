//! Buckets.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{integer, unsigned};
use crate::{Error, error::refused};

/// Whether a bucket keeps versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Versioning {
    /// It was never asked to.
    Never,
    /// Every write makes a version.
    Enabled,
    /// It was asked to stop: writes replace the version `null`.
    Suspended,
}

impl Versioning {
    fn name(self) -> &'static str {
        match self {
            Self::Never => "Never",
            Self::Enabled => "Enabled",
            Self::Suspended => "Suspended",
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "Enabled" => Self::Enabled,
            "Suspended" => Self::Suspended,
            _ => Self::Never,
        }
    }

    /// The version id that answers and events show: none if the bucket never kept versions.
    pub(crate) fn shown(self, version_id: &str) -> Option<String> {
        match self {
            Self::Never => None,
            Self::Enabled | Self::Suspended => Some(version_id.to_owned()),
        }
    }
}

/// A bucket.
#[derive(Debug)]
pub(crate) struct Bucket {
    pub(crate) name: String,
    pub(crate) created_ms: u64,
    pub(crate) versioning: Versioning,
}

impl Bucket {
    /// The bucket of that name, or `NoSuchBucket`.
    pub(crate) fn get(connection: &Connection, name: &str) -> Result<Self, Error> {
        let mut statement =
            connection.prepare_cached("SELECT name, created_ms, versioning FROM s3_bucket WHERE name = ?1")?;
        let bucket = statement.query_row([name], Self::of).optional()?;
        bucket.ok_or_else(|| refused!(NoSuchBucket, "The specified bucket {name} does not exist"))
    }

    /// All, by name.
    pub(crate) fn all(connection: &Connection) -> Result<Vec<Self>, Error> {
        let mut statement =
            connection.prepare_cached("SELECT name, created_ms, versioning FROM s3_bucket ORDER BY name")?;
        let buckets = statement.query_map([], Self::of)?.collect::<Result<_, _>>()?;
        Ok(buckets)
    }

    /// Creates it; says whether it is new.
    pub(crate) fn create(transaction: &Transaction<'_>, name: &str, now_ms: u64) -> Result<bool, Error> {
        let created = transaction.execute(
            "INSERT INTO s3_bucket (name, created_ms, versioning) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![name, integer(now_ms), Versioning::Never.name()],
        )?;
        Ok(created > 0)
    }

    pub(crate) fn set_versioning(
        transaction: &Transaction<'_>,
        name: &str,
        versioning: Versioning,
    ) -> Result<(), Error> {
        Self::get(transaction, name)?;
        transaction.execute("UPDATE s3_bucket SET versioning = ?2 WHERE name = ?1", [name, versioning.name()])?;
        Ok(())
    }

    /// Deletes it, if it is empty, with its unfinished uploads; returns the files of their parts.
    pub(crate) fn delete(transaction: &Transaction<'_>, name: &str) -> Result<Vec<String>, Error> {
        Self::get(transaction, name)?;
        let used: bool =
            transaction
                .query_row("SELECT EXISTS (SELECT 1 FROM s3_version WHERE bucket = ?1)", [name], |row| row.get(0))?;
        if used {
            return Err(refused!(BucketNotEmpty, "The bucket {name} you tried to delete is not empty"));
        }
        let mut statement = transaction.prepare(
            "DELETE FROM s3_part WHERE upload IN (SELECT id FROM s3_upload WHERE bucket = ?1) RETURNING file",
        )?;
        let files = statement.query_map([name], |row| row.get(0))?.collect::<Result<_, _>>()?;
        transaction.execute("DELETE FROM s3_upload WHERE bucket = ?1", [name])?;
        transaction.execute("DELETE FROM s3_inbox WHERE bucket = ?1", [name])?;
        transaction.execute("DELETE FROM s3_bucket WHERE name = ?1", [name])?;
        Ok(files)
    }

    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            name: row.get(0)?,
            created_ms: unsigned(row.get(1)?),
            versioning: Versioning::named(row.get_ref(2)?.as_str()?),
        })
    }
}
