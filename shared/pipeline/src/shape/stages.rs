//! `defaults` and `stages`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

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
}

/// A stage: one Batch job.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stage {
    /// The stages that must have succeeded before it starts.
    needs: Option<Needs>,
    /// The command and its arguments, which may hold expressions. Never passed through a shell.
    #[schemars(length(min = 1))]
    command: Vec<Scalar>,
    /// How many children its array job has: 2 to 10000, or an expression.
    array: Option<ArraySize>,
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
}

/// How often a job is tried.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retry {
    /// How often in all.
    #[schemars(range(min = 1, max = 10))]
    attempts: u8,
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

/// The size of an array.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
pub(super) enum ArraySize {
    /// That many.
    Fixed(#[schemars(range(min = 2, max = 10_000))] u32),
    /// As many as the expression gives.
    Expression(#[schemars(regex(pattern = r"^\$\{\{.*\}\}$"))] String),
}
