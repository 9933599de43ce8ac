//! A run as people and scripts see it. The JSON of [`RunView`] is documented in `docs/cli.md` and only ever gains fields.

mod live;
mod text;

use control::{RunId, table::whole_run::WholeRun};
use machine::{
    Cause, Run, Stage, Timestamp, run,
    stage::{ChunkId, Ended, PastAttempt, State},
};
use pipeline::{Definition, Params};
use serde::Serialize;
use serde_json::Value;

use crate::{client::Client, exit::Failure, time::Time};

#[cfg(test)]
pub(crate) use live::Children;
pub(crate) use live::Live;

/// A run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RunView {
    /// Its id.
    pub(crate) run_id: String,
    /// The pipeline's name.
    pub(crate) pipeline: String,
    /// The pipeline's version.
    pub(crate) version: u32,
    /// `QUEUED`, `RUNNING`, `CANCELLING`, `SUCCEEDED`, `FAILED`, `CANCELLED` or `SKIPPED`.
    pub(crate) status: &'static str,
    /// 0 to 9999.
    pub(crate) priority: u16,
    /// The name of its concurrency group within its pipeline, if it is in one.
    pub(crate) concurrency_group: Option<String>,
    /// Its parameters, with defaults.
    pub(crate) params: Params,
    /// What started it.
    pub(crate) trigger: Value,
    /// When it was admitted.
    pub(crate) created_at: Time,
    /// When it ended.
    pub(crate) ended_at: Option<Time>,
    /// Its stages, in the order of the definition.
    pub(crate) stages: Vec<StageView>,
    /// How it ended.
    #[serde(skip)]
    pub(crate) outcome: Option<run::Outcome>,
    /// Raised by each retry.
    #[serde(skip)]
    pub(crate) epoch: u32,
    /// When this was read.
    #[serde(skip)]
    pub(crate) now: Timestamp,
}

/// A stage of a run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct StageView {
    /// Its name.
    pub(crate) name: String,
    /// `WAITING`, `READY`, `CLAIMED`, `SUBMITTED`, `BACKOFF`, `CANCELLING`, `SUCCEEDED`, `FAILED`, `SKIPPED` or `CANCELLED`.
    pub(crate) status: &'static str,
    /// How many jobs were submitted for it; the last is the current one.
    pub(crate) attempt: u32,
    /// The current attempt's AWS Batch job.
    pub(crate) job_id: Option<String>,
    /// Why it ended as it did, unless it succeeded.
    pub(crate) cause: Option<CauseView>,
    /// What keeps its job from running, in AWS Batch's words, as far as Batch says.
    pub(crate) blocked: Option<String>,
    /// When its job began to run.
    pub(crate) started_at: Option<Time>,
    /// When it ended.
    pub(crate) ended_at: Option<Time>,
    /// When the next attempt is to be, after one that failed.
    pub(crate) next_attempt_at: Option<Time>,
    /// The attempts that failed and were followed by others, the earliest first.
    pub(crate) past_attempts: Vec<PastAttemptView>,
    /// How far it is, if it is done for many items.
    pub(crate) items: Option<ItemsView>,
    /// The chunks of its items that have begun, each like a stage.
    pub(crate) chunks: Vec<StageView>,
    /// What Batch says of its job, while it has not ended.
    #[serde(skip)]
    pub(crate) live: Option<Live>,
}

/// How many items a stage is done for. What becomes of them is known when their chunk has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct ItemsView {
    /// All of them.
    pub(crate) total: u32,
    /// Those that succeeded.
    pub(crate) succeeded: u32,
    /// Those that failed.
    pub(crate) failed: u32,
}

/// An attempt that failed and was followed by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PastAttemptView {
    /// Which.
    pub(crate) attempt: u32,
    /// Its AWS Batch job.
    pub(crate) job_id: Option<String>,
    /// Why it failed.
    pub(crate) cause: CauseView,
    /// When its job began to run.
    pub(crate) started_at: Option<Time>,
    /// When it failed.
    pub(crate) ended_at: Time,
}

/// Why a stage, or an attempt, ended as it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct CauseView {
    /// For programs.
    pub(crate) kind: &'static str,
    /// For people.
    pub(crate) text: String,
    /// The exit code of the command, if there was one.
    pub(crate) exit_code: Option<i32>,
}

/// Reads one run, again and again; its definition only once.
#[derive(Debug)]
pub(crate) struct Viewer<'a> {
    client: &'a Client,
    run: RunId,
    definition: Option<Definition>,
}

impl<'a> Viewer<'a> {
    /// Of that run.
    pub(crate) fn new(client: &'a Client, run: RunId) -> Self {
        Self { client, run, definition: None }
    }

    /// The run as it is now. `None` if it does not exist.
    ///
    /// # Errors
    /// If the table or Batch cannot be read.
    pub(crate) async fn read(&mut self) -> Result<Option<RunView>, Failure> {
        let Some(whole) = self.client.table.whole_run(&self.run).await? else { return Ok(None) };
        if self.definition.is_none() {
            let record = &whole.run.value;
            self.definition = self.client.definition(&record.pipeline, record.version).await?;
        }
        let mut view = RunView::new(&whole, self.definition.as_ref(), self.client.now());
        live::add(&mut view.stages, &self.client.batch).await?;
        Ok(Some(view))
    }
}

