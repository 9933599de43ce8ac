//! The children of an array job.

use std::collections::BTreeSet;

use aws_sdk_batch::types::JobStatus;
use machine::{Cause, JobId, Timestamp, stage::JobChange};

use crate::jobs::{Error, Jobs};

impl Jobs {
    /// What some of its children that failed died of: of a hundred at most.
    ///
    /// # Errors
    /// If Batch does not answer.
    pub async fn causes_of_children(&self, array: &JobId, now: Timestamp) -> Result<Vec<Cause>, Error> {
        let listed = self.client.list_jobs().array_job_id(array.as_str()).job_status(JobStatus::Failed).send().await;
        let listed = match listed.map_err(|error| Error::of("ListJobs", &error)) {
            Ok(listed) => listed,
            Err(error) if error.refused => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let children = listed.job_summary_list().iter().filter_map(|child| child.job_id()).map(JobId::new);
        let described = self.describe(&children.collect::<Vec<_>>(), now).await?;
        let cause = |change| match change {
            JobChange::Failed { cause, .. } => Some(cause),
            JobChange::Alive { .. } | JobChange::Succeeded { .. } => None,
        };
        Ok(described.into_values().filter_map(cause).collect())
    }

    /// The indexes of the children that failed. Empty too, if Batch no longer knows the array.
    ///
    /// # Errors
    /// If Batch does not answer.
    pub async fn failed_children(&self, array: &JobId) -> Result<BTreeSet<u32>, Error> {
        let mut pages = self
            .client
            .list_jobs()
            .array_job_id(array.as_str())
            .job_status(JobStatus::Failed)
            .into_paginator()
            .items()
            .send();
        let mut failed = BTreeSet::new();
        while let Some(child) = pages.next().await {
            let child = match child.map_err(|error| Error::of("ListJobs", &error)) {
                Ok(child) => child,
                Err(error) if error.refused => return Ok(BTreeSet::new()),
                Err(error) => return Err(error),
            };
            let index = child.array_properties().and_then(|array| array.index());
            failed.extend(index.and_then(|index| u32::try_from(index).ok()));
        }
        Ok(failed)
    }
}
