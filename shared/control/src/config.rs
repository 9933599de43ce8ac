//! What an installation consists of: names that the stack's template hands to every Lambda by its environment.

use std::collections::BTreeMap;

use machine::JobQueue;
use pipeline::Compute;

/// The names of an installation's parts.
#[derive(Debug, Clone)]
pub struct Config {
    /// The DynamoDB table.
    pub table: String,
    /// The S3 bucket that people drop files and definitions into.
    pub inbox_bucket: String,
    /// The URL of the SQS queue of delayed wake-ups.
    pub wake_queue_url: String,
    /// The name of the SQS queue of requests. Messages of any other queue start the pipelines with a trigger on it.
    pub request_queue: String,
    /// The job queue of each kind of compute.
    pub job_queues: BTreeMap<Compute, JobQueue>,
    /// The role with which Fargate pulls images and writes logs.
    pub execution_role: Option<String>,
    /// The role that jobs have.
    pub job_role: Option<String>,
    /// Where schedules go.
    pub schedules: ScheduleTarget,
}

/// The target of the EventBridge schedules that a registration makes.
#[derive(Debug, Clone)]
pub struct ScheduleTarget {
    /// The schedule group.
    pub group: String,
    /// The ARN of the function `on-schedule`.
    pub function_arn: String,
    /// The role that may invoke it.
    pub role_arn: String,
}

/// A variable of the environment that is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {name} {problem}")]
pub struct EnvironmentError {
    name: &'static str,
    problem: String,
}

impl Config {
    /// Reads the configuration from the environment.
    ///
    /// `BATCHWRIGHT_TABLE`, `_INBOX_BUCKET`, `_WAKE_QUEUE_URL`, `_REQUEST_QUEUE`, `_JOB_QUEUES` (`fargate=name,ec2=name,…`),
    /// `_EXECUTION_ROLE`, `_JOB_ROLE` (optional), `_SCHEDULE_GROUP`, `_SCHEDULE_FUNCTION_ARN`, `_SCHEDULE_ROLE_ARN`.
    ///
    /// # Errors
    /// If one that is needed is missing, or malformed.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let needed = |name: &'static str| {
            variable(name).filter(|value| !value.is_empty()).ok_or_else(|| EnvironmentError {
                name,
                problem: "is missing: the stack's template sets it for every function".to_owned(),
            })
        };
        Ok(Self {
            table: needed("BATCHWRIGHT_TABLE")?,
            inbox_bucket: needed("BATCHWRIGHT_INBOX_BUCKET")?,
            wake_queue_url: needed("BATCHWRIGHT_WAKE_QUEUE_URL")?,
            request_queue: needed("BATCHWRIGHT_REQUEST_QUEUE")?,
            job_queues: parse_job_queues(&needed(JOB_QUEUES)?)?,
            execution_role: variable("BATCHWRIGHT_EXECUTION_ROLE").filter(|role| !role.is_empty()),
            job_role: variable("BATCHWRIGHT_JOB_ROLE").filter(|role| !role.is_empty()),
            schedules: ScheduleTarget {
                group: needed("BATCHWRIGHT_SCHEDULE_GROUP")?,
                function_arn: needed("BATCHWRIGHT_SCHEDULE_FUNCTION_ARN")?,
                role_arn: needed("BATCHWRIGHT_SCHEDULE_ROLE_ARN")?,
            },
        })
    }
}

const JOB_QUEUES: &str = "BATCHWRIGHT_JOB_QUEUES";

fn parse_job_queues(text: &str) -> Result<BTreeMap<Compute, JobQueue>, EnvironmentError> {
    text.split(',')
        .map(|pair| {
            let (compute, queue) = pair.split_once('=')?;
            Some((compute.trim().parse::<Compute>().ok()?, JobQueue::new(queue.trim())))
        })
        .collect::<Option<_>>()
        .ok_or_else(|| EnvironmentError {
            name: JOB_QUEUES,
            problem: format!(
                "is {text:?}, and should be <compute>=<job queue>,… with fargate, fargate-spot, ec2, ec2-spot"
            ),
        })
}
