//! What there is at the end, as the checks want it.

use std::collections::{BTreeMap, BTreeSet};

use machine::{CauseKind, Outcome, run};

/// All that is looked at.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    pub(crate) runs: Vec<Run>,
    /// All jobs of all queues, by id. No children of arrays.
    pub(crate) jobs: BTreeMap<String, Job>,
    /// The objects in the inbox bucket, by key, and what is in them.
    pub(crate) objects: BTreeMap<String, Vec<u8>>,
    /// The refused requests.
    pub(crate) rejections: Vec<String>,
    /// How many messages each queue has.
    pub(crate) queues: BTreeMap<String, u64>,
}

/// A run.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) id: String,
    pub(crate) pipeline: String,
    /// The name of the input that it comes from, as its parameters or its trigger tell it.
    pub(crate) input: String,
    pub(crate) status: run::Status,
    /// By name, those that have an item.
    pub(crate) stages: BTreeMap<String, Stage>,
}

/// A stage of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stage {
    /// How many attempts it opened.
    pub(crate) attempt: u32,
    /// The job that is recorded for the last one.
    pub(crate) job: Option<String>,
    /// `None` if it has not ended.
    pub(crate) ended: Option<(Outcome, Option<CauseKind>)>,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) name: String,
    pub(crate) end: End,
    /// Batch's own attempts. An array has none, its children have.
    pub(crate) tries: Vec<Try>,
    /// Of an array: the tries of each child that failed.
    pub(crate) failed_children: Vec<Vec<Try>>,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Succeeded,
    Failed,
    /// It has not ended.
    Alive,
}

/// How one of Batch's attempts ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Try {
    Exit(i32),
    HostLost,
    /// In Batch's words.
    Other(String),
}

impl Run {
    /// The name that the job of an attempt must have.
    pub(crate) fn job_name(&self, stage: &str, attempt: u32) -> String {
        format!("bw-{}-{stage}-{attempt}", self.id)
    }

    /// The names of the jobs that it must have: one for each attempt.
    pub(crate) fn job_names(&self) -> BTreeSet<String> {
        let attempts = |(name, stage): (&String, &Stage)| -> Vec<String> {
            (1..=stage.attempt).map(|attempt| self.job_name(name, attempt)).collect()
        };
        self.stages.iter().flat_map(attempts).collect()
    }

    /// What a complaint about it begins with.
    pub(crate) fn title(&self) -> String {
        format!("run {} ({}, input {})", self.id, self.pipeline, self.input)
    }
}
