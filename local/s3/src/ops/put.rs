//! Putting an object whole.

use std::{fs::File, io::Read, path::Path};

use bytes::Bytes;
use futures_util::{Stream, stream};
use s3s::{
    StdError,
    dto::{PutObjectInput, PutObjectOutput, StreamingBlob},
};

use super::{Caller, ObjectStore, check_key, condition, etag};
use crate::{
    Error,
    event::EventName,
    integrity::{Algorithm, Claims},
    table::{Condition, Details, Headers, NewObject},
};

/// How much of a file is read at once.
const CHUNK: usize = 256 * 1024;

/// An object that was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// In bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// If the bucket keeps versions.
    pub version_id: Option<String>,
}

impl ObjectStore {
    pub(crate) async fn put_object(&self, caller: &Caller, input: PutObjectInput) -> Result<PutObjectOutput, Error> {
        let (bucket, key) = (&input.bucket, &input.key);
        self.bucket(bucket)?;
        let condition = condition::of_write(input.if_match, input.if_none_match.as_ref())?;
        let headers = Headers {
            cache_control: input.cache_control,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            content_type: input.content_type,
            expires: input.expires,
            website_redirect_location: input.website_redirect_location,
        };
        let mut details = Details::new(headers, input.metadata, input.tagging.as_deref())?;
        let claims = caller.claims()?;
        let algorithm = claims.algorithm().unwrap_or(Algorithm::Crc64nvme);
        let body = input.body.unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty()));
        let (blob, digests) = self.receive(body, claims, algorithm, (bucket, key)).await?;
        details.checksum = digests.checksum(algorithm);
        let fields = details.checksum.as_ref().map(|checksum| checksum.fields()).unwrap_or_default();
        let new = NewObject {
            bucket,
            key,
            name: EventName::CreatedPut,
            etag: digests.etag(),
            details,
            segments: vec![(blob.name.clone(), blob.size)],
        };
        let published = self.publish(&new, blob, &condition, &caller.request_id, |_| Ok(())).await?;
        Ok(PutObjectOutput {
            checksum_crc32: fields.checksum_crc32,
            checksum_crc32c: fields.checksum_crc32c,
            checksum_crc64nvme: fields.checksum_crc64nvme,
            checksum_sha1: fields.checksum_sha1,
            checksum_sha256: fields.checksum_sha256,
            checksum_type: fields.checksum_type,
            e_tag: Some(etag(&new.etag)),
            version_id: published.version_id,
            ..Default::default()
        })
    }

    /// Puts a copy of the file at `path`.
    pub(crate) async fn put_file(&self, bucket: &str, key: &str, path: &Path) -> Result<Stored, Error> {
        self.put_open_file(bucket, key, File::open(path)?, |_| Ok(()), |_| Ok(())).await
    }

    /// Puts what `file` has from its position on. `accept` may still refuse it once all is read; `also` writes in the
    /// transaction that makes it visible.
    pub(crate) async fn put_open_file(
        &self,
        bucket: &str,
        key: &str,
        file: File,
        accept: impl FnOnce(u64) -> Result<(), Error>,
        also: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<(), Error>,
    ) -> Result<Stored, Error> {
        self.bucket(bucket)?;
        check_key(key)?;
        let algorithm = Algorithm::Crc64nvme;
        let (blob, digests) = self.receive(chunks(file), Claims::default(), algorithm, (bucket, key)).await?;
        accept(digests.size)?;
        let new = NewObject {
            bucket,
            key,
            name: EventName::CreatedPut,
            etag: digests.etag(),
            details: Details { checksum: digests.checksum(algorithm), ..Details::default() },
            segments: vec![(blob.name.clone(), blob.size)],
        };
        let request_id = self.request_id();
        let published = self.publish(&new, blob, &Condition::None, &request_id, also).await?;
        Ok(Stored { size: digests.size, etag: new.etag, version_id: published.version_id })
    }
}

fn chunks(file: File) -> impl Stream<Item = Result<Bytes, StdError>> {
    stream::try_unfold(file, |mut file| async move {
        let mut bytes = vec![0; CHUNK];
        let length = file.read(&mut bytes)?;
        bytes.truncate(length);
        Ok((length > 0).then(|| (Bytes::from(bytes), file)))
    })
}
