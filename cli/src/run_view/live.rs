//! What Batch says of the jobs that have not ended: the table knows only that they were submitted.

use std::collections::HashMap;

use aws_sdk_batch::types::{ArrayPropertiesDetail, JobDetail, JobStatus};
use machine::Timestamp;

use super::StageView;
use crate::{exit::Failure, time::Time};

/// How many jobs one `DescribeJobs` may ask about.
const PER_CALL: usize = 100;

/// A job that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Live {
    /// Batch's own word for where it stands.
    pub(crate) status: String,
    /// Of an array job.
    pub(crate) children: Option<Children>,
}

/// How far the children of an array job are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Children {
    /// How many there are.
    pub(crate) size: u64,
    /// How many have succeeded.
    pub(crate) succeeded: u64,
    /// How many have failed.
    pub(crate) failed: u64,
    /// How many run.
    pub(crate) running: u64,
}

impl Children {
    /// From what `DescribeJobs` says of an array job.
    fn of(array: &ArrayPropertiesDetail) -> Option<Self> {
        let size = u64::try_from(array.size()?).ok()?;
        let count = |status: &str| {
            let counts = array.status_summary();
            counts.and_then(|counts| u64::try_from(*counts.get(status)?).ok()).unwrap_or_default()
        };
        let running = count("STARTING") + count("RUNNING");
        Some(Self { size, succeeded: count("SUCCEEDED"), failed: count("FAILED"), running })
    }

    /// How many have ended.
    pub(crate) fn ended(self) -> u64 {
        self.succeeded + self.failed
    }
}

/// Asks Batch about every job that has not ended.
pub(super) async fn add(stages: &mut [StageView], batch: &aws_sdk_batch::Client) -> Result<(), Failure> {
    let all = stages.iter().chain(stages.iter().flat_map(|stage| &stage.chunks));
    let active = all.filter(|stage| stage.ended_at.is_none());
    let jobs: Vec<String> = active.filter_map(|stage| stage.job_id.clone()).collect();
    let mut known = HashMap::new();
    for some in jobs.chunks(PER_CALL) {
        let described = batch.describe_jobs().set_jobs(Some(some.to_vec())).send().await;
        let described = described.map_err(|error| Failure::aws("Batch DescribeJobs", &error))?;
        let details = described.jobs.unwrap_or_default().into_iter();
        known.extend(details.filter_map(|job| Some((job.job_id.clone()?, job))));
    }
    for stage in stages.iter_mut().filter(|stage| stage.ended_at.is_none()) {
        if let Some(job) = stage.job_id.as_ref().and_then(|job| known.get(job)) {
            describe(stage, job);
        }
        for chunk in stage.chunks.iter_mut().filter(|chunk| chunk.ended_at.is_none()) {
            if let Some(job) = chunk.job_id.as_ref().and_then(|job| known.get(job)) {
                describe(chunk, job);
            }
        }
        add_up(stage);
    }
    Ok(())
}

/// How far a stage of many items is: by the chunks that have ended, and by what Batch says of the others.
fn add_up(stage: &mut StageView) {
    let Some(items) = stage.items else { return };
    let begun = |children: &Children| children.running + children.ended() > 0;
    let of_arrays: Vec<Children> =
        stage.chunks.iter().filter_map(|chunk| chunk.live.as_ref()?.children).filter(begun).collect();
    let sum = |count: fn(&Children) -> u64| of_arrays.iter().map(count).sum::<u64>();
    let children = Children {
        size: u64::from(items.total),
        succeeded: u64::from(items.succeeded) + sum(|children| children.succeeded),
        failed: u64::from(items.failed) + sum(|children| children.failed),
        running: sum(|children| children.running),
    };
    stage.live = Some(Live { status: stage.status.to_owned(), children: Some(children) });
}

fn describe(stage: &mut StageView, job: &JobDetail) {
    let started = job.started_at().and_then(|ms| u64::try_from(ms).ok()).filter(|&ms| ms > 0);
    stage.started_at = started.map(|ms| Time(Timestamp::from_ms(ms)));
    if stage.status == "SUBMITTED" {
        let waits = job.status() == Some(&JobStatus::Runnable);
        stage.blocked = job.status_reason().filter(|_| waits).map(str::to_owned);
    }
    // That it has ended is true of the stage only once the table says so.
    let status = job.status().filter(|status| !matches!(status, JobStatus::Succeeded | JobStatus::Failed));
    stage.live = status.map(|status| Live {
        status: status.as_str().to_owned(),
        children: job.array_properties().and_then(Children::of),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_a_job_from_running_is_told_while_it_does() {
        let mut stage = super::super::example().stages.remove(1);
        let reason = "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY";
        let job = |status| JobDetail::builder().status(status).status_reason(reason).build();
        describe(&mut stage, &job(JobStatus::Runnable));
        assert_eq!(stage.why().as_deref(), Some(reason));
        describe(&mut stage, &job(JobStatus::Running));
        assert_eq!(stage.why(), None);
    }

    #[test]
    fn children_are_counted_as_batch_counts_them() {
        let array = ArrayPropertiesDetail::builder()
            .size(8)
            .status_summary("SUCCEEDED", 3)
            .status_summary("FAILED", 1)
            .status_summary("STARTING", 1)
            .status_summary("RUNNING", 2)
            .status_summary("RUNNABLE", 1)
            .build();
        let children = Children::of(&array).unwrap();
        assert_eq!(children, Children { size: 8, succeeded: 3, failed: 1, running: 3 });
        assert_eq!(children.ended(), 4);
        assert_eq!(Children::of(&ArrayPropertiesDetail::builder().index(3).build()), None);
    }
}
