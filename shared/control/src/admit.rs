//! Admission: from a request to a run, exactly once.
//!
//! A run's id follows from the pipeline's name and the request's identity, and its item is written only if there is none. So a
//! request that arrives twice finds its run, and finishes what may be missing of it.

use machine::{Run, Timestamp, run::Status};
use pipeline::{Definition, PipelineName, RunFacts};
use serde_json::{Map, Value};

use crate::{
    Control, Error, Invocation, RunId,
    cascade::{Cascade, Telling},
    run_context::RunContext,
    table::{
        Put,
        run_item::{RunRecord, next_watch},
    },
};

/// A run that is asked for.
#[derive(Debug, Clone)]
pub struct Admission<'a> {
    /// The pipeline's name.
    pub pipeline: &'a str,
    /// The parameters given, or why there can be none.
    pub params: Result<&'a Map<String, Value>, &'a str>,
    /// The version whose trigger gave them, if one did: another one may want others.
    pub bound_for: Option<u32>,
    /// What makes two requests the same one.
    pub identity: &'a str,
    /// Where it came from, for people.
    pub source: &'a str,
    /// What expressions see of what started it.
    pub trigger: Value,
    /// Instead of the pipeline's own priority.
    pub priority: Option<u16>,
}

impl Control {
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
                if run.record.run.status == Status::Queued {
                    self.perform_for_group(&run, &run.record).await?;
                } else {
                    self.drive(&run, Vec::new(), Cascade::beginning_with(Telling::roots()), invocation).await?;
                }
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
        if let Err(error) = pipeline.parse::<PipelineName>() {
            return Ok(Err(format!("the pipeline's name cannot be one: {error}")));
        }
        let Some(latest) = self.table.latest(pipeline).await? else {
            return Ok(Err(format!("there is no pipeline {pipeline:?}; `batchwright register FILE` makes one")));
        };
        let Some(definition) = self.definition(pipeline, latest.version).await? else {
            return Ok(Err(format!("version {} of pipeline {pipeline:?} is gone", latest.version)));
        };
        if admission.bound_for.is_some_and(|version| version != latest.version) {
            return Err(Error::Contended(format!("the triggers of pipeline {pipeline}")));
        }
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
        let params = definition.check_params(admission.params?).map_err(|faults| faults.to_string())?;
        let priority = admission.priority.unwrap_or_else(|| definition.priority.get());
        if priority > 9999 {
            return Err(format!("the priority is {priority}; it must be 0 to 9999"));
        }
        let facts = RunFacts { run_id: id.as_str(), params: &params, trigger: &admission.trigger };
        let group = definition.group_of(facts)?;
        let run = Run::admitted(group.is_some());
        let record = RunRecord {
            id: id.clone(),
            pipeline: admission.pipeline.to_owned(),
            version,
            params,
            trigger: admission.trigger.clone(),
            priority,
            group,
            created_at: now,
            watch_at: Some(next_watch(now, now)),
            run,
        };
        // What cannot be rendered now never can: better refused than failed.
        for (_, stage) in definition.stages() {
            RunContext::check_render(&record, stage)?;
        }
        Ok(record)
    }
}
