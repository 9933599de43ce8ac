//! The service as a whole.

use std::{path::PathBuf, sync::Arc};

use ambient::{Clock, Ids};
use local_store::Store;
use s3s::service::{S3Service, S3ServiceBuilder};

use crate::{
    Error,
    disk::Disk,
    event::Hook,
    front,
    ops::{ObjectStore, Stored},
    protocol::Protocol,
    table,
};

/// What the service is made of.
pub struct Config {
    /// The database. Its tables are those that begin with `s3_`.
    pub store: Store,
    /// The time of objects and events.
    pub clock: Clock,
    /// Version ids, upload ids, request ids, and the names of files.
    pub ids: Ids,
    /// The bytes lie in its folder `s3`. **One process at a time**: opening removes what no row of `store` names.
    pub data_dir: PathBuf,
    /// The region of all buckets, such as `us-east-1`.
    pub region: String,
    /// Called with every event, in the transaction of the change.
    pub notify: Hook,
}

/// S3 on one machine.
pub struct S3 {
    pub(crate) objects: ObjectStore,
    protocol: S3Service,
}

impl S3 {
    /// Opens the service, and removes the bytes of uploads that a crash interrupted.
    ///
    /// # Errors
    /// If the database or the folder cannot be opened.
    pub fn open(config: Config) -> Result<Arc<Self>, Error> {
        config.store.migrate(table::SCHEMA)?;
        let files = config.store.read(table::files)?;
        let disk = Disk::open(&config.data_dir, &files)?;
        let objects = ObjectStore::new(config, disk);
        let mut builder = S3ServiceBuilder::new(Protocol::new(objects.clone()));
        builder.set_host(front::Localhost);
        Ok(Arc::new(Self { objects, protocol: builder.build() }))
    }

    /// Creates a bucket, if it is not there.
    ///
    /// # Errors
    /// If the name is not one that S3 takes, or the database fails.
    pub async fn create_bucket(&self, name: &str) -> Result<(), Error> {
        self.objects.ensure_bucket(name).await.map(drop)
    }

    /// Puts a copy of the file at `path` under `key`, as `PutObject` does.
    ///
    /// # Errors
    /// If the bucket is not there, the key is empty or longer than 1024 bytes, the file cannot be read, or the disk or
    /// the database fails.
    pub async fn put_file(&self, bucket: &str, key: &str, path: &std::path::Path) -> Result<Stored, Error> {
        self.objects.put_file(bucket, key, path).await
    }

    pub(crate) fn protocol(&self) -> &S3Service {
        &self.protocol
    }
}
