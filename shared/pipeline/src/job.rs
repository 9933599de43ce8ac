//! What a stage's job has besides its image, its command and its size.
//!
//! The units, limits and words are those of AWS Batch (API reference: `ContainerProperties`, `SubmitJob`).

use std::collections::BTreeMap;

use serde::Serialize;

/// How many tags a definition may give: Batch takes 50 a job, and every job has three of Batchwright's own.
pub(crate) const MAX_TAGS: usize = 47;

/// What a stage's job has besides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Job {
    /// The job queue that it is submitted to; one of the installation's if none is named.
    pub queue: Option<ExistingQueue>,
    /// Its tags, which its ECS task gets too.
    pub tags: BTreeMap<String, String>,
    /// What its job definition says.
    pub container: Container,
    /// The job definition that it is submitted with, if that is there already. Then [`Job::container`] says nothing but what it
    /// consumes, and the stage's image is empty.
    pub existing: Option<Existing>,
}

/// A job definition that is there already, and what the stage says in its place beside command, environment, GPUs and timeout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Existing {
    /// Its name, maybe with `:` and its revision. Without, Batch takes the newest one that is active.
    pub reference: String,
    /// Whether the stage says how many vCPUs.
    pub vcpu: bool,
    /// Whether the stage says how much memory.
    pub memory: bool,
    /// Whether the stage says what is tried again.
    pub retry: bool,
}

/// A job queue that is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingQueue {
    /// Its name.
    pub name: String,
    /// Whether it has a fair-share policy: it then requires a share identifier, and refuses one otherwise.
    pub fair_share: bool,
}

/// What goes into a job definition.
///
/// As JSON it is part of what a job definition is named by, so a setting that is left out must not appear there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Container {
    /// The ARN of the role that the job has; the installation's if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_role: Option<String>,
    /// The ARN of the role with which ECS pulls images, reads secrets and writes logs; the installation's if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_role: Option<String>,
    /// The size of Fargate's disk in GiB, 21 to 200.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ephemeral_storage_gib: Option<u32>,
    /// Fargate's platform version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_version: Option<String>,
    /// Whether the job has a public address, on Fargate; as the installation has it if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_ip: Option<bool>,
    /// Where the values of variables come from, by variable.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, Secret>,
    /// What is mounted, by the path in the container.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub volumes: BTreeMap<String, Volume>,
    /// The size of `/dev/shm` in MiB, on EC2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_memory_mib: Option<u32>,
    /// Limits of the container's processes by their Docker names, on EC2.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub ulimits: BTreeMap<String, Ulimit>,
    /// Where logs go; to the installation's log group if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logs: Option<Logs>,
    /// On how many instances it runs at once, on EC2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes: Option<Nodes>,
    /// How much of which consumable resource it takes while it runs, by name or ARN.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub consumes: BTreeMap<String, u32>,
}

/// Where a secret is kept. Its value is never part of a definition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// A secret of Secrets Manager.
    Secret {
        /// Its name or ARN.
        id: String,
        /// Which value of the JSON object that it is; all of it if left out.
        key: Option<String>,
    },
    /// A parameter of Systems Manager, by name or ARN.
    Parameter(String),
}

/// Something that is mounted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Volume {
    /// What it is.
    pub source: VolumeSource,
    /// Whether the job may only read it.
    pub read_only: bool,
}

/// What is mounted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VolumeSource {
    /// A folder of the instance, on EC2.
    Host(String),
    /// A file system of EFS, encrypted in transit.
    Efs {
        /// Its id.
        file_system: String,
        /// The folder of it; its root if left out.
        root: Option<String>,
        /// The id of an access point.
        access_point: Option<String>,
        /// Whether the job's role decides what it may do there.
        iam: bool,
    },
}

/// The nodes of a multi-node parallel job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Nodes {
    /// How many, 2 to 1000.
    pub count: u32,
    /// The number of the main one, whose end is the job's.
    pub main: u32,
}

/// A limit; -1 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ulimit {
    /// What holds at first.
    pub soft: i32,
    /// Up to what the container may raise it.
    pub hard: i32,
}

/// Where logs go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Logs {
    /// The driver.
    pub driver: String,
    /// Its options.
    pub options: BTreeMap<String, String>,
    /// Options whose values are secret.
    pub secrets: BTreeMap<String, Secret>,
}

impl Job {
    /// What it adds to the size of a `SubmitJob`, in bytes.
    pub(crate) fn submitted_bytes(&self) -> usize {
        self.tags.iter().map(|(name, value)| name.len() + value.len() + 6).sum()
    }
}

impl Container {
    /// What sets its job definition apart, as text; `None` if nothing is said.
    pub fn content(&self) -> Option<String> {
        // It is made of texts, numbers and maps by text: JSON can hold all of it.
        (*self != Self::default()).then(|| serde_json::to_string(self).unwrap_or_default())
    }
}
