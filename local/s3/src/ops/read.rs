//! Reading an object, or of what it is.

use std::{collections::VecDeque, ops::Range};

use http::{HeaderMap, HeaderValue};
use s3s::{S3Error, S3ErrorCode, dto::*};

use super::{
    Caller, ObjectStore,
    condition::{self, ReadConditions, Verdict},
    count, etag, signed,
};
use crate::{
    Error,
    disk::{Lease, Piece, Reader},
    error::refused,
    event::timestamp,
    table::{Bucket, Content, Object, Version},
};

/// An object that is there, and stays readable as long as this lives.
pub(super) struct Found {
    pub(super) version: Version,
    pub(super) object: Box<Object>,
    /// As answers show it.
    pub(super) version_id: Option<String>,
    segments: Vec<(String, u64)>,
    lease: Lease,
}

impl ObjectStore {
    pub(crate) async fn get_object(&self, _: &Caller, input: GetObjectInput) -> Result<GetObjectOutput, Error> {
        let found = self.find(&input.bucket, &input.key, input.version_id.as_deref())?;
        let (range, mut output) = self.view(&found, &input)?;
        output.body = Some(StreamingBlob::new(self.reader(found, &range)));
        Ok(output)
    }

    pub(crate) async fn head_object(&self, _: &Caller, input: HeadObjectInput) -> Result<HeadObjectOutput, Error> {
        let found = self.find(&input.bucket, &input.key, input.version_id.as_deref())?;
        let (_, view) = self.view(&found, &as_get(input))?;
        Ok(HeadObjectOutput {
            accept_ranges: view.accept_ranges,
            cache_control: view.cache_control,
            checksum_crc32: view.checksum_crc32,
            checksum_crc32c: view.checksum_crc32c,
            checksum_crc64nvme: view.checksum_crc64nvme,
            checksum_sha1: view.checksum_sha1,
            checksum_sha256: view.checksum_sha256,
            checksum_type: view.checksum_type,
            content_disposition: view.content_disposition,
            content_encoding: view.content_encoding,
            content_language: view.content_language,
            content_length: view.content_length,
            content_range: view.content_range,
            content_type: view.content_type,
            e_tag: view.e_tag,
            expires: view.expires,
            last_modified: view.last_modified,
            metadata: view.metadata,
            parts_count: view.parts_count,
            version_id: view.version_id,
            website_redirect_location: view.website_redirect_location,
            ..Default::default()
        })
    }

    /// The object that a key, or one version of it, means.
    pub(super) fn find(&self, bucket: &str, key: &str, version_id: Option<&str>) -> Result<Found, Error> {
        self.store.read(|connection| {
            let versioning = Bucket::get(connection, bucket)?.versioning;
            let version = match version_id {
                Some(version_id) => Some(Version::named(connection, bucket, key, version_id)?),
                None => Version::latest(connection, bucket, key)?,
            };
            let version = version.ok_or_else(no_such_key)?;
            let Content::Object(object) = version.content.clone() else {
                return Err(is_delete_marker(&version, version_id.is_some()));
            };
            let segments = Version::segments(connection, version.seq)?;
            // Still under the lock: nobody can have removed the row in between.
            let lease = self.leases.take(version.seq);
            Ok(Found { version_id: versioning.shown(&version.version_id), version, object, segments, lease })
        })
    }

    pub(super) fn reader(&self, found: Found, range: &Range<u64>) -> Reader {
        let mut pieces = VecDeque::new();
        let mut begin = 0_u64;
        for (file, size) in &found.segments {
            let end = begin.saturating_add(*size);
            let (from, to) = (range.start.max(begin), range.end.min(end));
            if from < to {
                let (offset, length) = (from.saturating_sub(begin), to.saturating_sub(from));
                pieces.push_back(Piece { path: self.disk.path(file), offset, length });
            }
            begin = end;
        }
        Reader::new(pieces, found.lease)
    }

