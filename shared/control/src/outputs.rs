//! The outputs of stages: written to S3 by a job, read there when it has succeeded, and when a stage after it starts.

use machine::{
    Attempt, Cause, CauseKind, Stage,
    stage::{Event, JobChange},
};
use pipeline::{Before, MAX_OUTPUTS_BYTES, OutputsError, StageIndex};
use serde_json::{Map, Value};

use crate::{
    Control, Error, RunId,
    objects::Object,
    run_context::{RunContext, StageRef},
};

/// Where, in the work bucket, the job of an attempt writes its outputs.
pub(crate) fn key(run: &RunId, stage: &pipeline::Stage, attempt: Attempt) -> String {
    format!("outputs/{run}/{}/{attempt}.json", stage.name)
}

impl Control {
    /// The S3 URI that the job of an attempt is told to write its outputs to, if it has any.
    pub(crate) fn outputs_uri(&self, run: &RunContext, stage: &pipeline::Stage, attempt: Attempt) -> Option<String> {
        let key = key(run.id(), stage, attempt);
        (!stage.outputs.is_empty()).then(|| format!("s3://{}/{key}", self.config.work_bucket))
    }

    /// A job that succeeded has failed all the same if it did not write the outputs that it should.
    pub(crate) async fn with_outputs_read(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        event: Event,
    ) -> Result<Event, Error> {
        let Event::JobChanged { attempt, job, change: JobChange::Succeeded { started_at, at: ended_at } } = event
        else {
            return Ok(event);
        };
        let change = match self.outputs(run, at.stage, attempt).await? {
            Ok(_) => JobChange::Succeeded { started_at, at: ended_at },
            Err(words) => JobChange::Failed { started_at, at: ended_at, cause: Cause::new(CauseKind::Outputs, words) },
        };
        Ok(Event::JobChanged { attempt, job, change })
    }

    /// What the job of an attempt wrote, or why that cannot be its outputs.
    async fn outputs(
        &self,
        run: &RunContext,
        stage: &pipeline::Stage,
        attempt: Attempt,
    ) -> Result<Result<Map<String, Value>, String>, Error> {
        if stage.outputs.is_empty() {
            return Ok(Ok(Map::new()));
        }
        let key = key(run.id(), stage, attempt);
        let read = match self.read_object(&self.config.work_bucket, &key, MAX_OUTPUTS_BYTES).await? {
            Object::Whole(bytes) => stage.read_outputs(&bytes),
            Object::Missing => Err(OutputsError::Missing),
            Object::Refused(words) => return Ok(Err(format!("S3 does not give the job's outputs: {words}"))),
        };
        Ok(read.map_err(|error| error.to_string()))
    }

    /// What a stage that is about to start, or to be asked whether it does, knows of those before it. The inner error is a
    /// reason why it can never be known.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub(crate) async fn before(
        &self,
        run: &RunContext,
        at: StageRef<'_>,
        stage: &Stage,
    ) -> Result<Result<Before, Cause>, Error> {
        let mut before = Before { failed: stage.resolved.tainted(), ..Before::default() };
        for (need, verdict) in stage.resolved.verdicts() {
            if let Some(need) = run.definition.stage(need) {
                before.outcomes.insert(need.name.to_string(), verdict.outcome.name());
            }
        }
        for source in &at.stage.reads_outputs_of {
            match self.outputs_of(run, *source).await? {
                Ok(None) => {}
                Ok(Some((name, outputs))) => {
                    before.outputs.insert(name, outputs);
                }
                Err(cause) => return Ok(Err(cause)),
            }
        }
        Ok(Ok(before))
    }

    /// The outputs of a stage that succeeded, with its name.
    async fn outputs_of(
        &self,
        run: &RunContext,
        index: StageIndex,
    ) -> Result<Result<Option<(String, Map<String, Value>)>, Cause>, Error> {
        let Some(source) = run.definition.stage(index) else { return Ok(Ok(None)) };
        let Some(read) = self.table.stage(run.id(), &source.name).await? else { return Ok(Ok(None)) };
        if !read.value.has_succeeded() {
            return Ok(Ok(None));
        }
        Ok(match self.outputs(run, source, read.value.attempt).await? {
            Ok(outputs) => Ok(Some((source.name.to_string(), outputs))),
            Err(words) => {
                let text = format!("the outputs of {} cannot be read any more: {words}", source.name);
                Err(Cause::new(CauseKind::Expression, text))
            }
        })
    }
}
