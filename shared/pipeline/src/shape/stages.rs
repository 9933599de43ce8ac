//! `defaults` and `stages`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::job::{JobSettings, Nodes};
use crate::compute::Compute;

/// What every stage is, unless it says otherwise.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    /// The container image.
    #[schemars(length(min = 1, max = 255))]
    image: Option<String>,
    /// The environment; values may hold expressions.
    #[serde(default)]
    env: BTreeMap<String, Scalar>,
    /// What it runs on; fargate if left out.
    compute: Option<Compute>,
    /// How many vCPUs; 1 if left out.
    #[schemars(with = "Option<Scalar>")]
    vcpu: Option<f64>,
    /// How much memory. If left out, the least that Fargate allows with the vCPUs; on EC2 2 GiB for each.
    #[schemars(example = "2 GiB")]
    memory: Option<String>,
    /// How many GPUs; on EC2 only.
    #[schemars(range(min = 1, max = 16))]
    gpu: Option<u8>,
    /// After how long an attempt is ended; at least a minute.
    #[schemars(example = "1h 30m")]
    timeout: Option<String>,
    /// How often it is tried.
    retry: Option<Retry>,
    #[serde(flatten)]
    job: JobSettings,
}

/// A stage: one Batch job.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stage {
    /// The stages that must have ended before it starts.
    needs: Option<Needs>,
    /// Whether it then runs: `success()` if left out, `failure()`, `always()`, or an expression.
    when: Option<Scalar>,
    /// The outputs that its job writes, as a JSON object, to the S3 URI in `BATCHWRIGHT_OUTPUTS`.
    #[serde(default)]
    #[schemars(length(max = 50))]
    outputs: Vec<String>,
    /// Whether the run goes on as if it had succeeded, if it fails; false if left out.
    allow_failure: Option<bool>,
    /// The command and its arguments, which may hold expressions. Never passed through a shell.
    #[schemars(length(min = 1))]
    #[serde(default)]
    command: Vec<Scalar>,
    /// The name of a job definition of yours, maybe with `:` and a revision, instead of an image; it may say the command too.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]{1,128}(:[1-9][0-9]*)?$"))]
    job_definition: Option<String>,
    /// On how many instances it runs at once, as a multi-node parallel job; with `compute: ec2` only.
    nodes: Option<Nodes>,
    /// How many children its array job has: 2 to 10000, or an expression.
    array: Option<ArraySize>,
    /// That it is done once for each of many items: a list, or the S3 URI of an object with an item on each line.
    foreach: Option<Foreach>,
    /// Its priority; the pipeline's if left out.
    #[schemars(range(min = 0, max = 9999))]
    priority: Option<u16>,
    /// The container image.
    #[schemars(length(min = 1, max = 255))]
    image: Option<String>,
    /// The environment; values may hold expressions.
    #[serde(default)]
    env: BTreeMap<String, Scalar>,
    /// What it runs on; fargate if left out.
    compute: Option<Compute>,
    /// How many vCPUs; 1 if left out.
    #[schemars(with = "Option<Scalar>")]
    vcpu: Option<f64>,
    /// How much memory. If left out, the least that Fargate allows with the vCPUs; on EC2 2 GiB for each.
    #[schemars(example = "2 GiB")]
    memory: Option<String>,
    /// How many GPUs; on EC2 only.
    #[schemars(range(min = 1, max = 16))]
    gpu: Option<u8>,
    /// After how long an attempt is ended; at least a minute.
    #[schemars(example = "1h 30m")]
    timeout: Option<String>,
    /// How often it is tried.
    retry: Option<Retry>,
    #[serde(flatten)]
    job: JobSettings,
}

/// What is tried again.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retry {
    /// How often Batch tries in all, at once and in the same job, whatever no other rule is for.
    #[schemars(range(min = 1, max = 10))]
    attempts: Option<u8>,
    /// After the loss of a machine: Spot, or a host that failed.
    spot: Option<Budget<Spot>>,
    /// After it ran out of memory: with more.
    oom: Option<Budget<OutOfMemory>>,
    /// After the command ended with an exit code.
    exit: Option<Budget<Exit>>,
    /// After the image could not be pulled.
    image_pull: Option<Budget<Plain>>,
    /// After it ran longer than it may.
    timeout: Option<Budget<Plain>>,
    /// After Batch lost the job.
    lost: Option<Budget<Plain>>,
    /// After any failure that no other rule is for.
    any: Option<Budget<Plain>>,
}

