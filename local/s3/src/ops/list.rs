//! Listing objects.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use s3s::dto::*;

use super::{Caller, ObjectStore, count, etag, owner, page_limit, signed};
use crate::{
    Error,
    error::refused,
    event::{timestamp, url_encoded},
    table::{After, Content, Listed, Page, Query, Scope, Version},
};

impl ObjectStore {
    pub(crate) async fn list_objects(&self, _: &Caller, input: ListObjectsInput) -> Result<ListObjectsOutput, Error> {
        let encoding = Encoding::of(input.encoding_type.as_ref())?;
        let limit = page_limit(input.max_keys)?;
        let after = non_empty(input.marker.clone()).map_or(After::Nothing, After::Key);
        let page = self.store.read(|connection| {
            let query = Query {
                scope: Scope::Current,
                bucket: &input.bucket,
                prefix: input.prefix.as_deref().unwrap_or_default(),
                delimiter: input.delimiter.as_deref(),
                after,
                limit,
            };
            query.page(connection)
        })?;
        // Without a delimiter the last key is the marker, and S3 leaves it out.
        let next =
            page.last().filter(|_| page.truncated && input.delimiter.is_some()).map(|(key, _)| encoding.text(key));
        let (contents, common_prefixes) = contents(&page, encoding, true);
        Ok(ListObjectsOutput {
            name: Some(input.bucket),
            prefix: Some(encoding.text(input.prefix.as_deref().unwrap_or_default())),
            marker: Some(encoding.text(input.marker.as_deref().unwrap_or_default())),
            max_keys: Some(count(limit)),
            is_truncated: Some(page.truncated),
            contents: Some(contents),
            common_prefixes: Some(common_prefixes),
            delimiter: input.delimiter.as_deref().map(|delimiter| encoding.text(delimiter)),
            next_marker: next,
            encoding_type: input.encoding_type,
            request_charged: None,
        })
    }

    pub(crate) async fn list_objects_v2(
        &self,
        _: &Caller,
        input: ListObjectsV2Input,
    ) -> Result<ListObjectsV2Output, Error> {
        let encoding = Encoding::of(input.encoding_type.as_ref())?;
        let limit = page_limit(input.max_keys)?;
        let continued = input.continuation_token.as_deref().map(key_of_token).transpose()?;
        let after = continued.or_else(|| non_empty(input.start_after.clone()));
        let page = self.store.read(|connection| {
            let query = Query {
                scope: Scope::Current,
                bucket: &input.bucket,
                prefix: input.prefix.as_deref().unwrap_or_default(),
                delimiter: input.delimiter.as_deref(),
                after: after.map_or(After::Nothing, After::Key),
                limit,
            };
            query.page(connection)
        })?;
        let next = page.last().filter(|_| page.truncated).map(|(key, _)| BASE64_URL_SAFE_NO_PAD.encode(key));
        let (contents, common_prefixes) = contents(&page, encoding, input.fetch_owner == Some(true));
        Ok(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: Some(encoding.text(input.prefix.as_deref().unwrap_or_default())),
            max_keys: Some(count(limit)),
            key_count: Some(count(page.entries.len())),
            continuation_token: input.continuation_token,
            is_truncated: Some(page.truncated),
            next_continuation_token: next,
            contents: Some(contents),
            common_prefixes: Some(common_prefixes),
            delimiter: input.delimiter.as_deref().map(|delimiter| encoding.text(delimiter)),
            encoding_type: input.encoding_type,
            start_after: input.start_after.as_deref().map(|key| encoding.text(key)),
            request_charged: None,
        })
    }
}

/// How an answer writes keys.
#[derive(Debug, Clone, Copy)]
pub(super) enum Encoding {
    Plain,
    Url,
}

impl Encoding {
    pub(super) fn of(asked: Option<&EncodingType>) -> Result<Self, Error> {
        match asked.map(EncodingType::as_str) {
            None => Ok(Self::Plain),
            Some(EncodingType::URL) => Ok(Self::Url),
            Some(_) => {
                Err(refused!(InvalidArgument, "Invalid Encoding Method specified in Request: only url is known"))
            }
        }
    }

    pub(super) fn text(self, key: &str) -> String {
        match self {
            Self::Plain => key.to_owned(),
            Self::Url => url_encoded(key),
        }
    }
}

/// Empty means not given.
pub(super) fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn key_of_token(token: &str) -> Result<String, Error> {
    let key = BASE64_URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    key.ok_or_else(|| refused!(InvalidArgument, "The continuation token provided is incorrect"))
}

pub(super) fn common_prefix(prefix: &str, encoding: Encoding) -> CommonPrefix {
    CommonPrefix { prefix: Some(encoding.text(prefix)) }
}

fn contents(page: &Page, encoding: Encoding, with_owner: bool) -> (Vec<Object>, Vec<CommonPrefix>) {
    let (mut contents, mut common_prefixes) = (Vec::new(), Vec::new());
    for entry in &page.entries {
        match entry {
            Listed::CommonPrefix(prefix) => common_prefixes.push(common_prefix(prefix, encoding)),
            Listed::Version(version) => contents.extend(object(version, encoding, with_owner)),
        }
    }
    (contents, common_prefixes)
}

fn object(version: &Version, encoding: Encoding, with_owner: bool) -> Option<Object> {
    let Content::Object(object) = &version.content else { return None };
    let checksum = object.details.checksum.as_ref();
    Some(Object {
        checksum_algorithm: checksum
            .map(|checksum| vec![ChecksumAlgorithm::from(checksum.algorithm.name().to_owned())]),
        checksum_type: checksum.map(|checksum| ChecksumType::from(checksum.kind.name().to_owned())),
        e_tag: Some(etag(&object.etag)),
        key: Some(encoding.text(&version.key)),
        last_modified: Some(timestamp(version.modified_ms)),
        owner: with_owner.then(owner),
        restore_status: None,
        size: Some(signed(object.size)),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
    })
}
