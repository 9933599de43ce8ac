//! Completing an upload in parts: the parts' files become the object's, as they lie.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Transaction;
use s3s::dto::{Checksum as Fields, CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart};

use super::{Caller, ObjectStore, condition, etag};
use crate::{
    Error,
    error::refused,
    event::EventName,
    integrity::{Checksum, combined, etag_of_parts},
    table::{Bucket, Cause, Condition, Content, Details, Dropped, NewObject, Object, Part, Published, Upload, Version},
};

/// The least bytes of every part but the last: 5 MiB.
const PART_LEAST: u64 = 5 << 20;

struct Completed {
    etag: String,
    checksum: Option<Checksum>,
    version_id: Option<String>,
    /// What it replaced.
    dropped: Option<Dropped>,
    /// The files of parts that the object does not have.
    unused: Vec<String>,
}

impl ObjectStore {
    pub(crate) async fn complete_multipart_upload(
        &self,
        caller: &Caller,
        input: CompleteMultipartUploadInput,
    ) -> Result<CompleteMultipartUploadOutput, Error> {
        let condition = condition::of_write(input.if_match.clone(), input.if_none_match.as_ref())?;
        let cause = self.cause(&caller.request_id);
        let completed = self.store.write(|transaction| complete(transaction, &input, &condition, &cause))?;
        self.settle(completed.dropped).await?;
        self.settle_parts(completed.unused).await?;
        let fields = completed.checksum.as_ref().map(Checksum::fields).unwrap_or_default();
        Ok(CompleteMultipartUploadOutput {
            checksum_crc32: fields.checksum_crc32,
            checksum_crc32c: fields.checksum_crc32c,
            checksum_crc64nvme: fields.checksum_crc64nvme,
            checksum_sha1: fields.checksum_sha1,
            checksum_sha256: fields.checksum_sha256,
            checksum_type: fields.checksum_type,
            e_tag: Some(etag(&completed.etag)),
            location: Some(format!("/{}/{}", input.bucket, input.key)),
            version_id: completed.version_id,
            bucket: Some(input.bucket),
            key: Some(input.key),
            ..Default::default()
        })
    }
}

fn complete(
    transaction: &Transaction<'_>,
    input: &CompleteMultipartUploadInput,
    condition: &Condition,
    cause: &Cause<'_>,
) -> Result<Completed, Error> {
    if let Some(before) = completed_before(transaction, input)? {
        return Ok(before);
    }
    let upload = Upload::get(transaction, &input.bucket, &input.key, &input.upload_id)?;
    let asked = input.multipart_upload.as_ref().and_then(|upload| upload.parts.as_deref()).unwrap_or_default();
    let parts = chosen(upload.parts(transaction)?, asked, &upload)?;
    let checksum = whole_checksum(&upload, &parts, input)?;
    let new = NewObject {
        bucket: &input.bucket,
        key: &input.key,
        name: EventName::CreatedCompleteMultipartUpload,
        etag: etag_of_parts(parts.iter().map(|part| part.etag.as_str())),
        details: Details {
            checksum: Some(checksum.clone()),
            upload_id: Some(upload.id.clone()),
            ..upload.details.clone()
        },
        segments: parts.iter().map(|part| (part.file.clone(), part.size)).collect(),
    };
    let Published { version_id, dropped } = new.publish_if(condition, transaction, cause)?;
    let used: BTreeSet<&str> = parts.iter().map(|part| part.file.as_str()).collect();
    let mut unused = upload.remove(transaction)?;
    unused.retain(|file| !used.contains(file.as_str()));
    Ok(Completed { etag: new.etag, checksum: Some(checksum), version_id, dropped, unused })
}

/// What was answered the first time, if the object is still the one that this upload became.
fn completed_before(
    transaction: &Transaction<'_>,
    input: &CompleteMultipartUploadInput,
) -> Result<Option<Completed>, Error> {
    let versioning = Bucket::get(transaction, &input.bucket)?.versioning;
    let Some(Version { version_id, content: Content::Object(object), .. }) =
        Version::latest(transaction, &input.bucket, &input.key)?
    else {
        return Ok(None);
    };
    let Object { etag, details, .. } = *object;
    let same = details.upload_id.as_deref() == Some(&input.upload_id);
    let version_id = versioning.shown(&version_id);
    Ok(same.then(|| Completed { etag, checksum: details.checksum, version_id, dropped: None, unused: Vec::new() }))
}

/// The parts that are asked for, in order.
fn chosen(parts: Vec<Part>, asked: &[CompletedPart], upload: &Upload) -> Result<Vec<Part>, Error> {
    if asked.is_empty() {
        return Err(refused!(MalformedXML, "A complete upload has at least one part"));
    }
    let mut there: BTreeMap<i32, Part> = parts.into_iter().map(|part| (part.number, part)).collect();
    let mut chosen: Vec<Part> = Vec::with_capacity(asked.len());
    for wanted in asked {
        let number = wanted.part_number.unwrap_or_default();
        if chosen.last().is_some_and(|before| before.number >= number) {
            return Err(refused!(InvalidPartOrder, "The list of parts was not in ascending order."));
        }
        let part = there.remove(&number).filter(|part| is_meant(part, wanted, upload));
        chosen.push(part.ok_or_else(|| {
            refused!(
                InvalidPart,
                "Part {number} could not be found. It may not have been uploaded, or its ETag or checksum differs."
            )
        })?);
    }
    match chosen.split_last() {
        Some((_, rest)) if rest.iter().any(|part| part.size < PART_LEAST) => Err(refused!(
            EntityTooSmall,
            "Your proposed upload is smaller than the minimum allowed size: every part but the last has at least {PART_LEAST} bytes"
        )),
        Some(_) | None => Ok(chosen),
    }
}

fn is_meant(part: &Part, wanted: &CompletedPart, upload: &Upload) -> bool {
    let fields = Fields {
        checksum_crc32: wanted.checksum_crc32.clone(),
        checksum_crc32c: wanted.checksum_crc32c.clone(),
        checksum_crc64nvme: wanted.checksum_crc64nvme.clone(),
        checksum_sha1: wanted.checksum_sha1.clone(),
        checksum_sha256: wanted.checksum_sha256.clone(),
        checksum_type: None,
    };
    let etag_fits = wanted.e_tag.as_ref().is_none_or(|etag| etag.value() == part.etag);
    etag_fits && upload.algorithm.of(&fields).is_none_or(|checksum| *checksum == part.checksum)
}

/// The checksum of the whole, if it is what the client says.
fn whole_checksum(upload: &Upload, parts: &[Part], input: &CompleteMultipartUploadInput) -> Result<Checksum, Error> {
    let values: Vec<(&str, u64)> = parts.iter().map(|part| (part.checksum.as_str(), part.size)).collect();
    let checksum = combined(upload.algorithm, upload.kind, &values)?;
    let fields = Fields {
        checksum_crc32: input.checksum_crc32.clone(),
        checksum_crc32c: input.checksum_crc32c.clone(),
        checksum_crc64nvme: input.checksum_crc64nvme.clone(),
        checksum_sha1: input.checksum_sha1.clone(),
        checksum_sha256: input.checksum_sha256.clone(),
        checksum_type: None,
    };
    let calculated = checksum.value.split('-').next();
    match upload.algorithm.of(&fields).map(|claimed| claimed.split('-').next()) {
        Some(claimed) if claimed != calculated => Err(refused!(
            BadDigest,
            "The {} you specified did not match the calculated checksum.",
            upload.algorithm.name()
        )),
        Some(_) | None => Ok(checksum),
    }
}
