//! Logs in CloudWatch Logs: a stream for each of Batch's tries, which `DescribeJobs` names.

use std::collections::HashMap;

use aws_sdk_batch::types::{JobDetail, JobStatus};
use aws_sdk_cloudwatchlogs::Client as CloudWatch;
use local_batch::JobKey;

use super::prefix;
use crate::{client::Client, exit::Failure, output::Output};

/// How many jobs one `DescribeJobs` may ask about.
const PER_CALL: usize = 100;

/// The logs of some jobs.
#[derive(Debug)]
pub(crate) struct Streams {
    batch: aws_sdk_batch::Client,
    cloud_watch: CloudWatch,
    group: String,
    wanted: Option<u32>,
    jobs: Vec<Source>,
}

#[derive(Debug)]
struct Source {
    job: JobKey,
    prefix: String,
    /// Whether Batch knows it.
    known: bool,
    /// Whether it had ended when it was read. What comes late is read at the end of all.
    over: bool,
    stream: Option<Stream>,
}

/// A stream, and how far it was read.
#[derive(Debug)]
struct Stream {
    name: String,
    token: Option<String>,
}

impl Streams {
    pub(super) fn new(client: &Client, group: &str, jobs: Vec<JobKey>, wanted: Option<u32>) -> Self {
        let several = jobs.len() > 1;
        let source = |job: JobKey| {
            let prefix = prefix(&job, several).unwrap_or_default();
            Source { job, prefix, known: false, over: false, stream: None }
        };
        Self {
            batch: client.batch.clone(),
            cloud_watch: client.logs.clone(),
            group: group.to_owned(),
            wanted,
            jobs: jobs.into_iter().map(source).collect(),
        }
    }

    pub(super) async fn copy(&mut self, output: Output, end: bool) -> Result<bool, Failure> {
        let reader = Reader { cloud_watch: &self.cloud_watch, group: &self.group, output };
        let mut growing: Vec<&mut Source> = self.jobs.iter_mut().filter(|source| end || !source.over).collect();
        for some in growing.chunks_mut(PER_CALL) {
            let described = describe(&self.batch, some).await?;
            for source in some {
                if let Some(job) = described.get(&source.job.to_string()) {
                    source.copy(job, self.wanted, &reader).await?;
                }
            }
        }
        output.flush()?;
        // Every page of a stream that is there comes with a token.
        Ok(self.jobs.iter().any(|source| source.stream.as_ref().is_some_and(|stream| stream.token.is_some())))
    }

    pub(super) fn none(&self, job: &str) -> Failure {
        let group = &self.group;
        Failure::nothing_there(if self.jobs.iter().any(|source| source.known) {
            format!("the log group {group} holds no such log of job {job}: it has not begun, or has written nothing")
        } else {
            format!(
                "AWS Batch, which keeps jobs for a week or so, knows job {job} no more, and so not which streams of the log group \
                 {group} are its log"
            )
        })
    }
}

async fn describe(batch: &aws_sdk_batch::Client, some: &[&mut Source]) -> Result<HashMap<String, JobDetail>, Failure> {
    let ids = some.iter().map(|source| source.job.to_string()).collect();
    let described = batch.describe_jobs().set_jobs(Some(ids)).send().await;
    let described = described.map_err(|error| Failure::aws("Batch DescribeJobs", &error))?;
    Ok(described.jobs.unwrap_or_default().into_iter().filter_map(|job| Some((job.job_id.clone()?, job))).collect())
}

/// The stream of one of Batch's tries of a job, of the last one that has a log if none is named. `None` if there is none.
fn stream_name(job: &JobDetail, wanted: Option<u32>) -> Option<&str> {
    let ended = job.attempts().iter().map(|attempt| attempt.container()?.log_stream_name());
    let mut tries: Vec<Option<&str>> = ended.collect();
    // The one that runs is not among the attempts yet.
    let current = job.container().and_then(|container| container.log_stream_name());
    if matches!(job.status(), Some(JobStatus::Starting | JobStatus::Running)) && !tries.contains(&current) {
        tries.push(current);
    }
    match wanted {
        Some(number) => *tries.get(usize::try_from(number).ok()?.checked_sub(1)?)?,
        None => tries.into_iter().flatten().last(),
    }
}

