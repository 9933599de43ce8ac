//! What an installation consists of: names that the stack's template hands to every Lambda by its environment.

pub mod job_queues;
mod named_queues;

pub use job_queues::JobQueues;
pub use named_queues::NamedQueues;

/// The names of an installation's parts.
#[derive(Debug, Clone)]
pub struct Config {
    /// The DynamoDB table.
    pub table: String,
    /// The S3 bucket that people drop files and definitions into.
    pub inbox_bucket: String,
    /// The S3 bucket for what belongs to runs: outputs. Nothing that lies there starts anything.
    pub work_bucket: String,
    /// The URL of the SQS queue of delayed wake-ups.
    pub wake_queue_url: String,
    /// The name of the SQS queue of requests. Messages of any other queue start the pipelines with a trigger on it.
    pub request_queue: String,
    /// The job queues.
    pub job_queues: JobQueues,
    /// The other job queues that stages may name.
    pub named_queues: NamedQueues,
    /// What every job has.
    pub jobs: JobSettings,
    /// Where schedules go.
    pub schedules: ScheduleTarget,
}

/// What an installation gives to every job.
#[derive(Debug, Clone)]
pub struct JobSettings {
    /// The role with which ECS pulls images and writes logs.
    pub execution_role: Option<String>,
    /// The role that jobs have.
    pub job_role: Option<String>,
    /// The log group that jobs write to; Batch's own, if none is named.
    pub log_group: Option<String>,
    /// Whether Fargate jobs have public addresses. In a subnet without a NAT gateway they cannot pull their images otherwise.
    pub assign_public_ip: bool,
    /// Whether the job queues have a fair-share policy. They require a share identifier then, and refuse one otherwise.
    pub fair_share: bool,
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
    /// The queue of the firings that could not be delivered.
    pub dead_letters_arn: Option<String>,
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
    /// `BATCHWRIGHT_TABLE`, `_INBOX_BUCKET`, `_WORK_BUCKET`, `_WAKE_QUEUE_URL`, `_REQUEST_QUEUE`, `_JOB_QUEUES` (see [`JobQueues`]),
    /// `_SCHEDULE_GROUP`, `_SCHEDULE_FUNCTION_ARN`, `_SCHEDULE_ROLE_ARN`; and those that may be left out or empty:
    /// `_MORE_JOB_QUEUES` (see [`NamedQueues`]), `_EXECUTION_ROLE`, `_JOB_ROLE`, `_JOB_LOG_GROUP`, `_SCHEDULE_DEAD_LETTERS_ARN`, and `_ASSIGN_PUBLIC_IP` and `_FAIR_SHARE`
    /// (`true` if left out).
    ///
    /// # Errors
    /// If one that is needed is missing, or malformed.
    pub fn from_env(variable: impl Fn(&str) -> Option<String>) -> Result<Self, EnvironmentError> {
        let optional = |name: &'static str| variable(name).filter(|value| !value.is_empty());
        let needed = |name: &'static str| {
            optional(name).ok_or_else(|| EnvironmentError {
                name,
                problem: "is missing: the stack's template sets it for every function".to_owned(),
            })
        };
        let flag = |name: &'static str| match optional(name).as_deref() {
            None | Some("true") => Ok(true),
            Some("false") => Ok(false),
            Some(other) => {
                Err(EnvironmentError { name, problem: format!("is {other:?}, and should be true or false") })
            }
        };
        let job_queues = needed(JOB_QUEUES)?.parse::<JobQueues>();
        Ok(Self {
            table: needed("BATCHWRIGHT_TABLE")?,
            inbox_bucket: needed("BATCHWRIGHT_INBOX_BUCKET")?,
            work_bucket: needed("BATCHWRIGHT_WORK_BUCKET")?,
            wake_queue_url: needed("BATCHWRIGHT_WAKE_QUEUE_URL")?,
            request_queue: needed("BATCHWRIGHT_REQUEST_QUEUE")?,
            job_queues: job_queues
                .map_err(|error| EnvironmentError { name: JOB_QUEUES, problem: error.to_string() })?,
            named_queues: NamedQueues::of_arns(&optional("BATCHWRIGHT_MORE_JOB_QUEUES").unwrap_or_default()),
            jobs: JobSettings {
                execution_role: optional("BATCHWRIGHT_EXECUTION_ROLE"),
                job_role: optional("BATCHWRIGHT_JOB_ROLE"),
                log_group: optional("BATCHWRIGHT_JOB_LOG_GROUP"),
                assign_public_ip: flag("BATCHWRIGHT_ASSIGN_PUBLIC_IP")?,
                fair_share: flag("BATCHWRIGHT_FAIR_SHARE")?,
            },
            schedules: ScheduleTarget {
                group: needed("BATCHWRIGHT_SCHEDULE_GROUP")?,
                function_arn: needed("BATCHWRIGHT_SCHEDULE_FUNCTION_ARN")?,
                role_arn: needed("BATCHWRIGHT_SCHEDULE_ROLE_ARN")?,
                dead_letters_arn: optional("BATCHWRIGHT_SCHEDULE_DEAD_LETTERS_ARN"),
            },
        })
    }
}

const JOB_QUEUES: &str = "BATCHWRIGHT_JOB_QUEUES";