impl RunView {
    /// Of a run as it lies in the table. Without its definition, its stages are those that were written, by name.
    pub(crate) fn new(whole: &WholeRun, definition: Option<&Definition>, now: Timestamp) -> Self {
        let record = &whole.run.value;
        let mut names: Vec<&str> = match definition {
            Some(definition) => definition.stages().map(|(_, stage)| stage.name.as_str()).collect(),
            None => whole.stages.keys().map(String::as_str).filter(|name| !name.contains('#')).collect(),
        };
        if definition.is_none() {
            names.sort_unstable();
        }
        let absent = absent(&record.run);
        let stage = |name: &&str| {
            let stage = whole.stages.get(*name).map_or(&absent, |versioned| &versioned.value);
            StageView { chunks: chunks(whole, name, stage), ..StageView::new(name, stage) }
        };
        let (outcome, ended_at) = match record.run.status {
            run::Status::Ended { outcome, at } => (Some(outcome), Some(Time(at))),
            run::Status::Queued | run::Status::Running | run::Status::Cancelling => (None, None),
        };
        Self {
            run_id: record.id.to_string(),
            pipeline: record.pipeline.clone(),
            version: record.version,
            status: record.run.status.name(),
            priority: record.priority,
            concurrency_group: record.group.clone(),
            params: record.params.clone(),
            trigger: record.trigger.clone(),
            created_at: Time(record.created_at),
            ended_at,
            stages: names.iter().map(stage).collect(),
            outcome,
            epoch: record.run.epoch.0,
            now,
        }
    }

    /// How many stages have ended.
    pub(crate) fn stages_ended(&self) -> usize {
        self.stages.iter().filter(|stage| stage.ended_at.is_some()).count()
    }
}

/// The chunks of a stage that have begun, in order.
fn chunks(whole: &WholeRun, name: &str, stage: &Stage) -> Vec<StageView> {
    let Some(fan_out) = &stage.fan_out else { return Vec::new() };
    let ids = (0..fan_out.released).map(|number| ChunkId { generation: fan_out.generation, number });
    let named = ids.map(|chunk| format!("{name}#{}", control::place::chunk_name(chunk)));
    named.filter_map(|name| Some(StageView::new(&name, &whole.stages.get(&name)?.value))).collect()
}

/// A stage that was never written: it waits, unless nothing of the run is to be done.
fn absent(run: &Run) -> Stage {
    let stage = Stage::absent(run.epoch);
    match run.status {
        run::Status::Ended { outcome: run::Outcome::Skipped, at } => {
            let ended = Ended { outcome: machine::Outcome::Skipped, cause: None, job: None, started_at: None, at };
            Stage { state: State::Ended(ended), ..stage }
        }
        run::Status::Queued | run::Status::Running | run::Status::Cancelling | run::Status::Ended { .. } => stage,
    }
}

impl StageView {
    fn new(name: &str, stage: &Stage) -> Self {
        let (mut blocked, mut next_attempt_at) = (None, None);
        let (status, ended) = match &stage.state {
            State::Waiting => ("WAITING", None),
            State::Ready { .. } => ("READY", None),
            State::Claimed { .. } => ("CLAIMED", None),
            State::Submitted { blocked: by, .. } => {
                blocked.clone_from(by);
                ("SUBMITTED", None)
            }
            State::Backoff { until } => {
                next_attempt_at = Some(Time(*until));
                ("BACKOFF", None)
            }
            State::Expanding => ("EXPANDING", None),
            State::FannedOut { cancelled: false, .. } => ("FANNED_OUT", None),
            State::FannedOut { cancelled: true, .. } | State::Cancelling { .. } => ("CANCELLING", None),
            State::Ended(ended) => (ended.outcome.name(), Some(ended)),
        };
        let cause = ended.and_then(|ended| ended.cause.as_ref());
        Self {
            name: name.to_owned(),
            status,
            attempt: stage.attempt.0,
            job_id: stage.job().map(|job| job.as_str().to_owned()),
            cause: cause.map(CauseView::new),
            blocked,
            started_at: ended.and_then(|ended| ended.started_at).map(Time),
            ended_at: ended.map(|ended| Time(ended.at)),
            next_attempt_at,
            items: stage.fan_out.as_ref().map(|fan_out| {
                let (succeeded, failed) = fan_out.counts();
                ItemsView { total: fan_out.parts.items, succeeded, failed }
            }),
            chunks: Vec::new(),
            past_attempts: stage.past.iter().map(PastAttemptView::new).collect(),
            live: None,
        }
    }
}

impl CauseView {
    fn new(cause: &Cause) -> Self {
        Self { kind: cause.kind.name(), text: cause.text.clone(), exit_code: cause.exit_code }
    }
}

impl PastAttemptView {
    fn new(past: &PastAttempt) -> Self {
        Self {
            attempt: past.attempt.0,
            job_id: past.job.as_ref().map(|job| job.as_str().to_owned()),
            cause: CauseView::new(&past.cause),
            started_at: past.started_at.map(Time),
            ended_at: Time(past.at),
        }
    }
}

#[cfg(test)]
mod example;
#[cfg(test)]
pub(crate) use example::example;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_is_the_documented_one() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&example()).unwrap());
    }
}