    /// What is answered besides the bytes, and which bytes.
    fn view(&self, found: &Found, input: &GetObjectInput) -> Result<(Range<u64>, GetObjectOutput), Error> {
        let Object { size, etag: value, details } = &*found.object;
        check(found, input)?;
        let range = found.range(input)?;
        let whole = range.is_none();
        let content_range =
            range.as_ref().map(|range| format!("bytes {}-{}/{size}", range.start, range.end.saturating_sub(1)));
        let range = range.unwrap_or(0..*size);
        let wants_checksum =
            whole && input.checksum_mode.as_ref().is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
        let checksum =
            details.checksum.as_ref().filter(|_| wants_checksum).map(|checksum| checksum.fields()).unwrap_or_default();
        let headers = details.headers.clone();
        let output = GetObjectOutput {
            accept_ranges: Some("bytes".to_owned()),
            checksum_crc32: checksum.checksum_crc32,
            checksum_crc32c: checksum.checksum_crc32c,
            checksum_crc64nvme: checksum.checksum_crc64nvme,
            checksum_sha1: checksum.checksum_sha1,
            checksum_sha256: checksum.checksum_sha256,
            checksum_type: checksum.checksum_type,
            content_length: Some(signed(range.end.saturating_sub(range.start))),
            content_range,
            content_type: Some(headers.content_type()),
            cache_control: headers.cache_control,
            content_disposition: headers.content_disposition,
            content_encoding: headers.content_encoding,
            content_language: headers.content_language,
            expires: headers.expires,
            website_redirect_location: headers.website_redirect_location,
            e_tag: Some(etag(value)),
            last_modified: Some(timestamp(found.version.modified_ms)),
            metadata: details.metadata(),
            parts_count: input.part_number.map(|_| count(found.segments.len())),
            tag_count: (!details.tags.is_empty()).then(|| count(details.tags.len())),
            version_id: found.version_id.clone(),
            ..Default::default()
        };
        Ok((range, output))
    }
}

impl Found {
    /// The bytes that are asked for, unless it is all.
    fn range(&self, input: &GetObjectInput) -> Result<Option<Range<u64>>, Error> {
        let refused = || {
            refused!(InvalidRange, "The requested range is not satisfiable: the object has {} bytes", self.object.size)
        };
        match (input.range, input.part_number) {
            (None, None) => Ok(None),
            (Some(_), Some(_)) => {
                Err(refused!(InvalidRequest, "Cannot specify both Range header and partNumber query parameter"))
            }
            (Some(range), None) => match range.check(self.object.size) {
                Ok(range) if !range.is_empty() => Ok(Some(range)),
                Ok(_) | Err(_) => Err(refused()),
            },
            (None, Some(number)) => self.part(number).map(Some).ok_or_else(refused),
        }
    }

    fn part(&self, number: i32) -> Option<Range<u64>> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        let (_, size) = self.segments.get(index)?;
        let start: u64 = self.segments.iter().take(index).map(|(_, size)| size).sum();
        Some(start..start.saturating_add(*size))
    }
}

fn check(found: &Found, input: &GetObjectInput) -> Result<(), Error> {
    let conditions = ReadConditions {
        if_match: input.if_match.as_ref(),
        if_none_match: input.if_none_match.as_ref(),
        if_modified_since: input.if_modified_since.as_ref(),
        if_unmodified_since: input.if_unmodified_since.as_ref(),
    };
    match conditions.verdict(&found.object, found.version.modified_ms) {
        Verdict::Go => Ok(()),
        Verdict::NotModified => Err(condition::not_modified(&found.object, found.version.modified_ms)),
        Verdict::Failed => Err(condition::failed()),
    }
}

fn as_get(input: HeadObjectInput) -> GetObjectInput {
    GetObjectInput {
        bucket: input.bucket,
        key: input.key,
        version_id: input.version_id,
        checksum_mode: input.checksum_mode,
        if_match: input.if_match,
        if_none_match: input.if_none_match,
        if_modified_since: input.if_modified_since,
        if_unmodified_since: input.if_unmodified_since,
        part_number: input.part_number,
        range: input.range,
        ..Default::default()
    }
}

pub(super) fn no_such_key() -> Error {
    refused!(NoSuchKey, "The specified key does not exist.")
}

/// S3's answer to a reader of a delete marker: there is nothing, or, if the marker itself is named, no method for it.
fn is_delete_marker(version: &Version, named: bool) -> Error {
    let mut error = if named {
        S3Error::with_message(
            S3ErrorCode::MethodNotAllowed,
            "The specified method is not allowed against this resource.",
        )
    } else {
        S3Error::with_message(S3ErrorCode::NoSuchKey, "The specified key does not exist.")
    };
    let mut headers = HeaderMap::new();
    headers.insert("x-amz-delete-marker", HeaderValue::from_static("true"));
    if let Ok(version_id) = HeaderValue::from_str(&version.version_id) {
        headers.insert("x-amz-version-id", version_id);
    }
    error.set_headers(headers);
    Error::Refused(error)
}
