//! CreateComputeEnvironment, DescribeComputeEnvironments, DeleteComputeEnvironment.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Empty, Named, page, queues::check_room, tags::check_tags};
use crate::{
    Batch, Error,
    arn::{ACCOUNT, Kind, arn, check_name, name_of},
    table::resources::{self, Enabled, Environment, Queue},
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Create {
    compute_environment_name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    state: Enabled,
    #[serde(default)]
    compute_resources: Map<String, Value>,
    service_role: Option<String>,
    eks_configuration: Option<Value>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    #[serde(default)]
    compute_environments: Vec<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

impl Batch {
    pub(super) fn create_compute_environment(&self, create: Create) -> Result<Value, Error> {
        check_name("computeEnvironmentName", &create.compute_environment_name)?;
        check_tags(&create.tags)?;
        if !["MANAGED", "UNMANAGED"].iter().any(|kind| create.kind.eq_ignore_ascii_case(kind)) {
            return Err(Error::client(format!("type {:?} should be MANAGED or UNMANAGED", create.kind)));
        }
        if create.eks_configuration.is_some() {
            return Err(Error::client("eksConfiguration: this machine has no EKS"));
        }
        let environment = Environment {
            name: create.compute_environment_name,
            kind: create.kind.to_ascii_uppercase(),
            state: create.state,
            compute_resources: create.compute_resources,
            service_role: create.service_role,
            tags: create.tags,
        };
        self.config.store.write(|transaction| {
            if resources::find::<Environment>(transaction, &environment.name)?.is_some() {
                return Err(Error::client(format!("Object already exists: ComputeEnvironment {}", environment.name)));
            }
            check_room::<Environment>(transaction, "compute environments")?;
            resources::save(transaction, &environment)
        })?;
        let arn = arn(&self.config.region, Kind::Environment, &environment.name);
        Ok(json!({ "computeEnvironmentName": environment.name, "computeEnvironmentArn": arn }))
    }

    pub(super) fn describe_compute_environments(&self, describe: &Describe) -> Result<Value, Error> {
        let region = &self.config.region;
        let found: Vec<Environment> = self.config.store.read(resources::all)?;
        let names = describe.compute_environments.iter().map(|reference| name_of(region, Kind::Environment, reference));
        let page = page::of(found, &names.collect::<Vec<_>>(), describe.max_results, describe.next_token.as_deref())?;
        let described: Vec<Value> = page.items.iter().map(|environment| describe_one(region, environment)).collect();
        Ok(json!({ "computeEnvironments": described, "nextToken": page.next_token }))
    }

    /// One that does not exist is no error, as with AWS.
    pub(super) fn delete_compute_environment(&self, named: &Named) -> Result<Empty, Error> {
        let region = &self.config.region;
        let name = name_of(region, Kind::Environment, &named.name);
        self.config.store.write(|transaction| {
            let queues: Vec<Queue> = resources::all(transaction)?;
            let of_queue = |queue: &&Queue| {
                let mut names = queue.compute_environment_order.iter().map(|order| order.compute_environment.as_str());
                names.any(|reference| name_of(region, Kind::Environment, reference) == name)
            };
            if let Some(queue) = queues.iter().find(of_queue) {
                return Err(Error::client(format!(
                    "Cannot delete, found existing JobQueue relationship: {}",
                    queue.name
                )));
            }
            resources::delete::<Environment>(transaction, name)?;
            Ok(Empty {})
        })
    }
}

fn describe_one(region: &str, environment: &Environment) -> Value {
    let mut described = json!(environment);
    let cluster = format!("arn:aws:ecs:{region}:{ACCOUNT}:cluster/local");
    if let Some(object) = described.as_object_mut() {
        object.insert("computeEnvironmentArn".to_owned(), json!(arn(region, Kind::Environment, &environment.name)));
        object.insert("ecsClusterArn".to_owned(), json!(cluster));
        object.insert("status".to_owned(), json!("VALID"));
        object.insert("statusReason".to_owned(), json!("ComputeEnvironment Healthy"));
        object.insert("containerOrchestrationType".to_owned(), json!("ECS"));
    }
    described
}
