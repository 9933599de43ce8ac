//! Job queues, compute environments, scheduling policies: few, and kept as they were made.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use crate::{
    Error,
    arn::{Kind, name_of},
};

/// A kind of resource that is kept in the table of resources.
pub(crate) trait Resource: Serialize + DeserializeOwned {
    const KIND: Kind;

    fn name(&self) -> &str;

    fn tags(&mut self) -> &mut BTreeMap<String, String>;
}

/// Whether a queue or an environment takes new jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Enabled {
    #[default]
    Enabled,
    Disabled,
}

/// A job queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Queue {
    #[serde(rename = "jobQueueName")]
    pub(crate) name: String,
    pub(crate) state: Enabled,
    pub(crate) priority: u32,
    pub(crate) compute_environment_order: Vec<EnvironmentOrder>,
    /// With a scheduling policy a queue is a fair-share queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scheduling_policy_arn: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) job_state_time_limit_actions: Vec<Value>,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
}

impl Queue {
    /// The name of the compute environment that comes first.
    pub(crate) fn first_environment(&self, region: &str) -> Option<String> {
        let first = self.compute_environment_order.iter().min_by_key(|environment| environment.order)?;
        Some(name_of(region, Kind::Environment, &first.compute_environment).to_owned())
    }
}

/// A compute environment of a queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvironmentOrder {
    pub(crate) order: i32,
    pub(crate) compute_environment: String,
}

/// A compute environment: a name, since all jobs run on this machine.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Environment {
    #[serde(rename = "computeEnvironmentName")]
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) state: Enabled,
    #[serde(default)]
    pub(crate) compute_resources: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) service_role: Option<String>,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
}

/// A scheduling policy. Its shares are kept and shown; see the crate's README for what decides the order here.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Policy {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) fairshare_policy: Map<String, Value>,
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
}

macro_rules! resource {
    ($($type:ty: $kind:expr),*) => {
        $(impl Resource for $type {
            const KIND: Kind = $kind;

            fn name(&self) -> &str {
                &self.name
            }

            fn tags(&mut self) -> &mut BTreeMap<String, String> {
                &mut self.tags
            }
        })*
    };
}

resource!(Queue: Kind::Queue, Environment: Kind::Environment, Policy: Kind::Policy);

/// The resource of this name.
pub(crate) fn find<R: Resource>(connection: &Connection, name: &str) -> Result<Option<R>, Error> {
    let mut select = connection.prepare_cached("SELECT content FROM batch_resource WHERE kind = ? AND name = ?")?;
    let content: Option<String> = select.query_row([R::KIND.segment(), name], |row| row.get(0)).optional()?;
    Ok(content.map(|content| serde_json::from_str(&content)).transpose()?)
}

/// All resources of a kind, by name.
pub(crate) fn all<R: Resource>(connection: &Connection) -> Result<Vec<R>, Error> {
    let mut select = connection.prepare_cached("SELECT content FROM batch_resource WHERE kind = ? ORDER BY name")?;
    let contents = select.query_map([R::KIND.segment()], |row| row.get::<_, String>(0))?;
    contents.map(|content| Ok(serde_json::from_str(&content?)?)).collect()
}

/// Writes a resource, new or changed.
pub(crate) fn save<R: Resource>(connection: &Connection, resource: &R) -> Result<(), Error> {
    connection.execute(
        "INSERT OR REPLACE INTO batch_resource (kind, name, content) VALUES (?, ?, ?)",
        params![R::KIND.segment(), resource.name(), serde_json::to_string(resource)?],
    )?;
    Ok(())
}

/// Deletes a resource, if it is there.
pub(crate) fn delete<R: Resource>(connection: &Connection, name: &str) -> Result<(), Error> {
    connection.execute("DELETE FROM batch_resource WHERE kind = ? AND name = ?", [R::KIND.segment(), name])?;
    Ok(())
}
