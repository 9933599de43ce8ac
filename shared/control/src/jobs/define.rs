//! Job definitions: one per content, registered when a pipeline is.
//!
//! A definition per run would make thousands of revisions. Here it is named by a hash of its content, and what differs from
//! run to run (command, environment, array, timeout) goes with `SubmitJob`. Registering it twice makes two equal revisions.

use aws_sdk_batch::{
    error::ProvideErrorMetadata,
    types::{JobDefinition, JobDefinitionType, NodeProperties, NodeRangeProperty, PlatformCapability},
};
use pipeline::{Existing, Stage};

use crate::{
    config::JobSettings,
    jobs::{Error, Jobs, container},
    run_id::short_hash,
};

/// The name of the job definition that a stage is submitted with.
pub fn name(stage: &Stage, settings: &JobSettings) -> String {
    if let Some(existing) = &stage.job.existing {
        return existing.reference.clone();
    }
    let gpu = stage.gpu.unwrap_or_default().to_string();
    let own = stage.job.container.content();
    let content = [
        "2",
        stage.image.as_str(),
        if stage.compute.is_fargate() { "fargate" } else { "ec2" },
        &stage.vcpu.to_string(),
        &stage.memory_mib.to_string(),
        &gpu,
        settings.execution_role.as_deref().unwrap_or_default(),
        settings.job_role.as_deref().unwrap_or_default(),
        settings.log_group.as_deref().unwrap_or_default(),
        if settings.assign_public_ip { "public" } else { "private" },
    ];
    let content: Vec<&str> = content.into_iter().chain(own.as_deref()).collect();
    format!("bw-{}", short_hash(&content))
}

impl Jobs {
    /// Registers a stage's job definition, unless Batch has it; one that the stage names must be there. The inner error is the
    /// reason why that can never be.
    ///
    /// # Errors
    /// If Batch does not answer.
    pub async fn define(&self, stage: &Stage, settings: &JobSettings) -> Result<Result<(), String>, Error> {
        if let Some(existing) = &stage.job.existing {
            return self.is_there(existing).await;
        }
        let region = self.client.config().region().map_or("", |region| region.as_ref());
        let container = match container::container(stage, settings, region) {
            Ok(container) => container,
            Err(reason) => return Ok(Err(reason)),
        };
        let name = name(stage, settings);
        if self.active(&name).await?.is_some() {
            return Ok(Ok(()));
        }
        let consumes = container::consumables(&stage.job.container);
        let request = self.client.register_job_definition().job_definition_name(name);
        let request = match stage.job.container.nodes {
            None => request
                .r#type(JobDefinitionType::Container)
                .container_properties(container)
                .set_consumable_resource_properties(consumes),
            Some(nodes) => {
                let every = NodeRangeProperty::builder()
                    .target_nodes(container::EVERY_NODE)
                    .container(container)
                    .set_consumable_resource_properties(consumes);
                let nodes = NodeProperties::builder()
                    .num_nodes(container::signed(nodes.count))
                    .main_node(container::signed(nodes.main))
                    .node_range_properties(every.build());
                request.r#type(JobDefinitionType::Multinode).node_properties(nodes.build())
            }
        };
        let fargate = stage.compute.is_fargate();
        let capability = if fargate { PlatformCapability::Fargate } else { PlatformCapability::Ec2 };
        let registered = request.platform_capabilities(capability).send().await;
        let denied = registered.as_ref().is_err_and(|error| error.code() == Some("AccessDeniedException"));
        match registered.map_err(|error| Error::of("RegisterJobDefinition", &error)) {
            Ok(_) => Ok(Ok(())),
            // That is about a role that may not be passed on.
            Err(error) if denied => {
                Ok(Err(format!("{error}; a role that a stage names belongs into the stack's parameter MoreRoleArns")))
            }
            Err(error) if error.refused => Ok(Err(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// An active revision of a job definition: that which is named, or any.
    async fn active(&self, reference: &str) -> Result<Option<JobDefinition>, Error> {
        let describe = self.client.describe_job_definitions();
        let describe = if reference.contains(':') {
            describe.job_definitions(reference)
        } else {
            describe.job_definition_name(reference).status("ACTIVE")
        };
        let described = describe.send().await.map_err(|error| Error::of("DescribeJobDefinitions", &error))?;
        let mut found = described.job_definitions.unwrap_or_default().into_iter();
        Ok(found.find(|found| found.status() == Some("ACTIVE")))
    }

    /// Whether a job definition that the stage names is there, and can be submitted; if not, why.
    async fn is_there(&self, existing: &Existing) -> Result<Result<(), String>, Error> {
        let reference = &existing.reference;
        Ok(match self.active(reference).await? {
            None => Err(format!("there is no active job definition {reference:?} in AWS Batch")),
            Some(found) if found.r#type() != Some("container") => {
                Err(format!("the job definition {reference:?} is not of type container"))
            }
            Some(_) => Ok(()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn named(settings: &str) -> String {
        let source = format!("pipeline: p\nstages:\n  only: {{ image: busybox, command: [date], {settings} }}\n");
        let definition = pipeline::parse("p.yaml", &source).unwrap();
        let jobs = JobSettings {
            execution_role: None,
            job_role: None,
            log_group: None,
            assign_public_ip: true,
            fair_share: true,
        };
        name(definition.stages().next().unwrap().1, &jobs)
    }

    #[test]
    fn what_is_in_a_job_definition_names_it_and_nothing_else() {
        let plain = named("vcpu: 1");
        for of_submission in ["tags: { a: b }", "queue: mine", "env: { A: b }", "timeout: 1h", "priority: 3"] {
            assert_eq!(named(of_submission), plain, "{of_submission}");
        }
        let others = [
            "job_role: arn:aws:iam::123456789012:role/a",
            "execution_role: arn:aws:iam::123456789012:role/a",
            "ephemeral_storage: 30 GiB",
            "platform_version: LATEST",
            "public_ip: true",
            "secrets: { A: { parameter: a } }",
            "secrets: { A: { secret: a } }",
            "volumes: { /a: { efs: fs-1 } }",
            "volumes: { /a: { efs: fs-1, read_only: true } }",
            "logs: { driver: awslogs }",
            "consumes: { a: 1 }",
            "compute: ec2",
            "compute: ec2, nodes: 2",
            "compute: ec2, nodes: { count: 2, main: 1 }",
        ];
        let names: BTreeSet<_> = others.into_iter().map(named).chain([plain]).collect();
        assert_eq!(names.len(), others.len() + 1);
    }
}
