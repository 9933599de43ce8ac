//! What `defaults` and a stage may both say of a job, besides its image, environment and size.

mod check;
pub(super) mod existing;
mod logs;
mod names;
pub(super) mod nodes;
mod secrets;
mod volumes;

use std::collections::BTreeMap;

use super::{
    fields::{Fields, entries, shown},
    value::{Placed, boolean, integer, text},
};
use crate::{
    fault::Report,
    job::{Container, ExistingQueue, Job, MAX_TAGS, Ulimit},
    units,
    yaml::{Content, Key, Node, Span},
};

pub(super) use check::check;
#[cfg(test)]
pub(super) use {
    logs::KEYS as LOGS_KEYS,
    secrets::{PARAMETER_KEYS, SECRET_KEYS},
    volumes::{EFS_KEYS, HOST_KEYS},
};

/// The keys of them.
pub(super) const KEYS: [&str; 13] = [
    "queue",
    "job_role",
    "execution_role",
    "tags",
    "ephemeral_storage",
    "platform_version",
    "public_ip",
    "secrets",
    "volumes",
    "shared_memory",
    "ulimits",
    "logs",
    "consumes",
];

/// The keys of a queue that is more than a name.
pub(super) const QUEUE_KEYS: [&str; 2] = ["name", "fair_share"];
/// The keys of a limit that is more than a number.
pub(super) const ULIMIT_KEYS: [&str; 2] = ["soft", "hard"];

/// Docker's names of limits.
const ULIMITS: [&str; 15] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// What is said of a job. A fault in it is reported when it is read, and makes the definition faulty.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    job: Job,
    /// Where each key stands.
    spans: BTreeMap<&'static str, Span>,
}

impl Draft {
    pub(super) fn read(fields: &Fields<'_>, report: &mut Report<'_>) -> Self {
        let placed = |key: &'static str| fields.entry(key).map(|(at, _)| (key, at.span.clone()));
        let spans = KEYS.into_iter().filter_map(placed).collect();
        let get = |key| fields.get(key);
        let container = Container {
            job_role: get("job_role").and_then(|node| names::role(node, "job_role", report)),
            execution_role: get("execution_role").and_then(|node| names::role(node, "execution_role", report)),
            ephemeral_storage_gib: get("ephemeral_storage").and_then(|node| ephemeral_storage_gib(node, report)),
            platform_version: get("platform_version").and_then(|node| names::platform_version(node, report)),
            public_ip: get("public_ip").and_then(|node| boolean(node, "public_ip", report)),
            secrets: map(get("secrets"), "secrets", report, secrets::variable),
            volumes: map(get("volumes"), "volumes", report, volumes::read),
            shared_memory_mib: get("shared_memory")
                .and_then(|node| super::settings::memory_mib(node, "shared_memory", report)),
            ulimits: map(get("ulimits"), "ulimits", report, ulimit),
            logs: get("logs").and_then(|node| logs::read(node, report)),
            nodes: None,
            consumes: map(get("consumes"), "consumes", report, consumes),
        };
        let queue = get("queue").and_then(|node| queue(node, report));
        Self {
            job: Job { queue, tags: map(get("tags"), "tags", report, names::tag), container, existing: None },
            spans,
        }
    }

    /// This, and where it says nothing, that. Maps are put together.
    pub(super) fn or(self, defaults: &Self) -> Self {
        let (job, default) = (self.job, defaults.job.clone());
        let (own, common) = (job.container, default.container);
        let container = Container {
            job_role: own.job_role.or(common.job_role),
            execution_role: own.execution_role.or(common.execution_role),
            ephemeral_storage_gib: own.ephemeral_storage_gib.or(common.ephemeral_storage_gib),
            platform_version: own.platform_version.or(common.platform_version),
            public_ip: own.public_ip.or(common.public_ip),
            secrets: together(common.secrets, own.secrets),
            volumes: together(common.volumes, own.volumes),
            shared_memory_mib: own.shared_memory_mib.or(common.shared_memory_mib),
            ulimits: together(common.ulimits, own.ulimits),
            logs: own.logs.or(common.logs),
            nodes: None,
            consumes: together(common.consumes, own.consumes),
        };
        let (queue, tags) = (job.queue.or(default.queue), together(default.tags, job.tags));
        Self {
            job: Job { queue, tags, container, existing: None },
            spans: together(defaults.spans.clone(), self.spans),
        }
    }

