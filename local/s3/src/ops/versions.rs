//! Listing versions.

use s3s::dto::*;

use super::{
    Caller, ObjectStore, count, etag,
    list::{Encoding, common_prefix, non_empty},
    owner, page_limit, signed,
};
use crate::{
    Error,
    error::refused,
    event::timestamp,
    table::{After, Content, Listed, Query, Scope, Version},
};

impl ObjectStore {
    pub(crate) async fn list_object_versions(
        &self,
        _: &Caller,
        input: ListObjectVersionsInput,
    ) -> Result<ListObjectVersionsOutput, Error> {
        let encoding = Encoding::of(input.encoding_type.as_ref())?;
        let limit = page_limit(input.max_keys)?;
        let page = self.store.read(|connection| {
            let query = Query {
                scope: Scope::Versions,
                bucket: &input.bucket,
                prefix: input.prefix.as_deref().unwrap_or_default(),
                delimiter: input.delimiter.as_deref(),
                after: after(connection, &input)?,
                limit,
            };
            query.page(connection)
        })?;
        let next = page.last().filter(|_| page.truncated);
        let mut output = ListObjectVersionsOutput {
            is_truncated: Some(page.truncated),
            max_keys: Some(count(limit)),
            prefix: Some(encoding.text(input.prefix.as_deref().unwrap_or_default())),
            delimiter: input.delimiter.as_deref().map(|delimiter| encoding.text(delimiter)),
            key_marker: Some(encoding.text(input.key_marker.as_deref().unwrap_or_default())),
            version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
            next_key_marker: next.map(|(key, _)| encoding.text(key)),
            next_version_id_marker: next.and_then(|(_, version_id)| version_id.map(str::to_owned)),
            encoding_type: input.encoding_type,
            name: Some(input.bucket),
            ..Default::default()
        };
        for entry in &page.entries {
            add(&mut output, entry, encoding);
        }
        Ok(output)
    }
}

fn after(connection: &rusqlite::Connection, input: &ListObjectVersionsInput) -> Result<After, Error> {
    let key = non_empty(input.key_marker.clone());
    match (key, non_empty(input.version_id_marker.clone())) {
        (None, None) => Ok(After::Nothing),
        (Some(key), None) => Ok(After::Key(key)),
        (Some(key), Some(version_id)) => {
            let version = Version::named(connection, &input.bucket, &key, &version_id);
            let version =
                version.map_err(|_| refused!(InvalidArgument, "Invalid version id specified: {version_id}"))?;
            Ok(After::Version(key, version.seq))
        }
        (None, Some(_)) => {
            Err(refused!(InvalidArgument, "A version-id marker cannot be specified without a key marker."))
        }
    }
}

fn add(output: &mut ListObjectVersionsOutput, entry: &Listed, encoding: Encoding) {
    match entry {
        Listed::CommonPrefix(prefix) => {
            output.common_prefixes.get_or_insert_default().push(common_prefix(prefix, encoding));
        }
        Listed::Version(version) => match &version.content {
            Content::DeleteMarker => output.delete_markers.get_or_insert_default().push(DeleteMarkerEntry {
                is_latest: Some(version.latest),
                key: Some(encoding.text(&version.key)),
                last_modified: Some(timestamp(version.modified_ms)),
                owner: Some(owner()),
                version_id: Some(version.version_id.clone()),
            }),
            Content::Object(object) => output.versions.get_or_insert_default().push(ObjectVersion {
                checksum_algorithm: None,
                checksum_type: None,
                e_tag: Some(etag(&object.etag)),
                is_latest: Some(version.latest),
                key: Some(encoding.text(&version.key)),
                last_modified: Some(timestamp(version.modified_ms)),
                owner: Some(owner()),
                restore_status: None,
                size: Some(signed(object.size)),
                storage_class: Some(ObjectVersionStorageClass::from_static(ObjectVersionStorageClass::STANDARD)),
                version_id: Some(version.version_id.clone()),
            }),
        },
    }
}
