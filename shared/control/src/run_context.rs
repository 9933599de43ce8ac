//! A run with its definition: what is needed to advance any of its stages.

use std::sync::Arc;

use machine::{
    CauseKind, ClaimId, JobQueue, Timestamp,
    stage::{ChunkId, Context, Node},
};
use pipeline::{Before, Compute, Definition, Retry, Stage, StageIndex};

use crate::{
    Control, Error, RunId,
    config::JobSettings,
    jobs::name::JobName,
    place::{ItemName, Place},
    table::run_item::RunRecord,
};

/// A run as it was read, with its definition, which is immutable.
#[derive(Debug, Clone)]
pub(crate) struct RunContext {
    pub(crate) record: RunRecord,
    pub(crate) definition: Arc<Definition>,
}

/// A stage of a run, or a chunk of one: its place, and what it is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StageRef<'a> {
    pub(crate) index: StageIndex,
    pub(crate) chunk: Option<ChunkId>,
    pub(crate) stage: &'a Stage,
    pub(crate) node: Node<'a>,
}

/// No failure is.
static NO_RETRY: Retry = Retry::none();

impl<'a> StageRef<'a> {
    pub(crate) fn place(self) -> Place {
        Place { stage: self.index, chunk: self.chunk }
    }

    /// What its item is called.
    pub(crate) fn item(self) -> ItemName<'a> {
        ItemName { stage: self.stage.name.as_str(), chunk: self.chunk }
    }
}

impl RunContext {
    pub(crate) fn id(&self) -> &RunId {
        &self.record.id
    }

    pub(crate) fn stage(&self, index: StageIndex) -> Option<StageRef<'_>> {
        let stage = self.definition.stage(index)?;
        let node = Node {
            when: &stage.when,
            allow_failure: stage.allow_failure,
            // The failures of one that is done for many items are those of its chunks.
            retry: if stage.foreach.is_some() { &NO_RETRY } else { &stage.retry },
            foreach: stage.foreach.as_ref(),
            ..Node::new(self.record.run.epoch, &stage.needs, self.definition.dependents(index))
        };
        Some(StageRef { index, chunk: None, stage, node })
    }

    /// What is at a place: a stage, or a chunk, which needs nothing.
    pub(crate) fn at(&self, place: Place) -> Option<StageRef<'_>> {
        let whole = self.stage(place.stage)?;
        if place.chunk.is_none() {
            return Some(whole);
        }
        let node = Node { retry: &whole.stage.retry, ..Node::new(self.record.run.epoch, &[], &[]) };
        Some(StageRef { chunk: place.chunk, node, ..whole })
    }

    /// Whether the stage's command and environment can be rendered for that run, as far as nothing before it is spoken of; if not,
    /// why, in words.
    pub(crate) fn check_render(record: &RunRecord, stage: &Stage) -> Result<(), String> {
        let rendered = stage.render(&context(record, stage, machine::Attempt::NONE.next(), None, None));
        rendered.map(drop).map_err(|error| format!("stage {:?}: {error}", stage.name.as_str()))
    }

    pub(crate) fn job_name(&self, at: StageRef<'_>, attempt: machine::Attempt) -> JobName {
        JobName { run: self.id().clone(), stage: at.stage.name.as_str().to_owned(), chunk: at.chunk, attempt }
    }

    /// A stage's priority: its own, or the run's.
    pub(crate) fn priority(&self, stage: &Stage) -> u16 {
        stage.priority.map_or(self.record.priority, |priority| priority.get())
    }

    /// What a decision on a stage may use.
    pub(crate) fn context<'a>(
        &self,
        at: StageRef<'a>,
        now: Timestamp,
        claim: &'a ClaimId,
        queue: &'a JobQueue,
    ) -> Context<'a> {
        Context { now, claim, queue, priority: self.priority(at.stage), node: at.node }
    }

    /// The queue for a stage's next job: that which it names, or one of the installation's. An installation without a queue for that kind of compute names none that exists, so that
    /// Batch refuses the submission with its own words.
    pub(crate) fn queue(&self, control: &Control, stage: &Stage, state: &machine::Stage) -> JobQueue {
        if let Some(queue) = &stage.job.queue {
            return JobQueue::new(&queue.name);
        }
        let (compute, _) = resources(stage, state);
        let queue = control.config.job_queues.of(compute, self.priority(stage)).cloned();
        queue.unwrap_or_else(|| JobQueue::new(format!("no-queue-for-{compute}")))
    }
}

/// What the expressions of a stage may speak of in a run.
pub(crate) fn context<'a>(
    record: &'a RunRecord,
    stage: &'a Stage,
    attempt: machine::Attempt,
    item: Option<&'a str>,
    before: Option<&'a Before>,
) -> pipeline::Context<'a> {
    pipeline::Context {
        run_id: record.id.as_str(),
        pipeline: &record.pipeline,
        stage: stage.name.as_str(),
        attempt: attempt.0,
        params: &record.params,
        trigger: &record.trigger,
        item,
        before,
    }
}

/// Whether a stage's queue requires a share identifier.
pub(crate) fn has_fair_share(stage: &Stage, settings: &JobSettings) -> bool {
    stage.job.queue.as_ref().map_or(settings.fair_share, |queue| queue.fair_share)
}

/// What the current or next attempt of a stage runs on, and its memory in MiB, by what became of those before it.
pub(crate) fn resources(stage: &Stage, state: &machine::Stage) -> (Compute, u32) {
    stage.resources_after(state.failures_by(CauseKind::Host), state.failures_by(CauseKind::OutOfMemory))
}

impl Control {
    /// The run with its definition, read consistently. `None` if there is no such run.
    pub(crate) async fn run_context(&self, id: &RunId) -> Result<Option<RunContext>, Error> {
        match self.table.run(id).await? {
            Some(read) => self.with_definition(read.value).await.map(Some),
            None => Ok(None),
        }
    }

    pub(crate) async fn with_definition(&self, record: RunRecord) -> Result<RunContext, Error> {
        match self.definition(&record.pipeline, record.version).await? {
            Some(definition) => Ok(RunContext { record, definition }),
            None => Err(Error::Definition {
                pipeline: record.pipeline,
                version: record.version,
                problem: "is gone from the table".to_owned(),
            }),
        }
    }
}
