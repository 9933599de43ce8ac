//! Whether what is said of a job goes together with what it runs on.

use super::{Draft, MAX_TAGS, logs, shown};
use crate::{
    compute::Compute,
    fault::Report,
    job::{Container, Job, VolumeSource},
    retry::{Retry, RetryOn},
    yaml::Key,
};

/// What only Fargate has, and what takes its place on EC2.
const FARGATE_ONLY: [(&str, &str, &str); 3] = [
    (
        "ephemeral_storage",
        "EC2 has no disk for each job",
        "leave it out, or take `compute: fargate`; on EC2 the instance's disk is as large as its compute environment says, and \
         `volumes` may mount more",
    ),
    ("platform_version", "EC2 has no platform version", "leave it out, or take `compute: fargate`"),
    (
        "public_ip",
        "EC2 gives jobs no address of their own",
        "leave it out, or take `compute: fargate`; on EC2 the subnets of the compute environment decide",
    ),
];

/// Checks it, and gives it back.
pub(in crate::read) fn check(
    key: &Key,
    draft: Draft,
    compute: Compute,
    env: impl Fn(&str) -> bool,
    retry: Option<&Retry>,
    report: &mut Report<'_>,
) -> Job {
    let stage = shown(&key.text);
    let mut fault = |at: &str, message: String, help: &str| {
        let span = draft.spans.get(at).unwrap_or(&key.span);
        report.add(span, format!("stage `{stage}`: {message}"), help);
    };
    let Job { queue, tags, container, existing: _ } = &draft.job;
    let faults = if compute.is_fargate() { on_fargate(container) } else { on_ec2(container) };
    for (at, message, help) in faults {
        fault(at, message, help);
    }
    if let Some(variable) = container.secrets.keys().find(|variable| env(variable)) {
        fault("secrets", format!("`{variable}` is in env too"), "a variable has one value: leave one of them out");
    }
    if tags.len() > MAX_TAGS {
        let message = format!("a job has at most {MAX_TAGS} tags of yours, and this has {}", tags.len());
        fault("tags", message, "AWS Batch takes 50, and three are Batchwright's own");
    }
    let goes_on =
        retry.is_some_and(|retry| retry.rules.iter().any(|rule| rule.on == RetryOn::Spot { then_on_demand: true }));
    if queue.is_some() && goes_on {
        let help = "leave `then: on-demand` out, or `queue`: only the installation's own queues come in both kinds";
        fault("queue", "there is one queue, and so nothing on demand to go on with".to_owned(), help);
    }
    draft.job
}

type Faults = Vec<(&'static str, String, &'static str)>;

/// What Fargate cannot do (`ContainerProperties`, `LinuxParameters`, `Host`, `LogConfiguration`).
fn on_fargate(container: &Container) -> Faults {
    let mut faults = Faults::new();
    if container.shared_memory_mib.is_some() {
        let help = "take `compute: ec2`, or leave it out";
        faults.push(("shared_memory", "Fargate lets nobody set the size of /dev/shm".to_owned(), help));
    }
    if let Some(name) = container.ulimits.keys().next() {
        let help = "take `compute: ec2`, or leave it out; a program may raise its own limits up to the hard ones";
        faults.push(("ulimits", format!("AWS Batch takes no limits on Fargate, such as `{name}`"), help));
    }
    let of_host = |source: &VolumeSource| matches!(source, VolumeSource::Host(_));
    if let Some((path, _)) = container.volumes.iter().find(|(_, volume)| of_host(&volume.source)) {
        let help = "mount EFS, `{ efs: fs-… }`, or ask for `ephemeral_storage`; or take `compute: ec2`";
        faults.push(("volumes", format!("Fargate has no host whose folder could be mounted at {}", shown(path)), help));
    }
    if let Some(logs) = container.logs.as_ref().filter(|logs| !logs::ON_FARGATE.contains(&logs.driver.as_str())) {
        let help = "take `awslogs` or `splunk`, or `compute: ec2`";
        faults.push(("logs", format!("Fargate has no log driver `{}`", logs.driver), help));
    }
    let of_efs = container.volumes.values().any(|volume| !of_host(&volume.source));
    let old = container.platform_version.as_deref().is_some_and(is_before_1_4);
    if old && (of_efs || container.ephemeral_storage_gib.is_some()) {
        let help = "write `LATEST`, or leave it out";
        faults.push(("platform_version", "Fargate has EFS and ephemeral_storage from 1.4.0 on".to_owned(), help));
    }
    faults
}

fn is_before_1_4(version: &str) -> bool {
    let numbers: Vec<u16> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    !numbers.is_empty() && numbers.as_slice() < [1, 4, 0].as_slice()
}

fn on_ec2(container: &Container) -> Faults {
    let given = [
        container.ephemeral_storage_gib.is_some(),
        container.platform_version.is_some(),
        container.public_ip.is_some(),
    ];
    let given = FARGATE_ONLY.into_iter().zip(given).filter(|(_, given)| *given);
    given.map(|((at, message, help), _)| (at, message.to_owned(), help)).collect()
}
