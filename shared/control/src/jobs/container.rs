//! What a stage's job definition says of its container.

use aws_sdk_batch::types::{
    AssignPublicIp, ConsumableResourceProperties, ConsumableResourceRequirement, ContainerProperties,
    EfsAuthorizationConfig, EfsAuthorizationConfigIam, EfsTransitEncryption, EfsVolumeConfiguration, EphemeralStorage,
    FargatePlatformConfiguration, Host, LinuxParameters, LogConfiguration, LogDriver, MountPoint, NetworkConfiguration,
    ResourceRequirement, ResourceType, Secret, Ulimit, Volume,
};
use pipeline::{Container, Logs, Stage, VolumeSource};

use crate::config::JobSettings;

/// Every node of a multi-node job.
pub(super) const EVERY_NODE: &str = "0:";
/// What AWS runs, by default the newest of it.
const PLATFORM: &str = "LATEST";

/// The container of a stage; or why it cannot be said.
pub(super) fn container(stage: &Stage, settings: &JobSettings, region: &str) -> Result<ContainerProperties, String> {
    let own = &stage.job.container;
    let execution_role = own.execution_role.clone().or_else(|| settings.execution_role.clone());
    let place = Place { region, role: execution_role.as_deref() };
    let logs = match &own.logs {
        Some(logs) => Some(logs_to(logs, &place)?),
        None => settings.log_group.as_deref().map(logs_to_group),
    };
    let (volumes, mount_points) = volumes(own).unzip();
    let container = ContainerProperties::builder()
        .image(&stage.image)
        .set_resource_requirements(Some(resources(stage, stage.memory_mib)))
        .set_job_role_arn(own.job_role.clone().or_else(|| settings.job_role.clone()))
        .set_secrets(listed(place.secrets(&own.secrets)?))
        .set_volumes(listed(volumes))
        .set_mount_points(listed(mount_points))
        .set_ulimits(listed(ulimits(own)))
        .set_linux_parameters(own.shared_memory_mib.map(shared_memory))
        .set_log_configuration(logs)
        .set_execution_role_arn(execution_role);
    if !stage.compute.is_fargate() {
        return Ok(container.build());
    }
    let public = own.public_ip.unwrap_or(settings.assign_public_ip);
    let address = if public { AssignPublicIp::Enabled } else { AssignPublicIp::Disabled };
    let version = own.platform_version.as_deref().unwrap_or(PLATFORM);
    Ok(container
        .fargate_platform_configuration(FargatePlatformConfiguration::builder().platform_version(version).build())
        .network_configuration(NetworkConfiguration::builder().assign_public_ip(address).build())
        .set_ephemeral_storage(own.ephemeral_storage_gib.map(disk))
        .build())
}

/// What a stage takes of the account's consumable resources.
pub(super) fn consumables(container: &Container) -> Option<ConsumableResourceProperties> {
    let requirement = |(name, quantity): (&String, &u32)| {
        ConsumableResourceRequirement::builder().consumable_resource(name).quantity(i64::from(*quantity)).build()
    };
    let list = listed(container.consumes.iter().map(requirement).collect())?;
    Some(ConsumableResourceProperties::builder().set_consumable_resource_list(Some(list)).build())
}

/// The resources of a stage as Batch has them, with that much memory; of a job definition that is there already, those that the
/// stage says otherwise.
pub(super) fn resources(stage: &Stage, memory_mib: u32) -> Vec<ResourceRequirement> {
    let (vcpu, memory) = stage.job.existing.as_ref().map_or((true, true), |existing| (existing.vcpu, existing.memory));
    let mut resources = Vec::new();
    resources.extend(vcpu.then(|| requirement(ResourceType::Vcpu, stage.vcpu.to_string())));
    resources.extend(memory.then(|| requirement(ResourceType::Memory, memory_mib.to_string())));
    resources.extend(stage.gpu.map(|gpu| requirement(ResourceType::Gpu, gpu.to_string())));
    resources
}

fn requirement(kind: ResourceType, value: String) -> ResourceRequirement {
    ResourceRequirement::builder().r#type(kind).value(value).build()
}

