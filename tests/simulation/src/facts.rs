//! What is the case in a world: not what anyone says, but what was written, and what became of every job.

use std::collections::{BTreeMap, BTreeSet};

use control::jobs::name::JobName;
use serde_json::Value;

use crate::aws::Fate;

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It has not ended.
    Alive,
    /// It ended well.
    Succeeded,
    /// It ended otherwise.
    Failed,
}

/// A job that Batch has or had.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its name.
    pub name: JobName,
    /// Whether it is an array.
    pub array: bool,
    /// When it was submitted, in milliseconds since the Unix epoch.
    pub submitted_ms: u64,
    /// How it stands.
    pub state: JobState,
    /// What is to become of it.
    pub fate: Fate,
    /// Whether it was asked to end.
    pub terminated: bool,
}

impl Job {
    /// Whether it runs, or may yet, and Batch knows it.
    pub fn is_alive(&self, now_ms: u64) -> bool {
        self.state == JobState::Alive && !self.has_vanished(now_ms)
    }

    /// Whether Batch has forgotten it.
    pub fn has_vanished(&self, now_ms: u64) -> bool {
        match self.fate {
            Fate::Vanishes { after_ms } => now_ms >= self.submitted_ms + after_ms,
            Fate::Runs | Fate::Stuck => false,
        }
    }
}

/// A stage's item, as far as the invariants need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageItem {
    /// Its revision.
    pub revision: u64,
    /// Its epoch.
    pub epoch: u64,
    /// The attempts opened.
    pub attempt: u64,
    /// The state's name.
    pub status: String,
    /// The recorded job.
    pub job: Option<String>,
    /// The kind of the cause, and its text.
    pub cause: Option<(String, String)>,
    /// What its job waits for.
    pub blocked: Option<String>,
    /// The attempts that failed and were followed by others.
    pub past: Vec<PastItem>,
    /// Its items, if it is done for many.
    pub fan_out: Option<FanOutItem>,
}

/// The items of a stage that is done for many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FanOutItem {
    /// The epoch in which they were read.
    pub generation: u64,
    /// How many there are.
    pub items: u64,
    /// How many are in a chunk.
    pub chunk: u64,
}

/// An attempt that failed and was followed by another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastItem {
    /// Which.
    pub attempt: u64,
    /// In which epoch.
    pub epoch: u64,
    /// The kind of the cause.
    pub kind: String,
    /// Its job.
    pub job: String,
}

impl StageItem {
    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        is_terminal(&self.status)
    }
}

/// A run's item.
#[derive(Debug, Clone, PartialEq)]
pub struct RunItem {
    /// Its epoch.
    pub epoch: u64,
    /// The status's name.
    pub status: String,
    /// When it is to be looked at; `None` if it is not on watch.
    pub watch_at: Option<u64>,
    /// The pipeline.
    pub pipeline: String,
    /// Its version.
    pub version: u64,
    /// What started it.
    pub trigger: Value,
    /// Its concurrency group within its pipeline.
    pub group: Option<String>,
    /// When it was admitted.
    pub created: u64,
}

impl RunItem {
    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        is_terminal(&self.status)
    }
}

fn is_terminal(status: &str) -> bool {
    matches!(status, "SUCCEEDED" | "FAILED" | "SKIPPED" | "CANCELLED")
}

/// A request that was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// An upload, by its key and its number among the uploads of this key.
    Upload {
        /// The pipeline that it is for.
        pipeline: String,
        /// The key.
        key: String,
    },
    /// An upload that becomes one run with others, by its key, which is of no other upload.
    Gathered {
        /// The pipeline that it is for.
        pipeline: String,
        /// The key.
        key: String,
    },
    /// A message on the request queue, by its ids: more than one, if they have a dedupe key in common.
    Run {
        /// The pipeline.
        pipeline: String,
        /// The ids of the messages.
        messages: BTreeSet<String>,
        /// What makes them one.
        dedupe_key: Option<String>,
    },
    /// A message on a pipeline's own queue.
    Order {
        /// The pipeline.
        pipeline: String,
        /// The queue.
        queue: String,
    },
    /// A schedule that fired.
    Firing {
        /// The pipeline.
        pipeline: String,
        /// The schedule.
        schedule: String,
        /// When it was to.
        scheduled_time: String,
    },
    /// A message that can never be right, by its id.
    Malformed {
        /// Its id.
        message: String,
    },
}

