//! The operations, each over rows and files.

mod bucket;
mod complete;
mod condition;
mod copy;
mod delete;
mod list;
mod multipart;
mod put;
mod read;
mod tagging;
mod versions;

use std::{pin::pin, sync::Arc};

use ambient::{Clock, Ids};
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::HeaderMap;
use local_store::Store;
use rusqlite::Transaction;
use s3s::{S3Request, StdError, dto};

pub use put::Stored;

use crate::{
    Error,
    disk::{Blob, Disk, Leases},
    error::refused,
    event::Hook,
    front::RequestId,
    integrity::{Algorithm, Claims, Digests, Trailers},
    service::Config,
    table::{Cause, Condition, Dropped, NewObject, Published, Seq},
};

/// The most bytes of an object that is put whole, and of a part: 5 GiB.
const PUT_LIMIT: u64 = 5 << 30;

/// All objects. Cheap to clone.
#[derive(Clone)]
pub(crate) struct ObjectStore {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    ids: Ids,
    region: Arc<str>,
    notify: Hook,
    disk: Disk,
    leases: Leases,
}

/// Who asks, beside what is asked.
pub(crate) struct Caller {
    headers: HeaderMap,
    trailers: Trailers,
    request_id: String,
}

impl Caller {
    /// The input of a request, and its caller.
    pub(crate) fn split<T>(mut request: S3Request<T>) -> (T, Self) {
        let trailers = request.extensions.remove().unwrap_or_default();
        let request_id = request.extensions.remove().map(|RequestId(id)| id).unwrap_or_default();
        (request.input, Self { headers: request.headers, trailers, request_id })
    }

    fn claims(&self) -> Result<Claims, Error> {
        Claims::of(&self.headers, self.trailers.clone())
    }
}

impl ObjectStore {
    pub(crate) fn new(config: Config, disk: Disk) -> Self {
        let Config { store, clock, ids, data_dir: _, region, notify } = config;
        Self { store, clock, ids, region: region.into(), notify, disk, leases: Leases::default() }
    }

    pub(crate) fn request_id(&self) -> String {
        format!("{:016X}", self.ids.u64())
    }

    fn cause<'a>(&'a self, request_id: &'a str) -> Cause<'a> {
        Cause {
            hook: &self.notify,
            region: &self.region,
            request_id,
            now_ms: self.clock.now_ms(),
            new_version_id: self.ids.hex(),
        }
    }

    /// Receives bytes for `key` into a file, verifies and flushes them. They are not visible yet.
    async fn receive(
        &self,
        bytes: impl Stream<Item = Result<Bytes, StdError>>,
        claims: Claims,
        keep: Algorithm,
        (bucket, key): (&str, &str),
    ) -> Result<(Blob, Digests), Error> {
        let mut draft = self.disk.draft(&self.ids.hex(), claims, keep)?;
        let mut bytes = pin!(bytes);
        while let Some(chunk) = bytes.next().await {
            let chunk =
                chunk.map_err(|error| refused!(IncompleteBody, "The request body could not be read: {error}"))?;
            draft.write(&chunk)?;
            if draft.size() > PUT_LIMIT {
                return Err(refused!(
                    EntityTooLarge,
                    "Your proposed upload exceeds the maximum allowed size of {PUT_LIMIT}"
                ));
            }
            // A fast sender must not keep the thread for itself.
            tokio::task::yield_now().await;
        }
        draft.settle(&self.disk, bucket, key).await
    }

    /// Makes an object visible, together with what `also` writes, and waits until that is durable.
    pub(crate) async fn publish(
        &self,
        new: &NewObject<'_>,
        blob: Blob,
        condition: &Condition,
        request_id: &str,
        also: impl FnOnce(&Transaction<'_>) -> Result<(), Error>,
    ) -> Result<Published, Error> {
        let cause = self.cause(request_id);
        let mut published = self.store.write(|transaction| {
            let published = new.publish_if(condition, transaction, &cause)?;
            also(transaction)?;
            Ok::<_, Error>(published)
        })?;
        blob.keep();
        self.settle(published.dropped.take()).await?;
        Ok(published)
    }

    /// Waits until what was written is durable; then the files of what was dropped go.
    async fn settle(&self, dropped: impl IntoIterator<Item = Dropped>) -> Result<(), Error> {
        self.store.durable().await?;
        for Dropped { seq, files } in dropped {
            self.leases.give_up(seq, files.iter().map(|file| self.disk.path(file)).collect());
        }
        Ok(())
    }

    /// The same for files that nobody reads: those of parts.
    async fn settle_parts(&self, files: Vec<String>) -> Result<(), Error> {
        self.settle([Dropped { seq: Seq(0), files }]).await
    }
}

fn etag(value: &str) -> dto::ETag {
    dto::ETag::Strong(value.to_owned())
}

/// There is one owner: the account of this machine.
fn owner() -> dto::Owner {
    dto::Owner { display_name: None, id: Some("000000000000".to_owned()) }
}

/// An `i64` of S3's answers.
fn signed(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// The number of entries that a page may have: 1,000 unless less is asked for.
fn page_limit(asked: Option<i32>) -> Result<usize, Error> {
    let asked = asked.unwrap_or(1000).min(1000);
    usize::try_from(asked).map_err(|_| refused!(InvalidArgument, "The number of entries of a page cannot be {asked}"))
}

/// A number of S3's answers: the entries of a page.
fn count(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

/// The most bytes of a key.
const KEY_LIMIT: usize = 1024;

/// Refuses a key that is too long. Beyond this, any key is good.
pub(crate) fn key_length(key: &[u8]) -> Result<(), Error> {
    if key.len() > KEY_LIMIT {
        return Err(refused!(KeyTooLongError, "Your key is too long: {} bytes of at most {KEY_LIMIT}", key.len()));
    }
    Ok(())
}

/// Refuses a key that comes by another way than a path, in which an empty key cannot be said.
fn check_key(key: &str) -> Result<(), Error> {
    if key.is_empty() {
        return Err(refused!(InvalidArgument, "A key cannot be empty"));
    }
    key_length(key.as_bytes())
}
