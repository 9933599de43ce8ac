//! Deleting: a version for good, or what a key means, by a delete marker where versions are kept.

use rusqlite::{OptionalExtension, Transaction, params};

use super::{
    Bucket, Cause, Content, Dropped, Key, Seq, Version, Versioning, integer,
    publish::{NULL, event, make_way},
};
use crate::{Error, event::EventName};

/// What is to be deleted.
pub(crate) struct Target<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
    /// A version for good; without one, what the key means.
    pub(crate) version_id: Option<&'a str>,
}

/// What a delete did.
#[derive(Debug, Default)]
pub(crate) struct Deleted {
    /// The delete marker that it made or removed, or the version that it removed, as answers show it.
    pub(crate) version_id: Option<String>,
    /// Whether a delete marker was made or removed.
    pub(crate) delete_marker: bool,
    /// The version that is gone.
    pub(crate) dropped: Option<Dropped>,
}

impl Target<'_> {
    /// Deletes it, and calls the hook if there was anything. Deleting what is not there succeeds.
    pub(crate) fn delete(&self, transaction: &Transaction<'_>, cause: &Cause<'_>) -> Result<Deleted, Error> {
        let versioning = Bucket::get(transaction, self.bucket)?.versioning;
        match (self.version_id, versioning) {
            (Some(version_id), _) => self.delete_version(transaction, version_id, versioning, cause),
            (None, Versioning::Never) => self.delete_version(transaction, NULL, versioning, cause),
            (None, Versioning::Enabled | Versioning::Suspended) => self.hide(transaction, versioning, cause),
        }
    }

    fn delete_version(
        &self,
        transaction: &Transaction<'_>,
        version_id: &str,
        versioning: Versioning,
        cause: &Cause<'_>,
    ) -> Result<Deleted, Error> {
        let shown = versioning.shown(version_id);
        let there = version(transaction, self.bucket, self.key, version_id)?;
        let dropped = remove(transaction, self.bucket, self.key, version_id)?;
        if dropped.is_some() {
            let seq = Seq::next(transaction)?;
            let event = event(EventName::RemovedDelete, self.bucket, self.key, shown.clone(), seq, cause);
            (cause.hook)(transaction, &event)?;
        }
        let delete_marker = matches!(there, Some(Version { content: Content::DeleteMarker, .. }));
        Ok(Deleted { version_id: shown, delete_marker, dropped })
    }

    fn hide(&self, transaction: &Transaction<'_>, versioning: Versioning, cause: &Cause<'_>) -> Result<Deleted, Error> {
        let (version_id, dropped) = make_way(transaction, self.bucket, self.key, versioning, cause)?;
        let seq = Seq::next(transaction)?;
        let mut statement = transaction.prepare_cached(
            "INSERT INTO s3_version (bucket, key, seq, version_id, latest, marker, modified_ms, size, etag, details)
             VALUES (?1, ?2, ?3, ?4, 1, 1, ?5, 0, '', '')",
        )?;
        let key = Key(self.key.to_owned());
        statement.execute(params![self.bucket, key, seq, version_id, integer(cause.now_ms)])?;
        let shown = versioning.shown(&version_id);
        let name = EventName::RemovedDeleteMarkerCreated;
        (cause.hook)(transaction, &event(name, self.bucket, self.key, shown.clone(), seq, cause))?;
        Ok(Deleted { version_id: shown, delete_marker: true, dropped })
    }
}

fn version(transaction: &Transaction<'_>, bucket: &str, key: &str, version_id: &str) -> Result<Option<Version>, Error> {
    match Version::named(transaction, bucket, key, version_id) {
        Ok(version) => Ok(Some(version)),
        Err(Error::Refused(_)) => Ok(None),
        Err(error @ (Error::Store(_) | Error::Disk(_) | Error::Unreadable(_))) => Err(error),
    }
}

/// Removes a version's rows, if it is there. The newest that remains is what the key means.
pub(super) fn remove(
    transaction: &Transaction<'_>,
    bucket: &str,
    key: &str,
    version_id: &str,
) -> Result<Option<Dropped>, Error> {
    let key = Key(key.to_owned());
    let mut statement = transaction
        .prepare_cached("DELETE FROM s3_version WHERE bucket = ?1 AND key = ?2 AND version_id = ?3 RETURNING seq")?;
    let seq: Option<Seq> = statement.query_row(params![bucket, key, version_id], |row| row.get(0)).optional()?;
    let Some(seq) = seq else { return Ok(None) };
    let mut statement = transaction.prepare_cached(
        "UPDATE s3_version SET latest = 1 WHERE bucket = ?1 AND key = ?2
         AND seq = (SELECT max(seq) FROM s3_version WHERE bucket = ?1 AND key = ?2)",
    )?;
    statement.execute(params![bucket, key])?;
    let mut statement = transaction.prepare_cached("DELETE FROM s3_segment WHERE seq = ?1 RETURNING file")?;
    let files = statement.query_map([seq], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(Some(Dropped { seq, files }))
}
