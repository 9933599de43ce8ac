//! Copying objects, and ranges of them into parts.

use s3s::dto::*;

use super::{
    Caller, ObjectStore,
    condition::{self, ReadConditions, Verdict},
    etag,
    read::Found,
};
use crate::{
    Error,
    error::refused,
    event::{EventName, timestamp},
    integrity::{Algorithm, Claims},
    table::{Condition, Details, Headers, NewObject},
};

impl ObjectStore {
    pub(crate) async fn copy_object(&self, caller: &Caller, input: CopyObjectInput) -> Result<CopyObjectOutput, Error> {
        self.bucket(&input.bucket)?;
        let (source_bucket, source_key, version) = named(&input.copy_source)?;
        let conditions = ReadConditions {
            if_match: input.copy_source_if_match.as_ref(),
            if_none_match: input.copy_source_if_none_match.as_ref(),
            if_modified_since: input.copy_source_if_modified_since.as_ref(),
            if_unmodified_since: input.copy_source_if_unmodified_since.as_ref(),
        };
        let found = self.source(&input.copy_source, &conditions)?;
        let onto_itself = (source_bucket, source_key, version) == (&input.bucket, &input.key, None);
        let mut details = details(&input, &found, onto_itself)?;
        let copied_version = found.version_id.clone();
        let kept = found.object.details.checksum.as_ref().map_or(Algorithm::Crc64nvme, |checksum| checksum.algorithm);
        let algorithm = input.checksum_algorithm.as_ref().map_or(Ok(kept), |name| Algorithm::named(name.as_str()))?;
        let whole = 0..found.object.size;
        let reader = self.reader(found, &whole);
        let target = (input.bucket.as_str(), input.key.as_str());
        let (blob, digests) = self.receive(reader, Claims::default(), algorithm, target).await?;
        details.checksum = digests.checksum(algorithm);
        let fields = details.checksum.as_ref().map(|checksum| checksum.fields()).unwrap_or_default();
        let segments = vec![(blob.name.clone(), blob.size)];
        let (bucket, key) = target;
        let new = NewObject { bucket, key, name: EventName::CreatedCopy, etag: digests.etag(), details, segments };
        let published = self.publish(&new, blob, &Condition::None, &caller.request_id, |_| Ok(())).await?;
        let result = CopyObjectResult {
            checksum_crc32: fields.checksum_crc32,
            checksum_crc32c: fields.checksum_crc32c,
            checksum_crc64nvme: fields.checksum_crc64nvme,
            checksum_sha1: fields.checksum_sha1,
            checksum_sha256: fields.checksum_sha256,
            checksum_type: fields.checksum_type,
            e_tag: Some(etag(&new.etag)),
            last_modified: Some(timestamp(self.clock.now_ms())),
        };
        Ok(CopyObjectOutput {
            copy_object_result: Some(result),
            copy_source_version_id: copied_version,
            version_id: published.version_id,
            ..Default::default()
        })
    }

    /// The object that a copy's source names, if the conditions hold.
    pub(super) fn source(&self, source: &CopySource, conditions: &ReadConditions<'_>) -> Result<Found, Error> {
        let (bucket, key, version_id) = named(source)?;
        let found = self.find(bucket, key, version_id)?;
        match conditions.verdict(&found.object, found.version.modified_ms) {
            Verdict::Go => Ok(found),
            Verdict::NotModified | Verdict::Failed => Err(condition::failed()),
        }
    }
}

fn named(source: &CopySource) -> Result<(&str, &str, Option<&str>), Error> {
    match source {
        CopySource::Bucket { bucket, key, version_id } => Ok((bucket, key, version_id.as_deref())),
        CopySource::AccessPoint { .. } | CopySource::Outpost { .. } => {
            Err(refused!(NotImplemented, "A copy's source is bucket/key here: there are no access points"))
        }
    }
}

/// What the copy has besides its bytes: the source's, or, where a directive says so, the request's.
fn details(input: &CopyObjectInput, found: &Found, onto_itself: bool) -> Result<Details, Error> {
    let replaces =
        input.metadata_directive.as_ref().is_some_and(|directive| directive.as_str() == MetadataDirective::REPLACE);
    let retags =
        input.tagging_directive.as_ref().is_some_and(|directive| directive.as_str() == TaggingDirective::REPLACE);
    if onto_itself && !replaces && !retags {
        return Err(refused!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata."
        ));
    }
    let of_request = Details::new(
        Headers {
            cache_control: input.cache_control.clone(),
            content_disposition: input.content_disposition.clone(),
            content_encoding: input.content_encoding.clone(),
            content_language: input.content_language.clone(),
            content_type: input.content_type.clone(),
            expires: input.expires.clone(),
            website_redirect_location: input.website_redirect_location.clone(),
        },
        input.metadata.clone(),
        input.tagging.as_deref(),
    )?;
    let of_source = found.object.details.clone();
    let tags = if retags { of_request.tags.clone() } else { of_source.tags.clone() };
    let rest = if replaces { of_request } else { of_source };
    Ok(Details { tags, checksum: None, upload_id: None, ..rest })
}
