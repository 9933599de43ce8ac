//! Uploads in parts, until they are complete.

use s3s::dto::*;

use super::{Caller, ObjectStore, condition::ReadConditions, count, etag, list::Encoding, owner, page_limit, signed};
use crate::{
    Error,
    disk::Blob,
    error::refused,
    event::timestamp,
    integrity::{Algorithm, Claims, Digests, Kind},
    table::{Bucket, Details, Headers, Part as PartRow, Upload},
};

impl ObjectStore {
    pub(crate) async fn create_multipart_upload(
        &self,
        _: &Caller,
        input: CreateMultipartUploadInput,
    ) -> Result<CreateMultipartUploadOutput, Error> {
        let algorithm = input.checksum_algorithm.as_ref().map(|name| Algorithm::named(name.as_str())).transpose()?;
        let algorithm = algorithm.unwrap_or(Algorithm::Crc64nvme);
        let kind = input.checksum_type.as_ref().map(|name| Kind::named(name.as_str())).transpose()?;
        let headers = Headers {
            cache_control: input.cache_control,
            content_disposition: input.content_disposition,
            content_encoding: input.content_encoding,
            content_language: input.content_language,
            content_type: input.content_type,
            expires: input.expires,
            website_redirect_location: input.website_redirect_location,
        };
        let upload = Upload {
            id: self.ids.hex(),
            bucket: input.bucket,
            key: input.key,
            created_ms: self.clock.now_ms(),
            algorithm,
            kind: kind.unwrap_or_else(|| algorithm.default_kind()),
            details: Details::new(headers, input.metadata, input.tagging.as_deref())?,
        };
        self.store.write(|transaction| {
            Bucket::get(transaction, &upload.bucket)?;
            upload.insert(transaction)
        })?;
        self.store.durable().await?;
        Ok(CreateMultipartUploadOutput {
            bucket: Some(upload.bucket),
            checksum_algorithm: input.checksum_algorithm,
            checksum_type: Some(ChecksumType::from(upload.kind.name().to_owned())),
            key: Some(upload.key),
            upload_id: Some(upload.id),
            ..Default::default()
        })
    }

    pub(crate) async fn upload_part(&self, caller: &Caller, input: UploadPartInput) -> Result<UploadPartOutput, Error> {
        let upload = self.upload(&input.bucket, &input.key, &input.upload_id)?;
        part_number(input.part_number)?;
        let body = input.body.unwrap_or_else(|| StreamingBlob::from(s3s::Body::empty()));
        let target = (upload.bucket.as_str(), upload.key.as_str());
        let (blob, digests) = self.receive(body, caller.claims()?, upload.algorithm, target).await?;
        self.put_part(&upload, input.part_number, blob, &digests).await?;
        let fields = digests.checksum(upload.algorithm).map(|checksum| checksum.fields()).unwrap_or_default();
        Ok(UploadPartOutput {
            checksum_crc32: fields.checksum_crc32,
            checksum_crc32c: fields.checksum_crc32c,
            checksum_crc64nvme: fields.checksum_crc64nvme,
            checksum_sha1: fields.checksum_sha1,
            checksum_sha256: fields.checksum_sha256,
            e_tag: Some(etag(&digests.etag())),
            ..Default::default()
        })
    }

    pub(crate) async fn upload_part_copy(
        &self,
        _: &Caller,
        input: UploadPartCopyInput,
    ) -> Result<UploadPartCopyOutput, Error> {
        let upload = self.upload(&input.bucket, &input.key, &input.upload_id)?;
        part_number(input.part_number)?;
        let conditions = ReadConditions {
            if_match: input.copy_source_if_match.as_ref(),
            if_none_match: input.copy_source_if_none_match.as_ref(),
            if_modified_since: input.copy_source_if_modified_since.as_ref(),
            if_unmodified_since: input.copy_source_if_unmodified_since.as_ref(),
        };
        let found = self.source(&input.copy_source, &conditions)?;
        let size = found.object.size;
        let invalid = || refused!(InvalidArgument, "The range of the copy's source is not within its {size} bytes");
        let range = match &input.copy_source_range {
            Some(text) => Range::parse(text).ok().and_then(|range| range.check(size).ok()).ok_or_else(invalid)?,
            None => 0..size,
        };
        let copied_version = found.version_id.clone();
        let reader = self.reader(found, &range);
        let target = (upload.bucket.as_str(), upload.key.as_str());
        let (blob, digests) = self.receive(reader, Claims::default(), upload.algorithm, target).await?;
        self.put_part(&upload, input.part_number, blob, &digests).await?;
        let fields = digests.checksum(upload.algorithm).map(|checksum| checksum.fields()).unwrap_or_default();
        let result = CopyPartResult {
            checksum_crc32: fields.checksum_crc32,
            checksum_crc32c: fields.checksum_crc32c,
            checksum_crc64nvme: fields.checksum_crc64nvme,
            checksum_sha1: fields.checksum_sha1,
            checksum_sha256: fields.checksum_sha256,
            e_tag: Some(etag(&digests.etag())),
            last_modified: Some(timestamp(self.clock.now_ms())),
        };
        let (copy_part_result, copy_source_version_id) = (Some(result), copied_version);
        Ok(UploadPartCopyOutput { copy_part_result, copy_source_version_id, ..Default::default() })
    }

    pub(crate) async fn abort_multipart_upload(
        &self,
        _: &Caller,
        input: AbortMultipartUploadInput,
    ) -> Result<AbortMultipartUploadOutput, Error> {
        let files = self.store.write(|transaction| {
            Bucket::get(transaction, &input.bucket)?;
            Upload::get(transaction, &input.bucket, &input.key, &input.upload_id)?.remove(transaction)
        })?;
        self.settle_parts(files).await?;
        Ok(AbortMultipartUploadOutput::default())
    }

