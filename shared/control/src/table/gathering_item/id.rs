//! What gatherings are called.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::WATCH_SHARDS;
use crate::{
    run_id::{RunId, short_hash},
    table::{Item, key},
};

/// The id of a gathering: 24 characters of lower-case base32.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GatheringId(String);

/// Which gatherings follow one another: of one trigger, one group, and one lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope(String);

impl Scope {
    pub(crate) fn new(pipeline: &str, trigger: &str, group: &str, lane: u8) -> Self {
        Self(short_hash(&["gathering", pipeline, trigger, group, &lane.to_string()]))
    }

    pub(super) fn key(&self) -> Item {
        key(format!("GATHERING#{}", self.0), "CURRENT")
    }
}

impl GatheringId {
    pub(crate) fn of(scope: &Scope, number: u32) -> Self {
        Self(short_hash(&[&scope.0, &number.to_string()]))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn shard(&self) -> String {
        let number = self.0.bytes().next().unwrap_or_default() % WATCH_SHARDS;
        watch_shard(number)
    }

    pub(super) fn key(&self, sk: impl Into<String>) -> Item {
        key(format!("GATHER#{}", self.0), sk)
    }
}

impl fmt::Display for GatheringId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for GatheringId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // Both are the same hash, in the same form.
        RunId::parse(&text).map(|_| Self(text)).map_err(|_| "it is not the id of a gathering")
    }
}

impl From<GatheringId> for String {
    fn from(id: GatheringId) -> Self {
        id.0
    }
}

pub(super) fn watch_shard(number: u8) -> String {
    format!("g{number:02}")
}
