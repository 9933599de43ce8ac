//! An object's tags.

use std::collections::BTreeMap;

use s3s::dto::*;

use super::{Caller, ObjectStore};
use crate::{
    Error,
    error::refused,
    table::{Version, check_tags},
};

impl ObjectStore {
    pub(crate) async fn get_object_tagging(
        &self,
        _: &Caller,
        input: GetObjectTaggingInput,
    ) -> Result<GetObjectTaggingOutput, Error> {
        let found = self.find(&input.bucket, &input.key, input.version_id.as_deref())?;
        let tags = found.object.details.tags.into_iter().map(|(key, value)| Tag { key: Some(key), value: Some(value) });
        Ok(GetObjectTaggingOutput { tag_set: tags.collect(), version_id: found.version_id })
    }

    pub(crate) async fn put_object_tagging(
        &self,
        _: &Caller,
        input: PutObjectTaggingInput,
    ) -> Result<PutObjectTaggingOutput, Error> {
        let tags = check_tags(input.tagging.tag_set.into_iter().map(|tag| match (tag.key, tag.value) {
            (Some(key), Some(value)) => Ok((key, value)),
            _ => Err(refused!(MalformedXML, "A tag has a key and a value")),
        }))?;
        let version_id = self.set_tags(&input.bucket, &input.key, input.version_id.as_deref(), tags).await?;
        Ok(PutObjectTaggingOutput { version_id })
    }

    pub(crate) async fn delete_object_tagging(
        &self,
        _: &Caller,
        input: DeleteObjectTaggingInput,
    ) -> Result<DeleteObjectTaggingOutput, Error> {
        let version_id = self.set_tags(&input.bucket, &input.key, input.version_id.as_deref(), BTreeMap::new()).await?;
        Ok(DeleteObjectTaggingOutput { version_id })
    }

    async fn set_tags(
        &self,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
        tags: BTreeMap<String, String>,
    ) -> Result<Option<String>, Error> {
        let found = self.find(bucket, key, version_id)?;
        let mut details = found.object.details;
        details.tags = tags;
        self.store.write(|transaction| Version::set_details(transaction, found.version.seq, &details))?;
        self.store.durable().await?;
        Ok(found.version_id)
    }
}
