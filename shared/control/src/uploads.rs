//! Uploads: objects that were created in S3.

mod asked;

use serde_json::{Map, Value, json};

use crate::{
    Admission, Control, Error, Intake, Invocation, RunId, bind, gather::Entry, register::is_definition,
    table::trigger_item::TriggerRow,
};
use asked::Told;

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
    /// It matched triggers of this many pipelines, each of which has its run or its rejection.
    Matched(usize),
}

impl UploadedObject {
    /// Whatever differs between two writes of one key differs here; the same event, delivered again, is the same.
    fn identity(&self) -> String {
        let version = self.version.as_deref().unwrap_or(&self.etag);
        format!("s3\n{}\n{}\n{version}\n{}", self.bucket, self.key, self.sequencer)
    }

    /// What goes into a gathering of a pipeline.
    fn entry(&self, pipeline: &str, marker: bool) -> Entry {
        let member = RunId::of(pipeline, &self.identity()).to_string();
        let item = self.trigger(Map::new()).get("s3").cloned().unwrap_or_default();
        Entry { member, item, sequencer: self.sequencer.clone(), marker }
    }

    /// What expressions see of it: `{"s3": {…}, "key": {…}}`, the key's parts only if there are any.
    fn trigger(&self, parts: Map<String, Value>) -> Value {
        let mut trigger = json!({ "s3": {
            "bucket": self.bucket,
            "key": self.key,
            "uri": format!("s3://{}/{}", self.bucket, self.key),
            "size": self.size,
            "etag": self.etag,
            "version": self.version,
        }});
        if let Some(trigger) = trigger.as_object_mut().filter(|_| !parts.is_empty()) {
            trigger.insert("key".to_owned(), Value::Object(parts));
        }
        trigger
    }
}

impl Control {
    /// An object was created: a definition is registered, any other object starts a run of each pipeline it is for, or goes into the intake
    /// for those that gather.
    ///
    /// # Errors
    /// If it is to be tried again. What can never work is rejected instead.
    pub async fn upload(
        &self,
        object: &UploadedObject,
        intake: &mut Intake,
        invocation: &Invocation,
    ) -> Result<UploadOutcome, Error> {
        if object.bucket == self.config.inbox_bucket && is_definition(&object.key) {
            self.register_object(object).await?;
            return Ok(UploadOutcome::Definition);
        }
        let triggers = self.table.triggers(&format!("s3:{}", object.bucket)).await?;
        let (mut told, mut matched) = (Told::default(), 0);
        for of_pipeline in triggers.chunk_by(|one, next| one.pipeline == next.pipeline) {
            matched += usize::from(self.upload_for(of_pipeline, object, &mut told, (&mut *intake, invocation)).await?);
        }
        if matched == 0 {
            tracing::info!(uploads_unmatched = 1, bucket = %object.bucket, "an upload matches no trigger");
            return Ok(UploadOutcome::Unmatched);
        }
        Ok(UploadOutcome::Matched(matched))
    }

    /// The first of a pipeline's triggers that the object is for starts its run. Whether there is one.
    async fn upload_for(
        &self,
        triggers: &[TriggerRow],
        object: &UploadedObject,
        told: &mut Told,
        (intake, invocation): (&mut Intake, &Invocation),
    ) -> Result<bool, Error> {
        for row in triggers {
            let Some((parts, marker)) = row.takes(&object.key, object.size) else { continue };
            let mut trigger = object.trigger(parts.clone());
            let asked = self.ask(object, row.asks, told).await?;
            told.add_to(&mut trigger, row.asks);
            let holds = match asked {
                // What a marker is like is for its own pattern to say.
                Ok(()) if marker => Ok(true),
                Ok(()) => bind::holds(row, &trigger),
                Err(reason) => Err(reason),
            };
            if let (Some(gather), Ok(true)) = (&row.gather, &holds) {
                intake.add(row, gather, &parts, object.entry(&row.pipeline, marker));
                return Ok(true);
            }
            let params = match holds {
                Ok(false) => continue,
                Ok(true) => self.bound(row, &trigger).await?.unwrap_or_else(|| Ok(Map::new())),
                Err(reason) => Err(reason),
            };
            let admission = Admission {
                pipeline: &row.pipeline,
                params: params.as_ref().map_err(String::as_str),
                bound_for: row.binds.then_some(row.version),
                identity: &object.identity(),
                source: &format!("s3://{}/{}", object.bucket, object.key),
                trigger,
                priority: None,
            };
            self.admit(&admission, invocation).await?;
            return Ok(true);
        }
        Ok(false)
    }
}
