//! Deleting objects.

use s3s::dto::*;

use super::{Caller, ObjectStore, check_key, condition};
use crate::{
    Error,
    error::refused,
    table::{self, Bucket, Target},
};

/// The most objects of one `DeleteObjects`.
const BATCH_LIMIT: usize = 1000;

impl ObjectStore {
    pub(crate) async fn delete_object(
        &self,
        caller: &Caller,
        input: DeleteObjectInput,
    ) -> Result<DeleteObjectOutput, Error> {
        let condition = condition::of_write(input.if_match, None)?;
        let target = Target { bucket: &input.bucket, key: &input.key, version_id: input.version_id.as_deref() };
        let cause = self.cause(&caller.request_id);
        let deleted = self.store.write(|transaction| {
            condition.check(transaction, target.bucket, target.key)?;
            target.delete(transaction, &cause)
        })?;
        self.settle(deleted.dropped).await?;
        Ok(DeleteObjectOutput {
            delete_marker: deleted.delete_marker.then_some(true),
            version_id: deleted.version_id,
            request_charged: None,
        })
    }

    pub(crate) async fn delete_objects(
        &self,
        caller: &Caller,
        input: DeleteObjectsInput,
    ) -> Result<DeleteObjectsOutput, Error> {
        let Delete { objects, quiet } = input.delete;
        if objects.is_empty() || objects.len() > BATCH_LIMIT {
            return Err(refused!(MalformedXML, "A request deletes 1 to {BATCH_LIMIT} objects, not {}", objects.len()));
        }
        let outcomes = self.store.write(|transaction| {
            Bucket::get(transaction, &input.bucket)?;
            let each = objects.iter().map(|object| {
                check_key(&object.key)?;
                let target =
                    Target { bucket: &input.bucket, key: &object.key, version_id: object.version_id.as_deref() };
                // Each has a version id of its own.
                target.delete(transaction, &self.cause(&caller.request_id))
            });
            keep_refused_apart(each)
        })?;
        let mut output =
            DeleteObjectsOutput { deleted: Some(Vec::new()), errors: Some(Vec::new()), request_charged: None };
        let mut dropped = Vec::new();
        for (object, outcome) in objects.into_iter().zip(outcomes) {
            match outcome {
                Ok(mut deleted) => {
                    dropped.extend(deleted.dropped.take());
                    let shown = (quiet != Some(true)).then(|| shown(object, deleted));
                    output.deleted.get_or_insert_default().extend(shown);
                }
                Err(error) => output.errors.get_or_insert_default().push(failed(object, &error)),
            }
        }
        self.settle(dropped).await?;
        Ok(output)
    }
}

/// One object's refusal is its own; a failure of the database is all's.
fn keep_refused_apart(
    each: impl Iterator<Item = Result<table::Deleted, Error>>,
) -> Result<Vec<Result<table::Deleted, s3s::S3Error>>, Error> {
    each.map(|outcome| match outcome {
        Ok(deleted) => Ok(Ok(deleted)),
        Err(Error::Refused(refused)) => Ok(Err(refused)),
        Err(error @ (Error::Store(_) | Error::Disk(_) | Error::Unreadable(_))) => Err(error),
    })
    .collect()
}

fn shown(object: ObjectIdentifier, deleted: table::Deleted) -> DeletedObject {
    DeletedObject {
        delete_marker: deleted.delete_marker.then_some(true),
        delete_marker_version_id: deleted.version_id.filter(|_| deleted.delete_marker),
        key: Some(object.key),
        version_id: object.version_id,
    }
}

fn failed(object: ObjectIdentifier, error: &s3s::S3Error) -> s3s::dto::Error {
    s3s::dto::Error {
        code: Some(error.code().as_str().to_owned()),
        key: Some(object.key),
        message: error.message().map(str::to_owned),
        version_id: object.version_id,
    }
}