    pub(crate) async fn list_parts(&self, _: &Caller, input: ListPartsInput) -> Result<ListPartsOutput, Error> {
        let upload = self.upload(&input.bucket, &input.key, &input.upload_id)?;
        let limit = page_limit(input.max_parts)?;
        let after = input.part_number_marker.unwrap_or_default();
        let parts = self.store.read(|connection| upload.parts(connection))?;
        let mut rest = parts.into_iter().filter(|part| part.number > after);
        let page: Vec<PartRow> = rest.by_ref().take(limit).collect();
        Ok(ListPartsOutput {
            bucket: Some(upload.bucket),
            checksum_algorithm: Some(ChecksumAlgorithm::from(upload.algorithm.name().to_owned())),
            checksum_type: Some(ChecksumType::from(upload.kind.name().to_owned())),
            is_truncated: Some(limit > 0 && rest.next().is_some()),
            key: Some(upload.key),
            max_parts: Some(count(limit)),
            next_part_number_marker: Some(page.last().map_or(after, |part| part.number)),
            owner: Some(owner()),
            part_number_marker: Some(after),
            parts: Some(page.into_iter().map(|part| shown(part, upload.algorithm)).collect()),
            storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
            upload_id: Some(upload.id),
            ..Default::default()
        })
    }

    pub(crate) async fn list_multipart_uploads(
        &self,
        _: &Caller,
        input: ListMultipartUploadsInput,
    ) -> Result<ListMultipartUploadsOutput, Error> {
        if input.delimiter.is_some() {
            return Err(refused!(NotImplemented, "ListMultipartUploads has no delimiter here"));
        }
        let encoding = Encoding::of(input.encoding_type.as_ref())?;
        let limit = page_limit(input.max_uploads)?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let key = input.key_marker.as_deref().unwrap_or_default();
        // Without an id, all uploads of the marked key lie before the page.
        let id = input.upload_id_marker.as_deref().unwrap_or(if key.is_empty() { "" } else { "~" });
        let mut uploads = self.store.read(|connection| {
            Bucket::get(connection, &input.bucket)?;
            Upload::page(connection, &input.bucket, &prefix, (key, id), limit.saturating_add(1))
        })?;
        let truncated = uploads.len() > limit && limit > 0;
        uploads.truncate(limit);
        let last = uploads.last().filter(|_| truncated);
        Ok(ListMultipartUploadsOutput {
            encoding_type: input.encoding_type,
            is_truncated: Some(truncated),
            key_marker: Some(encoding.text(key)),
            max_uploads: Some(count(limit)),
            next_key_marker: last.map(|upload| encoding.text(&upload.key)),
            next_upload_id_marker: last.map(|upload| upload.id.clone()),
            prefix: Some(encoding.text(&prefix)),
            upload_id_marker: Some(input.upload_id_marker.clone().unwrap_or_default()),
            uploads: Some(uploads.into_iter().map(|upload| listed(upload, encoding)).collect()),
            bucket: Some(input.bucket),
            ..Default::default()
        })
    }

    fn upload(&self, bucket: &str, key: &str, id: &str) -> Result<Upload, Error> {
        self.store.read(|connection| {
            Bucket::get(connection, bucket)?;
            Upload::get(connection, bucket, key, id)
        })
    }

    async fn put_part(&self, upload: &Upload, number: i32, blob: Blob, digests: &Digests) -> Result<(), Error> {
        let part = PartRow {
            number,
            file: blob.name.clone(),
            size: blob.size,
            etag: digests.etag(),
            checksum: digests.value_of(upload.algorithm).cloned().unwrap_or_default(),
            modified_ms: self.clock.now_ms(),
        };
        let before = self.store.write(|transaction| {
            // It may have been completed or aborted while the bytes came.
            Upload::get(transaction, &upload.bucket, &upload.key, &upload.id)?.put_part(transaction, &part)
        })?;
        blob.keep();
        self.settle_parts(before.into_iter().collect()).await
    }
}

fn part_number(number: i32) -> Result<(), Error> {
    if (1..=10_000).contains(&number) {
        return Ok(());
    }
    Err(refused!(InvalidArgument, "Part number must be an integer between 1 and 10000, inclusive, not {number}"))
}

fn shown(part: PartRow, algorithm: Algorithm) -> Part {
    let fields = crate::integrity::Checksum { algorithm, kind: Kind::FullObject, value: part.checksum }.fields();
    Part {
        checksum_crc32: fields.checksum_crc32,
        checksum_crc32c: fields.checksum_crc32c,
        checksum_crc64nvme: fields.checksum_crc64nvme,
        checksum_sha1: fields.checksum_sha1,
        checksum_sha256: fields.checksum_sha256,
        e_tag: Some(etag(&part.etag)),
        last_modified: Some(timestamp(part.modified_ms)),
        part_number: Some(part.number),
        size: Some(signed(part.size)),
    }
}

fn listed(upload: Upload, encoding: Encoding) -> MultipartUpload {
    MultipartUpload {
        checksum_algorithm: Some(ChecksumAlgorithm::from(upload.algorithm.name().to_owned())),
        checksum_type: Some(ChecksumType::from(upload.kind.name().to_owned())),
        initiated: Some(timestamp(upload.created_ms)),
        initiator: None,
        key: Some(encoding.text(&upload.key)),
        owner: Some(owner()),
        storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
        upload_id: Some(upload.id),
    }
}