/// What is empty is not said at all.
pub(super) fn listed<T>(items: Vec<T>) -> Option<Vec<T>> {
    (!items.is_empty()).then_some(items)
}

fn disk(gib: u32) -> EphemeralStorage {
    EphemeralStorage::builder().size_in_gib(signed(gib)).build()
}

fn shared_memory(mib: u32) -> LinuxParameters {
    LinuxParameters::builder().shared_memory_size(signed(mib)).build()
}

pub(super) fn signed(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn ulimits(container: &Container) -> Vec<Ulimit> {
    let ulimit = |(name, limit): (&String, &pipeline::Ulimit)| {
        Ulimit::builder().name(name).soft_limit(limit.soft).hard_limit(limit.hard).build()
    };
    container.ulimits.iter().map(ulimit).collect()
}

/// Each volume under a name that nobody sees, and where it is mounted.
fn volumes(container: &Container) -> impl Iterator<Item = (Volume, MountPoint)> {
    (0..).zip(&container.volumes).map(|(number, (path, volume)): (u32, _)| {
        let name = format!("volume-{number}");
        let mounted = MountPoint::builder().source_volume(&name).container_path(path).read_only(volume.read_only);
        let source = match &volume.source {
            VolumeSource::Host(folder) => Volume::builder().host(Host::builder().source_path(folder).build()),
            VolumeSource::Efs { file_system, root, access_point, iam } => {
                let iam = if *iam { EfsAuthorizationConfigIam::Enabled } else { EfsAuthorizationConfigIam::Disabled };
                let authorization =
                    EfsAuthorizationConfig::builder().set_access_point_id(access_point.clone()).iam(iam).build();
                let efs = EfsVolumeConfiguration::builder()
                    .file_system_id(file_system)
                    .set_root_directory(root.clone())
                    .transit_encryption(EfsTransitEncryption::Enabled)
                    .authorization_config(authorization);
                Volume::builder().efs_volume_configuration(efs.build())
            }
        };
        (source.name(name).build(), mounted.build())
    })
}

/// CloudWatch Logs, as Batch does it by default, but in a log group of the installation's own.
fn logs_to_group(group: &str) -> LogConfiguration {
    LogConfiguration::builder().log_driver(LogDriver::Awslogs).options("awslogs-group", group).build()
}

fn logs_to(logs: &Logs, place: &Place<'_>) -> Result<LogConfiguration, String> {
    let options = logs.options.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    Ok(LogConfiguration::builder()
        .log_driver(LogDriver::from(logs.driver.as_str()))
        .set_options(Some(options).filter(|_| !logs.options.is_empty()))
        .set_secret_options(listed(place.secrets(&logs.secrets)?))
        .build())
}

/// Where secrets are that are given by their names: where the role is that reads them.
struct Place<'a> {
    region: &'a str,
    role: Option<&'a str>,
}

