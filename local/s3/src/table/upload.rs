//! Uploads in parts.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::{Details, Key, integer, unsigned};
use crate::{
    Error,
    error::refused,
    integrity::{Algorithm, Kind},
};

/// An upload that is neither complete nor aborted.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) id: String,
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) created_ms: u64,
    pub(crate) algorithm: Algorithm,
    pub(crate) kind: Kind,
    pub(crate) details: Details,
}

/// A part of one.
#[derive(Debug)]
pub(crate) struct Part {
    /// 1 to 10,000.
    pub(crate) number: i32,
    pub(crate) file: String,
    /// In bytes.
    pub(crate) size: u64,
    /// Without quotes.
    pub(crate) etag: String,
    /// Base64, of the upload's algorithm.
    pub(crate) checksum: String,
    pub(crate) modified_ms: u64,
}

const COLUMNS: &str = "id, bucket, key, created_ms, algorithm, kind, details";

impl Upload {
    pub(crate) fn insert(&self, transaction: &Transaction<'_>) -> Result<(), Error> {
        let details = serde_json::to_string(&self.details)?;
        transaction.execute(
            "INSERT INTO s3_upload (id, bucket, key, created_ms, algorithm, kind, details)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                self.id,
                self.bucket,
                Key(self.key.clone()),
                integer(self.created_ms),
                self.algorithm.name(),
                self.kind.name(),
                details
            ],
        )?;
        Ok(())
    }

    /// The upload of that id to that key, or `NoSuchUpload`.
    pub(crate) fn get(connection: &Connection, bucket: &str, key: &str, id: &str) -> Result<Self, Error> {
        let sql = format!("SELECT {COLUMNS} FROM s3_upload WHERE id = ?1 AND bucket = ?2 AND key = ?3");
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![id, bucket, Key(key.to_owned())])?;
        match rows.next()? {
            Some(row) => Self::of(row),
            None => Err(refused!(
                NoSuchUpload,
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
            )),
        }
    }

    /// Those of a bucket whose keys begin with `prefix`, after `(key, id)`, in order, at most `limit`.
    pub(crate) fn page(
        connection: &Connection,
        bucket: &str,
        prefix: &str,
        after: (&str, &str),
        limit: usize,
    ) -> Result<Vec<Self>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} FROM s3_upload WHERE bucket = ?1 AND (key, id) > (?2, ?3) AND key >= ?4 ORDER BY key, id"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params![bucket, Key(after.0.to_owned()), after.1, Key(prefix.to_owned())])?;
        let mut uploads = Vec::new();
        while uploads.len() < limit
            && let Some(row) = rows.next()?
        {
            let upload = Self::of(row)?;
            if !upload.key.starts_with(prefix) {
                break;
            }
            uploads.push(upload);
        }
        Ok(uploads)
    }

    /// Its parts, by number.
    pub(crate) fn parts(&self, connection: &Connection) -> Result<Vec<Part>, Error> {
        let mut statement = connection.prepare_cached(
            "SELECT number, file, size, etag, checksum, modified_ms FROM s3_part WHERE upload = ?1 ORDER BY number",
        )?;
        let parts = statement.query_map([&self.id], Part::of)?.collect::<Result<_, _>>()?;
        Ok(parts)
    }

    /// Adds a part, or replaces it; returns the file of the one before.
    pub(crate) fn put_part(&self, transaction: &Transaction<'_>, part: &Part) -> Result<Option<String>, Error> {
        let before = transaction
            .query_row(
                "SELECT file FROM s3_part WHERE upload = ?1 AND number = ?2",
                params![self.id, part.number],
                |row| row.get(0),
            )
            .optional()?;
        let mut statement = transaction.prepare_cached(
            "INSERT OR REPLACE INTO s3_part (upload, number, file, size, etag, checksum, modified_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        let (size, modified_ms) = (integer(part.size), integer(part.modified_ms));
        statement.execute(params![self.id, part.number, part.file, size, part.etag, part.checksum, modified_ms])?;
        Ok(before)
    }

    /// Removes it and its parts' rows; returns their files.
    pub(crate) fn remove(&self, transaction: &Transaction<'_>) -> Result<Vec<String>, Error> {
        let mut statement = transaction.prepare_cached("DELETE FROM s3_part WHERE upload = ?1 RETURNING file")?;
        let files = statement.query_map([&self.id], |row| row.get(0))?.collect::<Result<_, _>>()?;
        transaction.execute("DELETE FROM s3_upload WHERE id = ?1", [&self.id])?;
        Ok(files)
    }

    fn of(row: &Row<'_>) -> Result<Self, Error> {
        let Key(key) = row.get(2)?;
        Ok(Self {
            id: row.get(0)?,
            bucket: row.get(1)?,
            key,
            created_ms: unsigned(row.get(3)?),
            algorithm: Algorithm::named(&row.get::<_, String>(4)?)?,
            kind: Kind::named(&row.get::<_, String>(5)?)?,
            details: serde_json::from_str(&row.get::<_, String>(6)?)?,
        })
    }
}

impl Part {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            file: row.get(1)?,
            size: unsigned(row.get(2)?),
            etag: row.get(3)?,
            checksum: row.get(4)?,
            modified_ms: unsigned(row.get(5)?),
        })
    }
}