impl Source {
    async fn copy(&mut self, job: &JobDetail, wanted: Option<u32>, reader: &Reader<'_>) -> Result<(), Failure> {
        self.known = true;
        self.over = matches!(job.status(), Some(JobStatus::Succeeded | JobStatus::Failed));
        let Some(name) = stream_name(job, wanted) else { return Ok(()) };
        if let Some(before) = self.stream.as_mut().filter(|stream| stream.name != name) {
            reader.copy(before, &self.prefix).await?;
            self.stream = None;
        }
        let stream = self.stream.get_or_insert_with(|| Stream { name: name.to_owned(), token: None });
        reader.copy(stream, &self.prefix).await
    }
}

struct Reader<'a> {
    cloud_watch: &'a CloudWatch,
    group: &'a str,
    output: Output,
}

impl Reader<'_> {
    /// Writes what a stream holds beyond where it was read to. Its end is where the same token comes back; a page may be empty
    /// before it. <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>
    async fn copy(&self, stream: &mut Stream, prefix: &str) -> Result<(), Failure> {
        loop {
            let page = self.cloud_watch.get_log_events().log_group_name(self.group).log_stream_name(&stream.name);
            let page = page.start_from_head(true).set_next_token(stream.token.clone()).send().await;
            let page = match page {
                Ok(page) => page,
                // The stream is made with the first line.
                Err(error) if error.as_service_error().is_some_and(|error| error.is_resource_not_found_exception()) => {
                    return Ok(());
                }
                Err(error) => return Err(Failure::aws("CloudWatch GetLogEvents", &error)),
            };
            let lines = page.events().iter().filter_map(|event| event.message());
            let lines: String = lines.map(|line| format!("{prefix}{}\n", line.trim_end_matches('\n'))).collect();
            self.output.bytes(lines.as_bytes())?;
            if page.next_forward_token.is_none() || page.next_forward_token == stream.token {
                return Ok(());
            }
            stream.token = page.next_forward_token;
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_batch::types::{AttemptContainerDetail, AttemptDetail, ContainerDetail};

    use super::*;

    /// A job whose ended tries have those streams, if they began, and whose container has that one.
    fn job(status: JobStatus, ended: &[Option<&str>], current: Option<&str>) -> JobDetail {
        let attempt = |stream: &Option<&str>| {
            let container = AttemptContainerDetail::builder().set_log_stream_name(stream.map(str::to_owned)).build();
            AttemptDetail::builder().container(container).build()
        };
        let container = ContainerDetail::builder().set_log_stream_name(current.map(str::to_owned)).build();
        JobDetail::builder()
            .status(status)
            .set_attempts(Some(ended.iter().map(attempt).collect()))
            .container(container)
            .build()
    }

    #[test]
    fn the_last_try_is_meant_unless_one_is_named() {
        let running = job(JobStatus::Running, &[Some("one")], Some("two"));
        assert_eq!(stream_name(&running, None), Some("two"));
        assert_eq!(stream_name(&running, Some(1)), Some("one"));
        assert_eq!(stream_name(&running, Some(2)), Some("two"));
        assert_eq!(stream_name(&running, Some(3)), None);
        let ended = job(JobStatus::Succeeded, &[Some("one"), Some("two")], Some("two"));
        assert_eq!((stream_name(&ended, None), stream_name(&ended, Some(3))), (Some("two"), None));
    }

    #[test]
    fn a_try_that_never_began_counts_and_has_no_log() {
        let lost = job(JobStatus::Failed, &[Some("one"), None], Some("one"));
        assert_eq!(stream_name(&lost, Some(2)), None);
        assert_eq!(stream_name(&lost, None), Some("one"));
        let starting = job(JobStatus::Starting, &[Some("one")], None);
        assert_eq!((stream_name(&starting, Some(2)), stream_name(&starting, None)), (None, Some("one")));
        assert_eq!(stream_name(&job(JobStatus::Runnable, &[], None), None), None);
    }
}
