//! `concurrency`.

use schemars::JsonSchema;
use serde::Deserialize;

/// How many runs may run at once.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
pub(super) enum Concurrency {
    /// That many of the pipeline's; the others wait.
    Limit(#[schemars(range(min = 1, max = 1000))] u16),
    /// That many, and how.
    Group(Group),
}

/// How many runs of a group may run at once, and what becomes of those beyond.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Group {
    /// Which runs share the limit: those for which these expressions give the same text. All runs of the pipeline if left out.
    #[schemars(example = "${{ params.sample }}")]
    group: Option<String>,
    /// How many of them run at once; 1 if left out.
    #[schemars(range(min = 1, max = 1000))]
    limit: Option<u16>,
    /// What becomes of a run that finds its group full: `queue` if left out.
    when_full: Option<WhenFull>,
}

/// What becomes of a run that finds its group full.
#[derive(JsonSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum WhenFull {
    /// It waits for its turn.
    Queue,
    /// It ends at once, as skipped.
    Skip,
    /// It takes the place of the one that is there, which is cancelled.
    Replace,
}