/// All there is to know.
#[derive(Debug, Default)]
pub struct Facts {
    /// The jobs, by id.
    pub jobs: BTreeMap<String, Job>,
    /// The ids of the jobs of each name, in the order in which they were submitted.
    pub named: BTreeMap<String, Vec<String>>,
    /// Names of which `ListJobs` did not show a job that there was: only then may there be a second one.
    pub hidden: BTreeSet<String>,
    /// The stages' items, by run and name.
    pub stages: BTreeMap<(String, String), StageItem>,
    /// The runs' items.
    pub runs: BTreeMap<String, RunItem>,
    /// Runs that somebody asked to be cancelled, by messages that were acknowledged.
    pub cancelled: BTreeSet<String>,
    /// How often a retry of a run was asked for.
    pub retried: BTreeMap<String, u64>,
    /// What was asked for.
    pub asked: Vec<Asked>,
    /// The status of each gathering, by its id.
    pub gatherings: BTreeMap<String, String>,
    /// The keys of uploads that each manifest lists, by the manifest's own key.
    pub manifests: BTreeMap<String, Vec<String>>,
    /// The sources of the requests that were rejected.
    pub rejected: BTreeSet<String>,
    /// The definitions that were registered, by pipeline and version.
    pub definitions: BTreeMap<(String, u64), pipeline::Definition>,
    /// When each item was last written, in milliseconds since the Unix epoch.
    pub written_ms: BTreeMap<(String, String), u64>,
    /// The time, in milliseconds since the Unix epoch.
    pub now_ms: u64,
}

impl Facts {
    /// The jobs of a run.
    pub fn jobs_of<'a>(&'a self, run: &'a str) -> impl Iterator<Item = (&'a String, &'a Job)> {
        self.jobs.iter().filter(move |(_, job)| job.name.run.as_str() == run)
    }

    /// The definition that a run runs.
    pub fn definition_of(&self, run: &str) -> Option<&pipeline::Definition> {
        let run = self.runs.get(run)?;
        self.definitions.get(&(run.pipeline.clone(), run.version))
    }

    /// The other runs in the concurrency group of a run, and when each was last written.
    pub fn group_of<'a>(&'a self, run: &'a str) -> impl Iterator<Item = (&'a String, &'a RunItem)> {
        let of = self.runs.get(run).map(|item| (&item.pipeline, &item.group));
        self.runs.iter().filter(move |(other, item)| {
            other.as_str() != run && item.group.is_some() && of == Some((&item.pipeline, &item.group))
        })
    }

    /// Whether a schedule's firing was refused: a version that was registered meanwhile has no such schedule.
    pub fn is_refused(&self, schedule: &str, scheduled_time: &str) -> bool {
        self.rejected.contains(&format!("schedule://{schedule}/{scheduled_time}"))
    }

    /// The keys of uploads that the manifests of a pipeline's runs list, each as often as it is listed.
    pub fn listed<'a>(&'a self, pipeline: &'a str) -> impl Iterator<Item = &'a str> {
        let runs = self.runs.values().filter(move |run| run.pipeline == pipeline);
        let manifests = runs.filter_map(|run| run.trigger.pointer("/manifest/key")?.as_str());
        manifests.filter_map(|manifest| self.manifests.get(manifest)).flatten().map(String::as_str)
    }

    /// The stage's item that a job is of.
    pub fn stage_of(&self, job: &Job) -> Option<&StageItem> {
        self.stages.get(&(job.name.run.to_string(), item_name(&job.name)))
    }

    /// The chunks of a stage of that generation, by name.
    pub fn chunks_of<'a>(
        &'a self,
        run: &'a str,
        stage: &str,
        generation: u64,
    ) -> impl Iterator<Item = (&'a str, &'a StageItem)> {
        let prefix = format!("{stage}#{generation}-");
        let of_run = self.stages.range((run.to_owned(), prefix.clone())..);
        of_run
            .take_while(move |((of, name), _)| of == run && name.starts_with(&prefix))
            .map(|((_, name), item)| (name.as_str(), item))
    }
}

/// What the item is called that a job is of.
fn item_name(name: &JobName) -> String {
    match name.chunk {
        Some(chunk) => format!("{}#{}", name.stage, control::place::chunk_name(chunk)),
        None => name.stage.clone(),
    }
}

/// Something that became the case.
#[derive(Debug)]
pub enum Step<'a> {
    /// Batch took a job.
    Submitted {
        /// Its id.
        job: &'a str,
    },
    /// A job is to be terminated.
    Terminated {
        /// Its id.
        job: &'a str,
    },
    /// A stage was written.
    Stage {
        /// Its run and its name.
        key: &'a (String, String),
        /// What it was.
        before: Option<&'a StageItem>,
        /// What it is.
        after: &'a StageItem,
    },
    /// A run was written.
    Run {
        /// Which.
        run: &'a str,
        /// What it was.
        before: Option<&'a RunItem>,
        /// What it is.
        after: &'a RunItem,
    },
}
