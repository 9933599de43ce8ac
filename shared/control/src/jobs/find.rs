//! Finding jobs by the name of an attempt.

use aws_sdk_batch::types::{JobStatus, KeyValuesPair};
use machine::{JobId, JobQueue};

use crate::jobs::{Error, Jobs, change::NODE, name::JobName};

/// A job that `ListJobs` shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its id.
    pub job: JobId,
    /// Whether it has not ended.
    pub alive: bool,
    /// When Batch created it, in milliseconds since the Unix epoch.
    pub created_ms: i64,
}

impl Jobs {
    /// The jobs of that very name in the queue, the oldest first, in whatever state: `ListJobs` by `JOB_NAME`, which takes
    /// no account of case. How soon it shows a new job is undocumented.
    ///
    /// # Errors
    /// If Batch does not answer.
    pub async fn find(&self, queue: &JobQueue, name: &JobName) -> Result<Vec<Found>, Error> {
        let name = name.to_string();
        let filter = KeyValuesPair::builder().name("JOB_NAME").values(&name).build();
        let mut pages =
            self.client.list_jobs().job_queue(queue.as_str()).filters(filter).into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(summary) = pages.next().await {
            let summary = summary.map_err(|error| Error::of("ListJobs", &error))?;
            let id = summary.job_id().filter(|id| !id.contains(NODE));
            if let (Some(id), Some(true)) = (id, summary.job_name().map(|listed| listed == name)) {
                found.push(Found {
                    job: JobId::new(id),
                    alive: !matches!(summary.status(), Some(JobStatus::Succeeded | JobStatus::Failed)),
                    created_ms: summary.created_at().unwrap_or_default(),
                });
            }
        }
        found.sort_by(|one, other| (one.created_ms, &one.job).cmp(&(other.created_ms, &other.job)));
        Ok(found)
    }
}
