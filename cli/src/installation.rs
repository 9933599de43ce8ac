//! What an installation consists of, wherever it is: the names of its parts, and how often they may be asked.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    time::Duration,
};

use control::config::JobQueues;
use local_surface::{INBOX_BUCKET, REQUEST_QUEUE, TABLE};

/// An installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Installation {
    /// The DynamoDB table, to read.
    pub(crate) table: String,
    /// The first door: the bucket for files and definitions.
    pub(crate) inbox_bucket: String,
    /// The second door: the URL of the queue for requests.
    pub(crate) request_queue_url: String,
    /// The job queues that stages are submitted to.
    pub(crate) job_queues: JobQueues,
    /// Where jobs write their logs.
    pub(crate) job_logs: JobLogs,
    /// How often it may be asked.
    pub(crate) pace: Pace,
}

/// Where jobs write their logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JobLogs {
    /// Files in the data folder of the server.
    DataFolder(PathBuf),
    /// A log group of CloudWatch Logs.
    LogGroup(String),
}

/// How often an installation is asked, and how long it may take to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// How long a request may take to be answered. It is not lost after that; only nobody waits for it any more.
    pub(crate) patience: Duration,
    /// The longest time between two looks for the answer.
    pub(crate) answer: Duration,
    /// How often a run is read that is watched.
    pub(crate) watch: Duration,
    /// How often it is read after a minute: a stage that runs for hours needs no hasty reader.
    pub(crate) watch_later: Duration,
    /// How often a log is read that grows.
    pub(crate) log: Duration,
    /// How long after the end of a job the last of its log may come.
    pub(crate) log_settles: Duration,
}

/// A server is there for one person, and is quick.
const SERVER: Pace = Pace {
    patience: Duration::from_secs(60),
    answer: Duration::from_millis(250),
    watch: Duration::from_millis(150),
    watch_later: Duration::from_secs(1),
    log: Duration::from_millis(200),
    log_settles: Duration::ZERO,
};

/// The rates of Batch's and CloudWatch's calls are limits of a whole account and region, in which the stack needs its share. S3 may
/// take longer than a minute to tell of an object.
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html>
const STACK: Pace = Pace {
    patience: Duration::from_secs(180),
    answer: Duration::from_secs(1),
    watch: Duration::from_secs(1),
    watch_later: Duration::from_secs(5),
    log: Duration::from_secs(2),
    log_settles: Duration::from_secs(5),
};

/// The outputs of a CloudFormation stack, by their keys.
pub(crate) type Outputs = HashMap<String, String>;

impl Installation {
    /// That of the server at `endpoint`, whose data folder is the one given if it is on this machine.
    pub(crate) fn on_server(endpoint: &str, data_dir: &Path) -> Self {
        let config = local_surface::config(endpoint);
        Self {
            table: TABLE.to_owned(),
            inbox_bucket: INBOX_BUCKET.to_owned(),
            // SQS takes the bare name of a queue for its URL.
            request_queue_url: REQUEST_QUEUE.to_owned(),
            job_queues: config.job_queues,
            job_logs: JobLogs::DataFolder(data_dir.to_owned()),
            pace: SERVER,
        }
    }

    /// That of a stack of `infra/template.yaml`, by its outputs.
    ///
    /// # Errors
    /// If outputs are missing, with their keys: then it is a stack of something else. If one cannot be understood.
    pub(crate) fn of_stack(outputs: &Outputs) -> Result<Self, String> {
        let output = |key: &str| outputs.get(key).cloned().unwrap_or_default();
        let needed = ["Table", "InboxBucket", "RequestQueueUrl", "JobQueues", "JobLogGroup"];
        let missing: Vec<&str> = needed.into_iter().filter(|key| output(key).is_empty()).collect();
        if !missing.is_empty() {
            return Err(format!("is not one of Batchwright's: it has no output {}", missing.join(", ")));
        }
        let job_queues = output("JobQueues");
        Ok(Self {
            table: output("Table"),
            inbox_bucket: output("InboxBucket"),
            request_queue_url: output("RequestQueueUrl"),
            job_queues: job_queues.parse().map_err(|error| format!("has an output JobQueues that {error}"))?,
            job_logs: JobLogs::LogGroup(output("JobLogGroup")),
            pace: STACK,
        })
    }

    /// The name of the queue of requests, as rejections name it.
    pub(crate) fn request_queue(&self) -> &str {
        self.request_queue_url.rsplit('/').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use pipeline::Compute;

    use super::*;

    fn outputs() -> Outputs {
        let of = [
            ("Version", "0.1.0"),
            ("Table", "demo-Table-1A2B"),
            ("InboxBucket", "demo-inbox-1a2b"),
            ("RequestQueueUrl", "https://sqs.eu-central-1.amazonaws.com/123456789012/demo-RequestQueue-1A2B"),
            ("JobQueues", "fargate=demo-fargate,fargate+urgent=demo-urgent"),
            ("JobLogGroup", "/demo/jobs"),
            ("UnknownToThisVersion", "x"),
        ];
        of.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn the_outputs_of_a_stack_name_its_parts() {
        let installation = Installation::of_stack(&outputs()).unwrap();
        assert_eq!(installation.table, "demo-Table-1A2B");
        assert_eq!(installation.inbox_bucket, "demo-inbox-1a2b");
        assert_eq!(installation.request_queue(), "demo-RequestQueue-1A2B");
        assert_eq!(installation.job_logs, JobLogs::LogGroup("/demo/jobs".to_owned()));
        let queue = |priority| installation.job_queues.of(Compute::Fargate, priority).map(|queue| queue.as_str());
        assert_eq!((queue(100), queue(9000)), (Some("demo-fargate"), Some("demo-urgent")));
    }

    #[test]
    fn a_stack_of_something_else_is_told_by_what_it_lacks() {
        let mut outputs = outputs();
        outputs.remove("Table");
        outputs.insert("JobLogGroup".to_owned(), String::new());
        let wrong = Installation::of_stack(&outputs).unwrap_err();
        assert!(wrong.contains("Table, JobLogGroup") && !wrong.contains("InboxBucket"), "{wrong}");
    }

    #[test]
    fn job_queues_that_cannot_be_understood_are_quoted() {
        let mut outputs = outputs();
        outputs.insert("JobQueues".to_owned(), "gpu=x".to_owned());
        let wrong = Installation::of_stack(&outputs).unwrap_err();
        assert!(wrong.contains("JobQueues") && wrong.contains("gpu=x"), "{wrong}");
    }

    #[test]
    fn a_server_has_the_parts_that_it_makes() {
        let installation = Installation::on_server("http://127.0.0.1:1", Path::new("data"));
        assert_eq!(installation.request_queue(), REQUEST_QUEUE);
        assert_eq!(installation.job_logs, JobLogs::DataFolder(PathBuf::from("data")));
    }
}
