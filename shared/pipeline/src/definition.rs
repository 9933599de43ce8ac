//! A pipeline, as its definition says.

use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::{
    concurrency::Concurrency,
    graph::Graph,
    hash::ContentHash,
    index::StageIndex,
    name::{ParamName, PipelineName, ShareIdentifier},
    params::{ParamFaults, ParamSpec, Params, check},
    priority::Priority,
    stage::Stage,
    trigger::{Asks, Trigger},
};

/// A valid definition: what [`crate::parse`] accepts, with all defaults applied.
#[derive(Debug, Clone)]
pub struct Definition {
    /// The pipeline's name.
    pub name: PipelineName,
    /// What it is for.
    pub description: Option<String>,
    /// What starts its runs, in the order written; at most 40.
    pub triggers: Vec<Trigger>,
    /// The parameters of its runs, in the order written.
    pub params: IndexMap<ParamName, ParamSpec>,
    /// The priority of its runs.
    pub priority: Priority,
    /// The share that its jobs count towards.
    pub share: Option<ShareIdentifier>,
    /// How many of its runs may run at once.
    pub concurrency: Option<Concurrency>,
    /// What its stages' expressions ask S3 about the object whose upload started a run.
    pub asks: Asks,
    pub(crate) stages: Vec<Stage>,
    pub(crate) graph: Graph,
    pub(crate) hash: ContentHash,
}

impl Definition {
    /// The hash of its text.
    pub fn hash(&self) -> &ContentHash {
        &self.hash
    }

    /// The stage at that position.
    pub fn stage(&self, index: StageIndex) -> Option<&Stage> {
        self.stages.get(index.as_usize())
    }

    /// The position of the stage of that name (its exact spelling).
    pub fn index_of(&self, name: &str) -> Option<StageIndex> {
        self.stages.iter().position(|stage| stage.name.as_str() == name).and_then(StageIndex::at)
    }

    /// The stages, in the order of the definition; 1 to 500.
    pub fn stages(&self) -> impl Iterator<Item = (StageIndex, &Stage)> {
        (0u16..).zip(&self.stages).map(|(at, stage)| (StageIndex::new(at), stage))
    }

    /// The stages that need this one, in the order of the definition.
    pub fn dependents(&self, index: StageIndex) -> &[StageIndex] {
        self.graph.dependents(index)
    }

    /// The stages that need nothing, in the order of the definition; never empty.
    pub fn roots(&self) -> &[StageIndex] {
        self.graph.roots()
    }

    /// The stages that no other needs, in the order of the definition; never empty.
    pub fn sinks(&self) -> &[StageIndex] {
        self.graph.sinks()
    }

    /// The priority of a stage's jobs: its own, or the pipeline's.
    pub fn priority_of(&self, stage: &Stage) -> Priority {
        stage.priority.unwrap_or(self.priority)
    }

    /// Checks the parameters that a request gives, and fills in the defaults. One given as `null` counts as not given.
    ///
    /// # Errors
    /// All that is unknown, missing, of the wrong type or out of bounds, at once.
    pub fn check_params(&self, given: &Map<String, Value>) -> Result<Params, ParamFaults> {
        check(&self.params, given)
    }
}