    /// What it adds to the size of a `SubmitJob`, in bytes.
    pub(super) fn submitted_bytes(&self) -> usize {
        self.job.submitted_bytes()
    }
}

fn together<K: Ord, V>(mut all: BTreeMap<K, V>, more: BTreeMap<K, V>) -> BTreeMap<K, V> {
    all.extend(more);
    all
}

/// A map of which each entry is read alike; entries with faults are left out.
fn map<T>(
    node: Option<&Node>,
    what: &str,
    report: &mut Report<'_>,
    entry: impl Fn(&Key, &Node, &mut Report<'_>) -> Option<T>,
) -> BTreeMap<String, T> {
    let given = node.and_then(|node| entries(node, what, report)).unwrap_or_default();
    given.iter().filter_map(|(key, node)| Some((key.text.clone(), entry(key, node, report)?))).collect()
}

fn queue(node: &Node, report: &mut Report<'_>) -> Option<ExistingQueue> {
    let Content::Mapping(_) = &node.content else {
        return Some(ExistingQueue { name: names::queue(node, report)?, fair_share: false });
    };
    let fields = Fields::read(node, "queue", &QUEUE_KEYS, report)?;
    let name = fields.required("name", "write `queue: { name: my-queue, fair_share: true }`", report);
    let fair_share = fields.get("fair_share").map_or(Some(false), |node| boolean(node, "fair_share", report));
    Some(ExistingQueue { name: names::queue(name?, report)?, fair_share: fair_share? })
}

/// Batch: 21 to 200 GiB (`EphemeralStorage`).
fn ephemeral_storage_gib(node: &Node, report: &mut Report<'_>) -> Option<u32> {
    let given = text(node, "ephemeral_storage", report)?;
    let problem = match units::memory_mib(given) {
        Ok(mib) if mib.is_multiple_of(1024) && (21..=200).contains(&(mib / 1024)) => return Some(mib / 1024),
        Ok(_) => "is not a whole number of GiB from 21 to 200",
        Err(problem) => problem,
    };
    let help = "write it as `100 GiB`; without it Fargate gives 20 GiB";
    report.add(&node.span, format!("ephemeral_storage: `{}` {problem}", shown(given)), help);
    None
}

/// A number, for both; or `soft` and `hard`.
fn ulimit(key: &Key, node: &Node, report: &mut Report<'_>) -> Option<Ulimit> {
    if !ULIMITS.contains(&key.text.as_str()) {
        let help = crate::nearest::suggestion(&key.text, &ULIMITS);
        report.add(&key.span, format!("there is no limit `{}`", shown(&key.text)), help);
        return None;
    }
    let range = -1..=i32::MAX;
    if let Content::Scalar(_) = &node.content {
        let both = integer(node, "a limit", &range, report)?.value;
        return Some(Ulimit { soft: both, hard: both });
    }
    let fields = Fields::read(node, "a limit", &ULIMIT_KEYS, report)?;
    let help = "write a number for both, `nofile: 65536`; or `nofile: { soft: 1024, hard: 65536 }`";
    let soft = fields.required("soft", help, report).and_then(|node| integer(node, "soft", &range, report));
    let hard = fields.required("hard", help, report).and_then(|node| integer(node, "hard", &range, report));
    let (Placed { value: soft, span }, Placed { value: hard, .. }) = (soft?, hard?);
    if hard != -1 && (soft == -1 || soft > hard) {
        report.add(&span, format!("soft is more than hard, which is {hard}"), "hard is how far soft may be raised");
    }
    Some(Ulimit { soft, hard })
}

fn consumes(key: &Key, node: &Node, report: &mut Report<'_>) -> Option<u32> {
    names::consumable(key, report);
    integer(node, "a quantity", &(1..=1_000_000), report).map(|quantity| quantity.value)
}
