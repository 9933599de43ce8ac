//! The job queues and their compute environments, made through Batch's own API.

use std::{str::FromStr, sync::Arc};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_batch::{
    Client,
    types::{CeType, ComputeEnvironmentOrder, ComputeResource, CrType, FairsharePolicy, JqState},
};
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use local_wire::Service;
use pipeline::Compute;

use crate::{REGION, Result};

/// What makes a queue the one that goes first.
const URGENT: &str = "+urgent";

/// A job queue to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobQueue {
    compute: Compute,
    urgent: bool,
    name: String,
}

impl FromStr for JobQueue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, name) = text.split_once('=').ok_or_else(|| format!("{text:?} should be <compute>=<job queue>"))?;
        let (compute, urgent) = kind.strip_suffix(URGENT).map_or((kind, false), |compute| (compute, true));
        let compute = compute.parse::<Compute>().map_err(|_| format!("{compute:?} is no kind of compute"))?;
        Ok(Self { compute, urgent, name: name.to_owned() })
    }
}

/// Makes them, with a fair-share policy. `service` is Batch.
///
/// # Errors
/// If Batch refuses.
pub(crate) async fn create(endpoint: &str, service: Arc<dyn Service>, queues: &[JobQueue]) -> Result<()> {
    let batch = Client::new(&in_process(endpoint, service));
    let fair = FairsharePolicy::builder().build();
    let policy = batch.create_scheduling_policy().name("stack").fairshare_policy(fair).send().await?;
    let policy = policy.arn().unwrap_or_default();
    for queue in queues {
        create_one(&batch, queue, policy).await?;
    }
    Ok(())
}

async fn create_one(batch: &Client, queue: &JobQueue, policy: &str) -> Result<()> {
    batch
        .create_compute_environment()
        .compute_environment_name(&queue.name)
        .r#type(CeType::Managed)
        .compute_resources(resource(queue.compute))
        .send()
        .await?;
    let order = ComputeEnvironmentOrder::builder().order(1).compute_environment(&queue.name).build();
    batch
        .create_job_queue()
        .job_queue_name(&queue.name)
        .state(JqState::Enabled)
        .priority(if queue.urgent { 2 } else { 1 })
        .scheduling_policy_arn(policy)
        .compute_environment_order(order)
        .send()
        .await?;
    Ok(())
}

fn resource(compute: Compute) -> ComputeResource {
    let (kind, on_instances) = match compute {
        Compute::Fargate => (CrType::Fargate, false),
        Compute::FargateSpot => (CrType::FargateSpot, false),
        Compute::Ec2 => (CrType::Ec2, true),
        Compute::Ec2Spot => (CrType::Spot, true),
    };
    let resource = ComputeResource::builder().r#type(kind).maxv_cpus(10_000);
    let resource = resource.subnets("subnet-local").security_group_ids("sg-local");
    match on_instances {
        true => resource.minv_cpus(0).instance_types("optimal").instance_role("ecsInstanceRole").build(),
        false => resource.build(),
    }
}

/// An SDK whose requests reach `service` without a socket.
fn in_process(endpoint: &str, service: Arc<dyn Service>) -> SdkConfig {
    let credentials = Credentials::new("local", "local", None, None, "local");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(local_wire::client(service))
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_named_as_in_the_stacks_parameter() {
        let queue = |compute, urgent| JobQueue { compute, urgent, name: "a-b".to_owned() };
        assert_eq!("fargate=a-b".parse(), Ok(queue(Compute::Fargate, false)));
        assert_eq!("ec2-spot+urgent=a-b".parse(), Ok(queue(Compute::Ec2Spot, true)));
        for wrong in ["", "fargate", "lambda=a-b", "fargate+later=a-b"] {
            assert!(wrong.parse::<JobQueue>().is_err(), "{wrong}");
        }
    }
}
