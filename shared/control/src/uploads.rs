//! Uploads: objects that were created in S3.

use serde_json::{Map, Value, json};

use crate::{Admission, Control, Error, Invocation, register::is_definition};

/// An object that was created in S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedObject {
    /// Its bucket.
    pub bucket: String,
    /// Its key, decoded.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// Its ETag, without quotes.
    pub etag: String,
    /// Its version, in a versioned bucket.
    pub version: Option<String>,
    /// S3's order of the events of one key.
    pub sequencer: String,
}

/// What an upload led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadOutcome {
    /// It matches no trigger.
    Unmatched,
    /// It was a definition, which was registered or rejected.
    Definition,
    /// It matched this many triggers, each of which has its run or its rejection.
    Matched(usize),
}

impl UploadedObject {
    /// Whatever differs between two writes of one key differs here; the same event, delivered again, is the same.
    fn identity(&self) -> String {
        let version = self.version.as_deref().unwrap_or(&self.etag);
        format!("s3\n{}\n{}\n{version}\n{}", self.bucket, self.key, self.sequencer)
    }

    fn trigger(&self) -> Value {
        json!({ "s3": {
            "bucket": self.bucket,
            "key": self.key,
            "uri": format!("s3://{}/{}", self.bucket, self.key),
            "size": self.size,
            "etag": self.etag,
            "version": self.version,
        }})
    }
}

impl Control {
    /// An object was created: a definition is registered, any other object starts a run of each pipeline it is for.
    ///
    /// # Errors
    /// If it is to be tried again. What can never work is rejected instead.
    pub async fn upload(&self, object: &UploadedObject, invocation: &Invocation) -> Result<UploadOutcome, Error> {
        if object.bucket == self.config.inbox_bucket && is_definition(&object.key) {
            self.register_object(object).await?;
            return Ok(UploadOutcome::Definition);
        }
        let triggers = self.table.triggers(&format!("s3:{}", object.bucket)).await?;
        let mut pipelines: Vec<&str> =
            triggers.iter().filter(|trigger| trigger.matches(&object.key)).map(|trigger| &*trigger.pipeline).collect();
        pipelines.sort_unstable();
        pipelines.dedup();
        if pipelines.is_empty() {
            tracing::info!(uploads_unmatched = 1, bucket = %object.bucket, "an upload matches no trigger");
            return Ok(UploadOutcome::Unmatched);
        }
        let (identity, trigger) = (object.identity(), object.trigger());
        for pipeline in &pipelines {
            let admission = Admission {
                pipeline,
                params: &Map::new(),
                identity: &identity,
                source: &format!("s3://{}/{}", object.bucket, object.key),
                trigger: trigger.clone(),
                priority: None,
            };
            self.admit(&admission, invocation).await?;
        }
        Ok(UploadOutcome::Matched(pipelines.len()))
    }
}
