//! Making an object visible.

use rusqlite::{Transaction, params};

use super::{Bucket, Content, Details, Key, Seq, Version, Versioning, integer};
use crate::{
    Error,
    error::refused,
    event::{EventName, Hook, S3Event},
};

/// The version of a bucket that keeps none.
pub(super) const NULL: &str = "null";

/// What a request and its surroundings add to every change.
pub(crate) struct Cause<'a> {
    pub(crate) hook: &'a Hook,
    pub(crate) region: &'a str,
    pub(crate) request_id: &'a str,
    pub(crate) now_ms: u64,
    /// A version id that no other version has.
    pub(crate) new_version_id: String,
}

/// What must be true of the key for a write to happen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Nothing.
    #[default]
    None,
    /// `If-None-Match: *`: there is no object.
    Absent,
    /// `If-Match: *`: there is an object.
    Present,
    /// `If-Match`: the object has this ETag.
    Etag(String),
}

impl Condition {
    /// Whether it holds: `PreconditionFailed`, or `NoSuchKey`, if not.
    pub(crate) fn check(&self, transaction: &Transaction<'_>, bucket: &str, key: &str) -> Result<(), Error> {
        if *self == Self::None {
            return Ok(());
        }
        let there = match Version::latest(transaction, bucket, key)?.map(|version| version.content) {
            Some(Content::Object(object)) => Some(object.etag),
            Some(Content::DeleteMarker) | None => None,
        };
        let failed = || refused!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold");
        match (self, there) {
            (Self::None, _) | (Self::Absent, None) | (Self::Present, Some(_)) => Ok(()),
            (Self::Etag(etag), Some(there)) if *etag == there => Ok(()),
            (Self::Absent, Some(_)) | (Self::Etag(_), Some(_)) => Err(failed()),
            (Self::Present | Self::Etag(_), None) => Err(refused!(NoSuchKey, "The specified key does not exist.")),
        }
    }
}

/// An object whose bytes lie on the disk, flushed.
pub(crate) struct NewObject<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
    pub(crate) name: EventName,
    pub(crate) etag: String,
    pub(crate) details: Details,
    /// The files of its bytes, in order, with their sizes.
    pub(crate) segments: Vec<(String, u64)>,
}

/// An object that is visible now.
#[derive(Debug)]
pub(crate) struct Published {
    /// As answers show it.
    pub(crate) version_id: Option<String>,
    /// What it replaced.
    pub(crate) dropped: Option<Dropped>,
}

/// A version whose row is gone: its files may go too, once that is durable.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dropped {
    pub(crate) seq: Seq,
    pub(crate) files: Vec<String>,
}

impl NewObject<'_> {
    /// Makes it what its key means, and calls the hook.
    pub(crate) fn publish(&self, transaction: &Transaction<'_>, cause: &Cause<'_>) -> Result<Published, Error> {
        let versioning = Bucket::get(transaction, self.bucket)?.versioning;
        let (version_id, dropped) = make_way(transaction, self.bucket, self.key, versioning, cause)?;
        let seq = Seq::next(transaction)?;
        self.insert(transaction, seq, &version_id, cause.now_ms)?;
        let version_id = versioning.shown(&version_id);
        let event = S3Event {
            size: Some(self.size()),
            etag: Some(self.etag.clone()),
            ..event(self.name, self.bucket, self.key, version_id.clone(), seq, cause)
        };
        (cause.hook)(transaction, &event)?;
        Ok(Published { version_id, dropped })
    }

    /// Checks the condition first.
    pub(crate) fn publish_if(
        &self,
        condition: &Condition,
        transaction: &Transaction<'_>,
        cause: &Cause<'_>,
    ) -> Result<Published, Error> {
        condition.check(transaction, self.bucket, self.key)?;
        self.publish(transaction, cause)
    }

    fn size(&self) -> u64 {
        self.segments.iter().map(|(_, size)| size).sum()
    }

    fn insert(&self, transaction: &Transaction<'_>, seq: Seq, version_id: &str, now_ms: u64) -> Result<(), Error> {
        let details = serde_json::to_string(&self.details)?;
        let mut statement = transaction.prepare_cached(
            "INSERT INTO s3_version (bucket, key, seq, version_id, latest, marker, modified_ms, size, etag, details)
             VALUES (?1, ?2, ?3, ?4, 1, 0, ?5, ?6, ?7, ?8)",
        )?;
        let key = Key(self.key.to_owned());
        let (size, now_ms) = (integer(self.size()), integer(now_ms));
        statement.execute(params![self.bucket, key, seq, version_id, now_ms, size, self.etag, details])?;
        let mut statement =
            transaction.prepare_cached("INSERT INTO s3_segment (seq, position, file, size) VALUES (?1, ?2, ?3, ?4)")?;
        for (position, (file, size)) in (0_i64..).zip(&self.segments) {
            statement.execute(params![seq, position, file, integer(*size)])?;
        }
        Ok(())
    }
}

/// Makes room for a new latest version: the id it has, and the version `null` that it replaces.
pub(super) fn make_way(
    transaction: &Transaction<'_>,
    bucket: &str,
    key: &str,
    versioning: Versioning,
    cause: &Cause<'_>,
) -> Result<(String, Option<Dropped>), Error> {
    let (version_id, dropped) = match versioning {
        Versioning::Enabled => (cause.new_version_id.clone(), None),
        Versioning::Never | Versioning::Suspended => {
            (NULL.to_owned(), super::delete::remove(transaction, bucket, key, NULL)?)
        }
    };
    let mut statement =
        transaction.prepare_cached("UPDATE s3_version SET latest = 0 WHERE bucket = ?1 AND key = ?2 AND latest = 1")?;
    statement.execute(params![bucket, Key(key.to_owned())])?;
    Ok((version_id, dropped))
}

/// An event without size and ETag.
pub(super) fn event(
    name: EventName,
    bucket: &str,
    key: &str,
    version_id: Option<String>,
    seq: Seq,
    cause: &Cause<'_>,
) -> S3Event {
    S3Event {
        name,
        bucket: bucket.to_owned(),
        key: key.to_owned(),
        size: None,
        etag: None,
        version_id,
        sequencer: seq.sequencer(),
        time_ms: cause.now_ms,
        region: cause.region.to_owned(),
        request_id: cause.request_id.to_owned(),
    }
}
