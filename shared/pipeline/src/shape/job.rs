//! What `defaults` and a stage may both say of a job.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::stages::Scalar;

/// What a job has besides its image, environment and size.
#[derive(JsonSchema, Deserialize)]
pub(super) struct JobSettings {
    /// A job queue of yours that it is submitted to, instead of one of the installation's.
    queue: Option<Queue>,
    /// The ARN of the role that the job has; the installation's if left out.
    #[schemars(regex(pattern = "^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$"))]
    job_role: Option<String>,
    /// The ARN of the role with which images are pulled, secrets read and logs written; the installation's if left out.
    #[schemars(regex(pattern = "^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$"))]
    execution_role: Option<String>,
    /// Tags of the job and of its ECS task.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 47))]
    tags: BTreeMap<String, Scalar>,
    /// The size of the disk, 21 to 200 GiB; on Fargate only.
    #[schemars(example = "100 GiB")]
    ephemeral_storage: Option<String>,
    /// The version of Fargate's platform; LATEST if left out.
    #[schemars(regex(pattern = r"^(LATEST|\d+\.\d+\.\d+)$"))]
    platform_version: Option<String>,
    /// Whether it has a public address, on Fargate; as the installation has it if left out.
    public_ip: Option<bool>,
    /// Variables whose values are kept by Secrets Manager or Systems Manager.
    #[serde(default)]
    secrets: BTreeMap<String, Secret>,
    /// What is mounted, by the path in the container.
    #[serde(default)]
    #[schemars(extend("propertyNames" = { "pattern": "^/" }))]
    volumes: BTreeMap<String, Volume>,
    /// The size of /dev/shm; on EC2 only.
    #[schemars(example = "2 GiB")]
    shared_memory: Option<String>,
    /// Limits of processes by Docker's names; on EC2 only.
    #[serde(default)]
    ulimits: BTreeMap<String, Ulimit>,
    /// Where logs go; to the installation's log group if left out.
    logs: Option<Logs>,
    /// How much of which consumable resource it takes while it runs, by name or ARN.
    #[serde(default)]
    consumes: BTreeMap<String, u32>,
}

/// The nodes of a multi-node parallel job.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
pub(super) enum Nodes {
    /// That many; the first is the main one.
    Count(#[schemars(range(min = 2, max = 1000))] u32),
    /// That many, with another main one.
    Nodes(CountAndMain),
}

/// How many, and which is the main one.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CountAndMain {
    /// How many.
    #[schemars(range(min = 2, max = 1000))]
    count: u32,
    /// The number of the main one, whose end is the job's; 0 if left out.
    main: Option<u32>,
}

/// A job queue.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
enum Queue {
    /// The name of one without a fair-share policy.
    Name(String),
    /// One that may have a fair-share policy.
    Queue(ExistingQueue),
}

/// A job queue that is there already.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExistingQueue {
    /// Its name.
    name: String,
    /// Whether it has a fair-share policy; false if left out.
    fair_share: Option<bool>,
}

/// Where a value is kept.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
enum Secret {
    /// In Secrets Manager.
    Secret(OfSecretsManager),
    /// In Systems Manager.
    Parameter(OfSystemsManager),
}

/// A secret of Secrets Manager.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfSecretsManager {
    /// Its name or ARN.
    secret: String,
    /// Which value of the JSON object that it is; all of it if left out.
    key: Option<String>,
}

/// A parameter of Systems Manager.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfSystemsManager {
    /// Its name or ARN.
    parameter: String,
}

/// What is mounted.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
enum Volume {
    /// EFS.
    Efs(Efs),
    /// A folder of the instance.
    Host(Host),
}

/// A file system of EFS.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
struct Efs {
    /// Its id.
    #[schemars(regex(pattern = "^fs-[0-9a-z]+$"))]
    efs: String,
    /// The folder of it that is mounted; its root if left out.
    root: Option<String>,
    /// The id of an access point.
    #[schemars(regex(pattern = "^fsap-[0-9a-z]+$"))]
    access_point: Option<String>,
    /// Whether the job's role decides what it may do there; false if left out.
    iam: Option<bool>,
    /// Whether the job may only read it; false if left out.
    read_only: Option<bool>,
}

/// A folder of the instance; on EC2 only.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
struct Host {
    /// Its path.
    host: String,
    /// Whether the job may only read it; false if left out.
    read_only: Option<bool>,
}

/// A limit; -1 is none.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
enum Ulimit {
    /// Soft and hard.
    Both(i32),
    /// Each.
    Each(SoftAndHard),
}

/// A limit that the container may raise.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
struct SoftAndHard {
    /// What holds at first.
    soft: i32,
    /// Up to what it may be raised.
    hard: i32,
}

/// Where logs go.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
struct Logs {
    /// The log driver.
    driver: String,
    /// Its options.
    #[serde(default)]
    options: BTreeMap<String, Scalar>,
    /// Options whose values are secret.
    #[serde(default)]
    secrets: BTreeMap<String, Secret>,
}
