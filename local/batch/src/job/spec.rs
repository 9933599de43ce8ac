//! What was submitted: it never changes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::RetryStrategy;

/// A submission after its definition and its overrides have been put together. Shared by the children of an array.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Spec {
    /// The definition's ARN, revision included.
    pub(crate) definition: String,
    pub(crate) container: Map<String, Value>,
    pub(crate) retry: RetryStrategy,
    /// How long one attempt may run.
    pub(crate) timeout_seconds: Option<u32>,
    pub(crate) depends_on: Vec<Dependency>,
    pub(crate) parameters: BTreeMap<String, String>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) propagate_tags: bool,
    pub(crate) platform_capabilities: Vec<String>,
    pub(crate) share_identifier: Option<String>,
    pub(crate) scheduling_priority: Option<u32>,
    /// The number of children; `None` for a single job.
    pub(crate) array_size: Option<u32>,
}

/// Another job that has to succeed first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Dependency {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) job_id: Option<String>,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<DependencyType>,
}

/// How the children of an array depend on others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum DependencyType {
    /// Each child on the child of the same index of the other array.
    NToN,
    /// Each child on the one before it.
    Sequential,
}
