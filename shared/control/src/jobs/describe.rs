//! Asking Batch about jobs.

use std::collections::HashMap;

use aws_sdk_batch::types::{JobDetail, JobStatus};
use machine::{JobId, Timestamp, stage::JobChange};

use crate::jobs::{Error, Jobs, blocked::blocked, cause};

/// How many jobs one `DescribeJobs` may ask about.
const PER_CALL: usize = 100;

impl Jobs {
    /// What Batch knows of these jobs. Those that it does not know are missing from the answer.
    ///
    /// # Errors
    /// If Batch does not answer.
    pub async fn describe(&self, jobs: &[JobId], now: Timestamp) -> Result<HashMap<JobId, JobChange>, Error> {
        let mut known = HashMap::new();
        for chunk in jobs.chunks(PER_CALL) {
            let ids = chunk.iter().map(|job| job.as_str().to_owned()).collect();
            let output = self
                .client
                .describe_jobs()
                .set_jobs(Some(ids))
                .send()
                .await
                .map_err(|error| Error::of("DescribeJobs", &error))?;
            known.extend(output.jobs().iter().filter_map(|job| Some((JobId::new(job.job_id()?), change(job, now)))));
        }
        Ok(known)
    }
}

fn change(job: &JobDetail, now: Timestamp) -> JobChange {
    let time = |ms: Option<i64>| ms.and_then(|ms| u64::try_from(ms).ok()).map(Timestamp::from_ms);
    let (started_at, at) = (time(job.started_at()), time(job.stopped_at()).unwrap_or(now));
    match job.status() {
        Some(JobStatus::Succeeded) => JobChange::Succeeded { started_at, at },
        Some(JobStatus::Failed) => {
            let container = job.attempts().last().and_then(|attempt| attempt.container());
            let cause = cause::recognise(
                job.status_reason().unwrap_or_default(),
                container.and_then(|container| container.reason()).unwrap_or_default(),
                container.and_then(|container| container.exit_code()),
            );
            let children = job.array_properties().and_then(|array| array.status_summary()?.get("FAILED").copied());
            let cause = cause.with_children(children.and_then(|children| u32::try_from(children).ok()));
            JobChange::Failed { started_at, at, cause }
        }
        status => {
            let status = status.map_or("", JobStatus::as_str);
            JobChange::Alive { blocked: blocked(status, job.status_reason()) }
        }
    }
}
