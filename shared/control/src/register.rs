//! Registering pipelines: from a dropped definition to a version.
//!
//! Versions are immutable, and the same content is the same version. Job definitions are registered, and schedules
//! that are gone deleted, before the version can be run; its schedules are made after. Registering again finishes what a crash
//! left.

use std::sync::Arc;

use pipeline::{Definition, MAX_SOURCE_BYTES, Stage};

use crate::{
    Control, Error,
    objects::Object,
    table::pipeline_item::{Latest, Registration, Version},
    trigger_rows::trigger_rows,
    uploads::UploadedObject,
};

/// Where definitions are dropped, in the inbox bucket.
pub const REGISTER_PREFIX: &str = "pipelines/";
/// How often a registration is begun anew because another came between.
const CONFLICTS: usize = 10;

/// A registered version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The pipeline.
    pub pipeline: String,
    /// Its version.
    pub version: u32,
    /// Whether the content is new.
    pub new: bool,
}

/// Whether an object of the inbox bucket is a definition.
pub(crate) fn is_definition(key: &str) -> bool {
    key.starts_with(REGISTER_PREFIX) && (key.ends_with(".yaml") || key.ends_with(".yml"))
}

impl Control {
    /// Registers the definition that lies in S3 now, whichever event told of it, or rejects it with all its faults.
    pub(crate) async fn register_object(&self, object: &UploadedObject) -> Result<(), Error> {
        let source = format!("s3://{}/{}", object.bucket, object.key);
        let identity = format!("definition\n{source}\n{}\n{}", object.etag, object.sequencer);
        if object.size > MAX_SOURCE_BYTES as u64 {
            let reason = format!("the definition is {} bytes; at most {MAX_SOURCE_BYTES} are taken", object.size);
            return self.reject(&source, &identity, reason).await;
        }
        let bytes = match self.read_object(&object.bucket, &object.key, MAX_SOURCE_BYTES).await? {
            Object::Whole(bytes) => bytes,
            Object::Missing => {
                tracing::info!(source, "the definition is gone again");
                return Ok(());
            }
            Object::Refused(reason) => {
                let reason = format!("S3 does not give the definition: {reason}");
                return self.reject(&source, &identity, reason).await;
            }
        };
        let Ok(text) = String::from_utf8(bytes) else {
            return self.reject(&source, &identity, "the definition is not UTF-8 text").await;
        };
        match pipeline::parse(&object.key, &text) {
            Ok(definition) => match self.register(definition, &text).await? {
                Ok(registered) => {
                    tracing::info!(pipeline = registered.pipeline, version = registered.version, "registered");
                    Ok(())
                }
                Err(reason) => self.reject(&source, &identity, reason).await,
            },
            Err(faults) => self.reject(&source, &identity, faults.to_string()).await,
        }
    }

    /// Registers a definition. The inner error is a reason why it can never be registered.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub async fn register(&self, definition: Definition, source: &str) -> Result<Result<Registered, String>, Error> {
        let definition = Arc::new(definition);
        for (_, stage) in definition.stages() {
            if let Err(reason) = self.has_queue(stage) {
                return Ok(Err(format!("stage {:?} {reason}", stage.name.as_str())));
            }
            if let Err(reason) = self.jobs.define(stage, &self.config.jobs).await? {
                return Ok(Err(format!("stage {:?}: {reason}", stage.name.as_str())));
            }
        }
        for _ in 0..CONFLICTS {
            if let Some(registered) = self.register_once(&definition, source).await? {
                return Ok(registered);
            }
        }
        Err(Error::Contended(format!("pipeline {}", definition.name)))
    }

    /// Whether there is a job queue for each attempt of a stage; if not, why.
    fn has_queue(&self, stage: &Stage) -> Result<(), String> {
        if let Some(queue) = &stage.job.queue {
            return self.config.named_queues.check(&queue.name);
        }
        let missing = stage.computes().into_iter().find(|compute| self.config.job_queues.of(*compute, 0).is_none());
        missing.map_or(Ok(()), |compute| {
            Err(format!("asks for compute {compute}, for which this installation has no job queue"))
        })
    }

    async fn register_once(
        &self,
        definition: &Definition,
        source: &str,
    ) -> Result<Option<Result<Registered, String>>, Error> {
        let name = definition.name.as_str();
        let hash = definition.hash().as_str().to_owned();
        let before = self.table.latest(name).await?;
        let known = self.table.version_of_hash(name, &hash).await?;
        let highest = before.as_ref().map_or(0, |latest| latest.highest);
        let number = known.unwrap_or(highest + 1);
        let version = Version { number, hash: hash.clone(), source: source.to_owned() };
        let latest = Latest {
            version: number,
            hash,
            highest: highest.max(number),
            triggers: trigger_rows(definition, number, &self.config.inbox_bucket),
            schedules: crate::schedules::names(definition),
            revision: before.as_ref().map_or(1, |latest| latest.revision + 1),
        };
        let unchanged = before.as_ref().is_some_and(|before| {
            before.version == latest.version
                && before.triggers == latest.triggers
                && before.schedules == latest.schedules
        });
        // Before the version is written: what a crash leaves is found by the same list again.
        for gone in before.iter().flat_map(|before| &before.schedules).filter(|name| !latest.schedules.contains(name)) {
            self.delete_schedule(gone).await?;
        }
        if !unchanged {
            let registration = Registration {
                pipeline: name,
                latest: &latest,
                before: before.as_ref(),
                new_version: known.is_none().then_some(&version),
            };
            if !self.table.register(&registration).await? {
                return Ok(None);
            }
        }
        let registered = Registered { pipeline: name.to_owned(), version: number, new: known.is_none() };
        Ok(Some(match self.put_schedules(definition).await? {
            Ok(()) => Ok(registered),
            Err(reason) => Err(format!("{name} v{number} is registered, but not all of its schedules are: {reason}")),
        }))
    }
}
