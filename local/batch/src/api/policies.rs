//! CreateSchedulingPolicy, DescribeSchedulingPolicies, DeleteSchedulingPolicy.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Empty, Named, queues::check_room, tags::check_tags};
use crate::{
    Batch, Error,
    arn::{Kind, arn, check_name, name_of},
    table::resources::{self, Policy, Queue},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Create {
    name: String,
    #[serde(default)]
    fairshare_policy: Map<String, Value>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Describe {
    arns: Vec<String>,
}

impl Batch {
    pub(super) fn create_scheduling_policy(&self, create: Create) -> Result<Value, Error> {
        check_name("name", &create.name)?;
        check_tags(&create.tags)?;
        let policy = Policy { name: create.name, fairshare_policy: create.fairshare_policy, tags: create.tags };
        self.config.store.write(|transaction| {
            if resources::find::<Policy>(transaction, &policy.name)?.is_some() {
                return Err(Error::client(format!("Object already exists: SchedulingPolicy {}", policy.name)));
            }
            check_room::<Policy>(transaction, "scheduling policies")?;
            resources::save(transaction, &policy)
        })?;
        Ok(json!({ "name": policy.name, "arn": arn(&self.config.region, Kind::Policy, &policy.name) }))
    }

    pub(super) fn describe_scheduling_policies(&self, describe: &Describe) -> Result<Value, Error> {
        let region = &self.config.region;
        let mut policies: Vec<Policy> = self.config.store.read(resources::all)?;
        let names: Vec<&str> = describe.arns.iter().map(|reference| name_of(region, Kind::Policy, reference)).collect();
        policies.retain(|policy| names.contains(&policy.name.as_str()));
        let described = policies.iter().map(|policy| {
            let arn = arn(region, Kind::Policy, &policy.name);
            json!({ "name": policy.name, "arn": arn, "fairsharePolicy": policy.fairshare_policy, "tags": policy.tags })
        });
        Ok(json!({ "schedulingPolicies": described.collect::<Vec<Value>>() }))
    }

    /// One that does not exist is no error, as with AWS.
    pub(super) fn delete_scheduling_policy(&self, named: &Named) -> Result<Empty, Error> {
        let region = &self.config.region;
        let name = name_of(region, Kind::Policy, &named.name);
        self.config.store.write(|transaction| {
            let queues: Vec<Queue> = resources::all(transaction)?;
            let uses = |queue: &&Queue| {
                queue.scheduling_policy_arn.as_deref().is_some_and(|arn| name_of(region, Kind::Policy, arn) == name)
            };
            if let Some(queue) = queues.iter().find(uses) {
                return Err(Error::client(format!(
                    "Cannot delete, found existing JobQueue relationship: {}",
                    queue.name
                )));
            }
            resources::delete::<Policy>(transaction, name)?;
            Ok(Empty {})
        })
    }
}