impl Place<'_> {
    fn secrets<'s>(
        &self,
        secrets: impl IntoIterator<Item = (&'s String, &'s pipeline::Secret)>,
    ) -> Result<Vec<Secret>, String> {
        let secret = |(name, secret): (&String, &pipeline::Secret)| {
            self.value_from(secret).map(|from| Secret::builder().name(name).value_from(from).build())
        };
        secrets.into_iter().map(secret).collect::<Result<_, _>>()
    }

    /// `valueFrom`: a secret's ARN, with the key behind it; a parameter's ARN or name. What is no ARN counts as the name of a
    /// parameter there.
    fn value_from(&self, secret: &pipeline::Secret) -> Result<String, String> {
        let (id, key) = match secret {
            pipeline::Secret::Parameter(id) => return Ok(id.clone()),
            pipeline::Secret::Secret { id, key } => (id, key),
        };
        let arn = if id.starts_with("arn:") { id.clone() } else { self.arn_of(id)? };
        Ok(key.as_ref().map_or(arn.clone(), |key| format!("{arn}:{key}::")))
    }

    fn arn_of(&self, secret: &str) -> Result<String, String> {
        let mut parts = self.role.unwrap_or_default().split(':');
        match (parts.nth(1), parts.nth(2)) {
            (Some(partition), Some(account)) => {
                Ok(format!("arn:{partition}:secretsmanager:{}:{account}:secret:{secret}", self.region))
            }
            _ => Err(format!(
                "the secret {secret:?} is given by its name, and there is no execution role, whose account it would be in: \
                 write its ARN, or `execution_role`"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(settings: &str) -> Stage {
        let source =
            format!("pipeline: p\nstages:\n  only: {{ image: busybox, command: [date], compute: ec2, {settings} }}\n");
        let definition = pipeline::parse("p.yaml", &source).unwrap();
        definition.stages().next().unwrap().1.clone()
    }

    fn settings(role: Option<&str>) -> JobSettings {
        JobSettings {
            execution_role: role.map(str::to_owned),
            job_role: None,
            log_group: Some("group".to_owned()),
            assign_public_ip: true,
            fair_share: true,
        }
    }

    #[test]
    fn a_secret_is_where_the_role_is_that_reads_it() {
        let stage =
            stage("secrets: { A: { secret: prod/db, key: password }, B: { secret: whole }, C: { parameter: /c } }");
        let role = "arn:aws-cn:iam::123456789012:role/x";
        let made = container(&stage, &settings(Some(role)), "cn-north-1").unwrap();
        let secrets: Vec<_> = made.secrets().iter().map(|secret| (secret.name(), secret.value_from())).collect();
        let arn = "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret";
        let (password, whole) = (format!("{arn}:prod/db:password::"), format!("{arn}:whole"));
        assert_eq!(secrets, [(Some("A"), Some(&*password)), (Some("B"), Some(&*whole)), (Some("C"), Some("/c"))]);
        assert!(container(&stage, &settings(None), "cn-north-1").unwrap_err().contains("prod/db"));
    }

    #[test]
    fn what_is_not_said_is_not_sent() {
        let made = container(&stage("vcpu: 1"), &settings(None), "eu-west-1").unwrap();
        let bare = ContainerProperties::builder()
            .image("busybox")
            .set_resource_requirements(made.resource_requirements.clone())
            .log_configuration(logs_to_group("group"))
            .build();
        assert_eq!(made, bare);
    }

    #[test]
    fn of_a_job_definition_that_is_there_only_what_is_said_is_said_otherwise() {
        let kinds = |said: &str| {
            let source = format!("pipeline: p\nstages:\n  only: {{ job_definition: theirs, compute: ec2, {said} }}\n");
            let definition = pipeline::parse("p.yaml", &source).unwrap();
            let said = resources(definition.stages().next().unwrap().1, 64);
            said.iter().filter_map(|one| Some(one.r#type()?.as_str().to_owned())).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(kinds("env: {}"), "");
        assert_eq!(kinds("memory: 1 GiB"), "MEMORY");
        assert_eq!(kinds("vcpu: 2, gpu: 1"), "VCPU GPU");
    }

    #[test]
    fn what_ec2_alone_has() {
        let said = "shared_memory: 1 GiB, ulimits: { nofile: { soft: 1, hard: 2 } }, volumes: { /a: { host: /mnt } }, \
                    logs: { driver: fluentd, options: { tag: x } }";
        let made = container(&stage(said), &settings(None), "eu-west-1").unwrap();
        assert_eq!(made.linux_parameters().unwrap().shared_memory_size(), Some(1024));
        let limit = made.ulimits().first().unwrap();
        assert_eq!((limit.name(), limit.soft_limit(), limit.hard_limit()), (Some("nofile"), Some(1), Some(2)));
        let (volume, mounted) = (made.volumes().first().unwrap(), made.mount_points().first().unwrap());
        assert_eq!(volume.host().unwrap().source_path(), Some("/mnt"));
        assert_eq!((volume.name(), mounted.container_path()), (mounted.source_volume(), Some("/a")));
        assert_eq!(made.log_configuration().unwrap().log_driver(), Some(&LogDriver::Fluentd));
    }
}
