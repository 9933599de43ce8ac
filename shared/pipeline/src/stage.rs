//! A stage: a node of the graph, one Batch job.

mod condition;
mod outputs;
mod render;

use indexmap::IndexMap;

use crate::{
    compute::{Compute, Vcpu},
    foreach::Foreach,
    index::StageIndex,
    job::Job,
    name::StageName,
    priority::Priority,
    retry::Retry,
    template::Template,
    when::When,
};

pub use outputs::{MAX_OUTPUTS_BYTES, OutputsError};
pub use render::{Context, MAX_RENDERED_BYTES, RenderError, RenderProblem, Rendered};
pub(crate) use render::{ENV_OVERHEAD, expressible, least_bytes};

/// The sizes that a Batch array job may have.
pub const ARRAY_SIZES: std::ops::RangeInclusive<u32> = 2..=10_000;

/// A stage, with the definition's defaults applied.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name, unique without regard to case.
    pub name: StageName,
    /// The stages that must have ended before it starts, in the order written.
    pub needs: Vec<StageIndex>,
    /// Whether it then runs.
    pub when: When,
    /// Whether the run goes on as if it had succeeded, if it fails.
    pub allow_failure: bool,
    /// The outputs that its job writes, in the order written.
    pub outputs: Vec<String>,
    /// The stages before it whose outputs its expressions speak of.
    pub reads_outputs_of: Vec<StageIndex>,
    /// The container image; empty if its job definition is there already.
    pub image: String,
    /// The command and its arguments; never passed through a shell. Empty if its job definition says them.
    pub command: Vec<Template>,
    /// Its environment, besides what Batch and Batchwright add.
    pub env: IndexMap<String, Template>,
    /// What it runs on.
    pub compute: Compute,
    /// How many vCPUs.
    pub vcpu: Vcpu,
    /// How much memory, in MiB.
    pub memory_mib: u32,
    /// How many GPUs.
    pub gpu: Option<u32>,
    /// After how many seconds Batch ends an attempt; at least 60.
    pub timeout_s: Option<u32>,
    /// What is tried again when it fails.
    pub retry: Retry,
    /// How many children its array job has; `None` is a single job, or one done for many items.
    pub array: Option<ArraySize>,
    /// That it is done once for each of many items.
    pub foreach: Option<Foreach>,
    /// Its priority, if it is not the pipeline's.
    pub priority: Option<Priority>,
    /// What its job has besides.
    pub job: Job,
}

/// How many children an array job has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArraySize {
    /// That many, within [`ARRAY_SIZES`].
    Fixed(u32),
    /// As many as the expression says, when the stage starts.
    Expression(Template),
}
