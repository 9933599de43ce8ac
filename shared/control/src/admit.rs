//! Admission: from a request to a run, exactly once.
//!
//! A run's id follows from the pipeline's name and the request's identity, and its item is written only if there is none. So a
//! request that arrives twice finds its run, and finishes what may be missing of it.

use machine::{Run, Timestamp};
use pipeline::Definition;
use serde_json::{Map, Value, json};

use crate::{
    Control, Error, Invocation, RunId,
    advance::Telling,
    jobs::change::{Detail, NotOurs},
    register::is_definition,
    request::Request,
    run_context::RunContext,
    table::{Put, run_item::{RunRecord, next_watch}},
};

/// The most bytes of JSON that a run's parameters may have: they travel in the run's item and in `SubmitJob`.
const PARAMS_BYTES: usize = 16 * 1024;

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

/// A run that is asked for.
#[derive(Debug, Clone)]
pub struct Admission<'a> {
    /// The pipeline's name.
    pub pipeline: &'a str,
    /// The parameters given.
    pub params: &'a Map<String, Value>,
    /// What makes two requests the same one.
    pub identity: &'a str,
    /// Where it came from, for people.
    pub source: &'a str,
    /// What expressions see of what started it.
    pub trigger: Value,
    /// Instead of the pipeline's own priority.
    pub priority: Option<u16>,
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

    /// A message arrived: on the request queue a request, on any other queue the parameters of a run of each pipeline with a
    /// trigger on that queue.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub async fn message(
        &self,
        queue: &str,
        message_id: &str,
        body: &str,
        invocation: &Invocation,
    ) -> Result<(), Error> {
        let source = format!("sqs://{queue}/{message_id}");
        let identity = format!("sqs\n{queue}\n{message_id}");
        if queue != self.config.request_queue {
            return self.message_of_trigger(queue, &source, &identity, body, invocation).await;
        }
        match Request::parse(body) {
            Ok(Request::Run { pipeline, params, dedupe_key, priority }) => {
                let identity = dedupe_key.map_or(identity, |key| format!("dedupe\n{key}"));
                let trigger = json!({ "sqs": { "queue": queue, "message_id": message_id } });
                let admission = Admission {
                    pipeline: &pipeline,
                    params: &params,
                    identity: &identity,
                    source: &source,
                    trigger,
                    priority,
                };
                self.admit(&admission, invocation).await.map(drop)
            }
            Ok(Request::Cancel { run_id }) => match RunId::parse(&run_id) {
                Ok(run) => self.cancel(&run, &source, &identity, invocation).await,
                Err(error) => self.reject(&source, &identity, error.to_string()).await,
            },
            Ok(Request::Retry { run_id }) => match RunId::parse(&run_id) {
                Ok(run) => self.retry(&run, &source, &identity, invocation).await,
                Err(error) => self.reject(&source, &identity, error.to_string()).await,
            },
            Err(reason) => self.reject(&source, &identity, reason).await,
        }
    }

    async fn message_of_trigger(
        &self,
        queue: &str,
        source: &str,
        identity: &str,
        body: &str,
        invocation: &Invocation,
    ) -> Result<(), Error> {
        let triggers = self.table.triggers(&format!("sqs:{queue}")).await?;
        if triggers.is_empty() {
            return self.reject(source, identity, format!("no pipeline has a trigger on the queue {queue}")).await;
        }
        let params: Map<String, Value> = match serde_json::from_str(body) {
            Ok(params) => params,
            Err(error) => {
                let reason = format!("the message is not a JSON object of parameters: {error}");
                return self.reject(source, identity, reason).await;
            }
        };
        for trigger in &triggers {
            let admission = Admission {
                pipeline: &trigger.pipeline,
                params: &params,
                identity,
                source,
                trigger: json!({ "sqs": { "queue": queue } }),
                priority: None,
            };
            self.admit(&admission, invocation).await?;
        }
        Ok(())
    }

    /// A job changed its state. Events of strangers, of array children and of unknown runs are ignored.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub async fn job_changed(&self, detail: &Detail, invocation: &Invocation) -> Result<(), Error> {
        let seen = match detail.seen(self.now()) {
            Ok(seen) => seen,
            Err(NotOurs::Stranger) => {
                tracing::info!(ignored = "stranger", "not one of our jobs");
                return Ok(());
            }
            Err(NotOurs::ArrayChild) => return Ok(()),
        };
        let Some(run) = self.run_context(&seen.name.run).await? else {
            tracing::warn!(run = %seen.name.run, ignored = "unknown-run", "a job of a run that does not exist");
            return Ok(());
        };
        let Some(index) = run.definition.index_of(&seen.name.stage) else {
            tracing::warn!(run = %seen.name.run, ignored = "unknown-stage", "a job of a stage that does not exist");
            return Ok(());
        };
        let event =
            machine::stage::Event::JobChanged { attempt: seen.name.attempt, job: seen.job, change: seen.change };
        self.drive(&run, vec![(index, event)], Vec::new(), invocation).await
    }

    /// Admits a run, or keeps the reason why not. The run's id, unless it was rejected.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub async fn admit(&self, admission: &Admission<'_>, invocation: &Invocation) -> Result<Option<RunId>, Error> {
        let id = RunId::of(admission.pipeline, admission.identity);
        let rejected = format!("{}\n{}", admission.pipeline, admission.identity);
        let record = match self.check(admission, &id).await? {
            Ok(record) => record,
            Err(reason) => {
                // A run that was admitted before stays admitted, whatever became of its pipeline since.
                if self.table.run(&id).await?.is_none() {
                    self.reject(admission.source, &rejected, reason).await?;
                    return Ok(None);
                }
                self.look(&id, invocation).await?;
                return Ok(Some(id));
            }
        };
        match self.table.put_run(record, 0).await? {
            Put::Written(written) => {
                tracing::info!(run = %id, pipeline = admission.pipeline, version = written.value.version, "admitted");
                let run = self.with_definition(written.value).await?;
                self.drive(&run, Vec::new(), vec![Telling::roots(0)], invocation).await?;
            }
            Put::Conflict(_) => {
                tracing::info!(run = %id, ignored = "duplicate", "the request has its run already");
                self.look(&id, invocation).await?;
            }
        }
        Ok(Some(id))
    }

    /// What the run's item would be, or why there can be no such run.
    async fn check(&self, admission: &Admission<'_>, id: &RunId) -> Result<Result<RunRecord, String>, Error> {
        let pipeline = admission.pipeline;
        let Some(latest) = self.table.latest(pipeline).await? else {
            return Ok(Err(format!("there is no pipeline {pipeline:?}; `batchwright register FILE` makes one")));
        };
        let Some(definition) = self.definition(pipeline, latest.version).await? else {
            return Ok(Err(format!("version {} of pipeline {pipeline:?} is gone", latest.version)));
        };
        let now = self.now();
        Ok(self.record(admission, id, latest.version, &definition, now))
    }

    fn record(
        &self,
        admission: &Admission<'_>,
        id: &RunId,
        version: u32,
        definition: &Definition,
        now: Timestamp,
    ) -> Result<RunRecord, String> {
        let params = definition.check_params(admission.params).map_err(|faults| faults.to_string())?;
        let bytes = params.to_json().len();
        if bytes > PARAMS_BYTES {
            return Err(format!(
                "the parameters are {bytes} bytes of JSON; at most {PARAMS_BYTES} are taken: put large input into S3 and pass its URI"
            ));
        }
        let priority = admission.priority.unwrap_or_else(|| definition.priority.get());
        if priority > 9999 {
            return Err(format!("the priority is {priority}; it must be 0 to 9999"));
        }
        let record = RunRecord {
            id: id.clone(),
            pipeline: admission.pipeline.to_owned(),
            version,
            params,
            trigger: admission.trigger.clone(),
            priority,
            created_at: now,
            watch_at: Some(next_watch(now, now)),
            run: Run::admitted(),
        };
        // What cannot be rendered now never can: better refused than failed.
        for (_, stage) in definition.stages() {
            RunContext::check_render(&record, stage)?;
        }
        Ok(record)
    }
}
