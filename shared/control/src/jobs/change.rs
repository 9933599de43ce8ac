//! The events `Batch Job State Change` and `Batch Job Queue Blocked`, as far as they matter here.

use std::collections::HashMap;

use machine::{JobId, Timestamp, stage::JobChange};
use serde::Deserialize;

use crate::jobs::{blocked::blocked, cause, name::JobName};

/// The events that tell of a job. The second one tells of the job at the head of a queue that cannot be placed, and why.
const OF_A_JOB: [&str; 2] = ["Batch Job State Change", "Batch Job Queue Blocked"];

/// What stands between the id of a multi-node job and the number of a node (user guide, "Multi-node parallel jobs"). The job
/// ends when its main node does, and its exit code and reason are that node's.
pub(crate) const NODE: char = '#';

/// An EventBridge event of source `aws.batch`. Unknown fields are ignored: Batch adds some.
#[derive(Debug, Clone, Deserialize)]
pub struct StateChange {
    /// `aws.batch`.
    source: String,
    /// What it tells.
    #[serde(rename = "detail-type")]
    detail_type: String,
    /// What the job is like now.
    detail: Detail,
}

impl StateChange {
    /// The job, if this tells of one.
    pub fn job(&self) -> Option<&Detail> {
        (self.source == "aws.batch" && OF_A_JOB.contains(&self.detail_type.as_str())).then_some(&self.detail)
    }
}

/// The job, like `JobDetail` of `DescribeJobs`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    job_name: String,
    job_id: String,
    status: String,
    status_reason: Option<String>,
    started_at: Option<u64>,
    stopped_at: Option<u64>,
    #[serde(default)]
    attempts: Vec<AttemptDetail>,
    array_properties: Option<ArrayProperties>,
    node_details: Option<NodeDetails>,
}

#[derive(Debug, Clone, Deserialize)]
struct AttemptDetail {
    container: Option<ContainerDetail>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContainerDetail {
    exit_code: Option<i32>,
    reason: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ArrayProperties {
    index: Option<u32>,
    /// How many children there are in each state.
    #[serde(default)]
    status_summary: Option<HashMap<String, u32>>,
}

/// What only a node of a multi-node job has.
#[derive(Debug, Clone, Deserialize)]
struct NodeDetails {}

/// What an event says of one of our jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Whose job it is.
    pub name: JobName,
    /// Which job it is.
    pub job: JobId,
    /// What was seen.
    pub change: JobChange,
}

/// Why an event says nothing to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotOurs {
    /// The job's name is not one that we give.
    Stranger,
    /// It is a child of an array, or a node of a multi-node job: its parent tells.
    Child,
}

impl Detail {
    /// What it says of one of our jobs.
    ///
    /// # Errors
    /// If it is about something else.
    pub fn seen(&self, now: Timestamp) -> Result<Seen, NotOurs> {
        let of_array = self.array_properties.as_ref().is_some_and(|array| array.index.is_some());
        if of_array || self.node_details.is_some() || self.job_id.contains(NODE) {
            return Err(NotOurs::Child);
        }
        let name = JobName::parse(&self.job_name).ok_or(NotOurs::Stranger)?;
        let started_at = self.started_at.map(Timestamp::from_ms);
        let at = self.stopped_at.map_or(now, Timestamp::from_ms);
        let change = match self.status.as_str() {
            "SUCCEEDED" => JobChange::Succeeded { started_at, at },
            "FAILED" => JobChange::Failed { started_at, at, cause: self.cause() },
            status => JobChange::Alive { blocked: blocked(status, self.status_reason.as_deref()) },
        };
        Ok(Seen { name, job: JobId::new(&self.job_id), change })
    }

    fn cause(&self) -> machine::Cause {
        let container = self.attempts.last().and_then(|attempt| attempt.container.as_ref());
        cause::recognise(
            self.status_reason.as_deref().unwrap_or_default(),
            container.and_then(|container| container.reason.as_deref()).unwrap_or_default(),
            container.and_then(|container| container.exit_code),
        )
        .with_children(self.failed_children())
    }

    fn failed_children(&self) -> Option<u32> {
        self.array_properties.as_ref()?.status_summary.as_ref()?.get("FAILED").copied()
    }
}
