//! The parts of the installation on a laptop: what the stack's template makes on AWS.

use std::sync::Arc;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_batch::types::{CeType, ComputeEnvironmentOrder, ComputeResource, CrType, FairsharePolicy, JqState};
use control::{
    Config,
    config::{JobQueues, JobSettings, NamedQueues, ScheduleTarget},
};
use local_wire::Service;
use machine::JobQueue;
use pipeline::Compute;

use crate::surface::Error;

/// The DynamoDB table.
pub const TABLE: &str = "batchwright";
/// The bucket that people drop files and definitions into.
pub const INBOX_BUCKET: &str = "batchwright-inbox";
/// The bucket for what belongs to runs.
pub const WORK_BUCKET: &str = "batchwright-work";
/// The queue of requests.
pub const REQUEST_QUEUE: &str = "batchwright-requests";
/// The queue of S3's notifications.
pub const UPLOAD_QUEUE: &str = "batchwright-uploads";
/// The queue of wake-ups.
pub const WAKE_QUEUE: &str = "batchwright-wake";
/// The schedule group.
pub const SCHEDULE_GROUP: &str = "batchwright";
/// The region of everything on a laptop.
pub const REGION: &str = "us-east-1";
/// The account of everything on a laptop.
pub(crate) const ACCOUNT: &str = "000000000000";
/// Access key and secret key that clients may use. Any are taken.
pub const ENDPOINT_CREDENTIALS: (&str, &str) = ("local", "local");

const SCHEDULING_POLICY: &str = "batchwright";

/// Its names.
pub fn config(endpoint: &str) -> Config {
    let job_queues = Compute::ALL.into_iter().fold(JobQueues::default(), |queues, compute| {
        queues.with(compute, job_queue(compute, Class::Normal), Some(job_queue(compute, Class::Urgent)))
    });
    Config {
        table: TABLE.to_owned(),
        inbox_bucket: INBOX_BUCKET.to_owned(),
        work_bucket: WORK_BUCKET.to_owned(),
        wake_queue_url: format!("{endpoint}/{ACCOUNT}/{WAKE_QUEUE}"),
        request_queue: REQUEST_QUEUE.to_owned(),
        job_queues,
        named_queues: NamedQueues::Any,
        jobs: JobSettings {
            execution_role: Some(role("batchwright-execution")),
            job_role: None,
            log_group: None,
            assign_public_ip: true,
            fair_share: true,
        },
        schedules: ScheduleTarget {
            group: SCHEDULE_GROUP.to_owned(),
            function_arn: function_arn("on-schedule"),
            role_arn: role("batchwright-schedules"),
            dead_letters_arn: None,
        },
    }
}

/// The configuration of an AWS SDK whose requests reach `service` without a socket.
pub fn sdk_config(endpoint: &str, service: Arc<dyn Service>) -> SdkConfig {
    let (access_key, secret_key) = ENDPOINT_CREDENTIALS;
    let credentials = Credentials::new(access_key, secret_key, None, None, "local");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(local_wire::client(service))
        .sleep_impl(aws_smithy_async::rt::sleep::SharedAsyncSleep::new(aws_smithy_async::rt::sleep::TokioSleep::new()))
        .build()
}

/// Makes the compute environments and job queues, through Batch's own API.
///
/// # Errors
/// If Batch refuses.
pub async fn create_job_queues(sdk: &SdkConfig) -> Result<(), Error> {
    let batch = aws_sdk_batch::Client::new(sdk);
    let existing = batch.describe_job_queues().send().await.map_err(|error| Error::aws("DescribeJobQueues", &error))?;
    if existing.job_queues().len() >= 2 * Compute::ALL.len() {
        return Ok(());
    }
    // What a crash left half done is completed: creating what is there already fails, and is no failure.
    let policy = batch
        .create_scheduling_policy()
        .name(SCHEDULING_POLICY)
        .fairshare_policy(FairsharePolicy::builder().build())
        .send()
        .await;
    let policy_arn = match policy {
        Ok(created) => created.arn().unwrap_or_default().to_owned(),
        Err(_) => format!("arn:aws:batch:{REGION}:{ACCOUNT}:scheduling-policy/{SCHEDULING_POLICY}"),
    };
    for compute in Compute::ALL {
        create_compute_environment(&batch, compute).await?;
        for class in [Class::Normal, Class::Urgent] {
            create_job_queue(&batch, compute, class, &policy_arn).await?;
        }
    }
    Ok(())
}

/// The priority class of a job queue.
#[derive(Debug, Clone, Copy)]
enum Class {
    Normal,
    Urgent,
}

impl Class {
    /// The queue's priority over those of the same compute environment.
    fn priority(self) -> i32 {
        match self {
            Self::Normal => 1,
            Self::Urgent => 100,
        }
    }
}

async fn create_compute_environment(batch: &aws_sdk_batch::Client, compute: Compute) -> Result<(), Error> {
    let resources = compute_resource(compute)?;
    let environment = batch
        .create_compute_environment()
        .compute_environment_name(compute_environment(compute))
        .r#type(CeType::Managed)
        .compute_resources(resources)
        .send()
        .await;
    if let Err(error) = environment {
        tracing::debug!(error = %Error::aws("CreateComputeEnvironment", &error), "not created");
    }
    Ok(())
}

async fn create_job_queue(
    batch: &aws_sdk_batch::Client,
    compute: Compute,
    class: Class,
    policy_arn: &str,
) -> Result<(), Error> {
    let name = job_queue(compute, class);
    let order = ComputeEnvironmentOrder::builder().order(1).compute_environment(compute_environment(compute)).build();
    let queue = batch
        .create_job_queue()
        .job_queue_name(name.as_str())
        .state(JqState::Enabled)
        .priority(class.priority())
        .scheduling_policy_arn(policy_arn)
        .compute_environment_order(order)
        .send()
        .await;
    let described = batch.describe_job_queues().job_queues(name.as_str()).send().await;
    match (queue, described) {
        (Ok(_), _) => Ok(()),
        (Err(_), Ok(described)) if !described.job_queues().is_empty() => Ok(()),
        (Err(error), _) => Err(Error::aws("CreateJobQueue", &error)),
    }
}

fn compute_resource(compute: Compute) -> Result<ComputeResource, Error> {
    let kind = match compute {
        Compute::Fargate => CrType::Fargate,
        Compute::FargateSpot => CrType::FargateSpot,
        Compute::Ec2 => CrType::Ec2,
        Compute::Ec2Spot => CrType::Spot,
    };
    let resource = ComputeResource::builder().r#type(kind).maxv_cpus(10_000).subnets("subnet-local");
    let resource = resource.security_group_ids("sg-local");
    let resource = match compute {
        Compute::Fargate | Compute::FargateSpot => resource,
        Compute::Ec2 | Compute::Ec2Spot => {
            resource.minv_cpus(0).instance_types("optimal").instance_role(role("ecsInstanceRole"))
        }
    };
    Ok(resource.build())
}

fn compute_environment(compute: Compute) -> String {
    format!("batchwright-{compute}")
}

fn job_queue(compute: Compute, class: Class) -> JobQueue {
    match class {
        Class::Normal => JobQueue::new(format!("batchwright-{compute}")),
        Class::Urgent => JobQueue::new(format!("batchwright-{compute}-urgent")),
    }
}

pub(crate) fn function_arn(function: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:batchwright-{function}")
}

pub(crate) fn queue_arn(queue: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}")
}

fn role(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}