/// How many more attempts there are.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
pub(super) enum Budget<T> {
    /// That many, at once.
    Limit(#[schemars(range(min = 1, max = 20))] u8),
    /// That many, and how.
    Rule(T),
}

/// How it is tried again.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plain {
    /// How many more attempts there are after such failures.
    #[schemars(range(min = 1, max = 20))]
    limit: u8,
    /// How long is waited before the first; each time it is twice as long, up to an hour.
    #[schemars(example = "30s")]
    backoff: Option<String>,
}

/// How it is tried again after the loss of a machine.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Spot {
    /// How many more attempts there are after such failures.
    #[schemars(range(min = 1, max = 20))]
    limit: u8,
    /// How long is waited before the first; each time it is twice as long, up to an hour.
    #[schemars(example = "30s")]
    backoff: Option<String>,
    /// What comes when the budget is spent: one more attempt, on demand.
    then: Option<Then>,
}

/// What comes when the budget is spent.
#[derive(JsonSchema, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Then {
    /// On demand.
    OnDemand,
}

/// How it is tried again after it ran out of memory.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OutOfMemory {
    /// How many more attempts there are after such failures.
    #[schemars(range(min = 1, max = 20))]
    limit: u8,
    /// How long is waited before the first; each time it is twice as long, up to an hour.
    #[schemars(example = "30s")]
    backoff: Option<String>,
    /// What the memory is multiplied with each time; 2 if left out.
    #[schemars(range(min = 1.1, max = 10))]
    factor: Option<f64>,
    /// The most memory that it is given; on Fargate at most what goes with the vCPUs.
    #[schemars(example = "30 GiB")]
    up_to: Option<String>,
}

/// How it is tried again after an exit code.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Exit {
    /// How many more attempts there are after such failures.
    #[schemars(range(min = 1, max = 20))]
    limit: u8,
    /// How long is waited before the first; each time it is twice as long, up to an hour.
    #[schemars(example = "30s")]
    backoff: Option<String>,
    /// After which; any but 0 if left out.
    #[schemars(length(min = 1, max = 20))]
    codes: Option<Vec<u8>>,
}

/// A single value.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
pub(super) enum Scalar {
    /// Text.
    Text(String),
    /// A number, passed on as it is written.
    Number(f64),
    /// `true` or `false`.
    Boolean(bool),
}

/// One stage, or several.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
pub(super) enum Needs {
    /// The name of a stage.
    One(String),
    /// The names of stages.
    Many(Vec<String>),
}

/// What a stage is done for.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
pub(super) enum Foreach {
    /// What gives the items.
    Items(String),
    /// That, and how.
    Each(Each),
}

/// What a stage is done for, and how.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Each {
    /// What gives the items: an expression with a list, or the S3 URI of an object with an item on each line.
    #[schemars(example = "${{ params.samples }}")]
    r#in: String,
    /// Array jobs of up to 10,000 items each (`array`, if left out), or a job for each of up to 1,000 (`jobs`).
    mode: Option<Mode>,
    /// How many are worked on at once.
    #[schemars(range(min = 1, max = 1_000_000))]
    max_parallel: Option<u32>,
    /// How many must succeed; all if left out.
    #[schemars(example = "99%")]
    min_success: Option<String>,
}

/// How items become jobs.
#[derive(JsonSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    /// Array jobs.
    Array,
    /// A job for each.
    Jobs,
}

/// The size of an array.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
pub(super) enum ArraySize {
    /// That many.
    Fixed(#[schemars(range(min = 2, max = 10_000))] u32),
    /// As many as the expression gives.
    Expression(#[schemars(regex(pattern = r"^\$\{\{.*\}\}$"))] String),
}
