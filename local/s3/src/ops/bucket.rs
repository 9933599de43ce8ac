//! Buckets.

use s3s::{dto::*, path::check_bucket_name};

use super::{Caller, ObjectStore, owner};
use crate::{
    Error,
    error::refused,
    event::timestamp,
    table::{Bucket, Versioning},
};

/// The region whose buckets have no location, and may be created again by their owner.
const FIRST_REGION: &str = "us-east-1";

impl ObjectStore {
    /// Creates a bucket; says whether it is new.
    pub(crate) async fn ensure_bucket(&self, name: &str) -> Result<bool, Error> {
        if !check_bucket_name(name) {
            return Err(refused!(
                InvalidBucketName,
                "The bucket name {name:?} is not valid: 3 to 63 lower-case letters, digits, hyphens and dots"
            ));
        }
        let now_ms = self.clock.now_ms();
        let created = self.store.write(|transaction| Bucket::create(transaction, name, now_ms))?;
        self.store.durable().await?;
        Ok(created)
    }

    pub(crate) async fn create_bucket(
        &self,
        _: &Caller,
        input: CreateBucketInput,
    ) -> Result<CreateBucketOutput, Error> {
        let created = self.ensure_bucket(&input.bucket).await?;
        if !created && *self.region != *FIRST_REGION {
            return Err(refused!(BucketAlreadyOwnedByYou, "You already own the bucket {}", input.bucket));
        }
        Ok(CreateBucketOutput { location: Some(format!("/{}", input.bucket)) })
    }

    pub(crate) async fn delete_bucket(
        &self,
        _: &Caller,
        input: DeleteBucketInput,
    ) -> Result<DeleteBucketOutput, Error> {
        let files = self.store.write(|transaction| Bucket::delete(transaction, &input.bucket))?;
        self.settle_parts(files).await?;
        Ok(DeleteBucketOutput::default())
    }

    pub(crate) async fn head_bucket(&self, _: &Caller, input: HeadBucketInput) -> Result<HeadBucketOutput, Error> {
        self.bucket(&input.bucket)?;
        Ok(HeadBucketOutput { bucket_region: Some(self.region.to_string()), ..Default::default() })
    }

    pub(crate) async fn list_buckets(&self, _: &Caller, input: ListBucketsInput) -> Result<ListBucketsOutput, Error> {
        let prefix = input.prefix.clone().unwrap_or_default();
        let buckets = self.store.read(Bucket::all)?;
        let listed =
            buckets.into_iter().filter(|bucket| bucket.name.starts_with(&prefix)).map(|bucket| s3s::dto::Bucket {
                bucket_region: Some(self.region.to_string()),
                creation_date: Some(timestamp(bucket.created_ms)),
                name: Some(bucket.name),
            });
        Ok(ListBucketsOutput {
            buckets: Some(listed.collect()),
            owner: Some(owner()),
            prefix: input.prefix,
            ..Default::default()
        })
    }

    pub(crate) async fn get_bucket_location(
        &self,
        _: &Caller,
        input: GetBucketLocationInput,
    ) -> Result<GetBucketLocationOutput, Error> {
        self.bucket(&input.bucket)?;
        let elsewhere = (*self.region != *FIRST_REGION).then(|| self.region.to_string());
        Ok(GetBucketLocationOutput { location_constraint: elsewhere.map(BucketLocationConstraint::from) })
    }

    pub(crate) async fn get_bucket_versioning(
        &self,
        _: &Caller,
        input: GetBucketVersioningInput,
    ) -> Result<GetBucketVersioningOutput, Error> {
        let status = match self.bucket(&input.bucket)?.versioning {
            Versioning::Never => None,
            Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
            Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
        };
        Ok(GetBucketVersioningOutput { mfa_delete: None, status: status.map(BucketVersioningStatus::from_static) })
    }

    pub(crate) async fn put_bucket_versioning(
        &self,
        _: &Caller,
        input: PutBucketVersioningInput,
    ) -> Result<PutBucketVersioningOutput, Error> {
        let versioning = match input.versioning_configuration.status.as_ref().map(BucketVersioningStatus::as_str) {
            Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
            Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
            other => {
                return Err(refused!(
                    IllegalVersioningConfigurationException,
                    "The versioning status {other:?} is not valid: Enabled or Suspended"
                ));
            }
        };
        self.store.write(|transaction| Bucket::set_versioning(transaction, &input.bucket, versioning))?;
        self.store.durable().await?;
        Ok(PutBucketVersioningOutput {})
    }

    /// The bucket of that name, or `NoSuchBucket`.
    pub(super) fn bucket(&self, name: &str) -> Result<Bucket, Error> {
        self.store.read(|connection| Bucket::get(connection, name))
    }
}
