//! Job definitions: one per content, registered when a pipeline is.
//!
//! A definition per run would make thousands of revisions. Here it is named by a hash of its content, and what differs from
//! run to run (command, environment, array, timeout) goes with `SubmitJob`. Registering it twice makes two equal revisions.

use aws_sdk_batch::types::{
    AssignPublicIp, ContainerProperties, FargatePlatformConfiguration, JobDefinitionType, LogConfiguration, LogDriver,
    NetworkConfiguration, PlatformCapability, ResourceRequirement, ResourceType,
};
use pipeline::{Compute, Stage};

use crate::{
    config::JobSettings,
    jobs::{Error, Jobs},
    run_id::short_hash,
};

/// The name of the job definition that a stage is submitted with.
pub fn name(stage: &Stage, settings: &JobSettings) -> String {
    let gpu = stage.gpu.unwrap_or_default().to_string();
    let content = [
        "2",
        stage.image.as_str(),
        if is_fargate(stage.compute) { "fargate" } else { "ec2" },
        &stage.vcpu.to_string(),
        &stage.memory_mib.to_string(),
        &gpu,
        settings.execution_role.as_deref().unwrap_or_default(),
        settings.job_role.as_deref().unwrap_or_default(),
        settings.log_group.as_deref().unwrap_or_default(),
        if settings.assign_public_ip { "public" } else { "private" },
    ];
    format!("bw-{}", short_hash(&content))
}

impl Jobs {
    /// Registers a stage's job definition, unless Batch has it. The inner error is Batch's reason to refuse it for good.
    ///
    /// # Errors
    /// If Batch does not answer.
    pub async fn define(&self, stage: &Stage, settings: &JobSettings) -> Result<Result<(), String>, Error> {
        let name = name(stage, settings);
        let existing = self
            .client
            .describe_job_definitions()
            .job_definition_name(&name)
            .status("ACTIVE")
            .send()
            .await
            .map_err(|error| Error::of("DescribeJobDefinitions", &error))?;
        if !existing.job_definitions().is_empty() {
            return Ok(Ok(()));
        }
        let capability = if is_fargate(stage.compute) { PlatformCapability::Fargate } else { PlatformCapability::Ec2 };
        let registered = self
            .client
            .register_job_definition()
            .job_definition_name(name)
            .r#type(JobDefinitionType::Container)
            .platform_capabilities(capability)
            .container_properties(container(stage, settings))
            .send()
            .await;
        match registered.map_err(|error| Error::of("RegisterJobDefinition", &error)) {
            Ok(_) => Ok(Ok(())),
            Err(error) if error.refused => Ok(Err(error.to_string())),
            Err(error) => Err(error),
        }
    }
}

fn container(stage: &Stage, settings: &JobSettings) -> ContainerProperties {
    let container = ContainerProperties::builder()
        .image(&stage.image)
        .set_resource_requirements(Some(resources(stage, stage.memory_mib)))
        .set_job_role_arn(settings.job_role.clone())
        .set_execution_role_arn(settings.execution_role.clone())
        .set_log_configuration(settings.log_group.as_deref().map(logs));
    if !is_fargate(stage.compute) {
        return container.build();
    }
    let address = if settings.assign_public_ip { AssignPublicIp::Enabled } else { AssignPublicIp::Disabled };
    let container = container
        .fargate_platform_configuration(FargatePlatformConfiguration::builder().platform_version("LATEST").build())
        .network_configuration(NetworkConfiguration::builder().assign_public_ip(address).build());
    container.build()
}

/// CloudWatch Logs, as Batch does it by default, but in a log group of the installation's own.
fn logs(group: &str) -> LogConfiguration {
    LogConfiguration::builder().log_driver(LogDriver::Awslogs).options("awslogs-group", group).build()
}

/// The resources of a stage as Batch has them, with that much memory.
pub(crate) fn resources(stage: &Stage, memory_mib: u32) -> Vec<ResourceRequirement> {
    let mut resources = vec![
        requirement(ResourceType::Vcpu, stage.vcpu.to_string()),
        requirement(ResourceType::Memory, memory_mib.to_string()),
    ];
    resources.extend(stage.gpu.map(|gpu| requirement(ResourceType::Gpu, gpu.to_string())));
    resources
}

fn requirement(kind: ResourceType, value: String) -> ResourceRequirement {
    ResourceRequirement::builder().r#type(kind).value(value).build()
}

fn is_fargate(compute: Compute) -> bool {
    match compute {
        Compute::Fargate | Compute::FargateSpot => true,
        Compute::Ec2 | Compute::Ec2Spot => false,
    }
}
