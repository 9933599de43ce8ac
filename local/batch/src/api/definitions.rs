//! RegisterJobDefinition, DeregisterJobDefinition, DescribeJobDefinitions.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Empty, Named, page, tags::check_tags};
use crate::{
    Batch, Error,
    arn::{Kind, arn, check_name, name_of},
    container,
    job::RetryStrategy,
    table::definitions::{self, Content, Definition, Filter, Timeout},
};

/// The size of a registration that AWS takes.
const LIMIT: usize = 24 * 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Register {
    job_definition_name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    container_properties: Map<String, Value>,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    retry_strategy: Option<RetryStrategy>,
    timeout: Option<Timeout>,
    scheduling_priority: Option<u32>,
    #[serde(default)]
    platform_capabilities: Vec<String>,
    #[serde(default)]
    propagate_tags: bool,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    job_definition_name: Option<String>,
    #[serde(default)]
    job_definitions: Vec<String>,
    status: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

impl Batch {
    pub(super) fn register_job_definition(&self, register: Register, size: usize) -> Result<Value, Error> {
        if size > LIMIT {
            return Err(Error::client(format!("the job definition has {size} bytes; it may have up to {LIMIT}")));
        }
        register.check()?;
        let name = register.job_definition_name.clone();
        let content = register.content();
        let revision = self.config.store.write(|transaction| definitions::register(transaction, &name, &content))?;
        let arn = definition_arn(&self.config.region, &name, revision);
        Ok(json!({ "jobDefinitionName": name, "jobDefinitionArn": arn, "revision": revision }))
    }

    pub(super) fn deregister_job_definition(&self, named: &Named) -> Result<Empty, Error> {
        self.config.store.write(|transaction| {
            let found = find_definition(transaction, &self.config.region, &named.name)?;
            if let Some(mut definition) = found {
                definition.active = false;
                definitions::save(transaction, &definition)?;
            }
            Ok(Empty {})
        })
    }

    pub(super) fn describe_job_definitions(&self, describe: &Describe) -> Result<Value, Error> {
        let region = &self.config.region;
        let size = page::size(describe.max_results)?;
        if describe.job_definitions.len() > 100 {
            return Err(Error::client("jobDefinitions may name up to 100 job definitions"));
        }
        let mut found = self.config.store.read(|connection| {
            if describe.job_definitions.is_empty() {
                return definitions::list(connection, &describe.filter(region, size + 1)?);
            }
            let named = describe.job_definitions.iter().map(|name| find_definition(connection, region, name));
            Ok(named.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
        })?;
        let more = page::cut(&mut found, size);
        let next = found.last().filter(|_| more).map(|last| format!("{}:{}", last.name, last.revision));
        let described: Vec<Value> = found.iter().map(|definition| describe_one(region, definition)).collect();
        Ok(json!({ "jobDefinitions": described, "nextToken": next }))
    }
}

impl Register {
    fn check(&self) -> Result<(), Error> {
        check_name("jobDefinitionName", &self.job_definition_name)?;
        if self.kind != "container" {
            return Err(Error::client(format!(
                "type is {:?}; jobs on this machine are containers (\"container\"): multi-node jobs need AWS",
                self.kind
            )));
        }
        if self.container_properties.is_empty() {
            return Err(Error::client(
                "containerProperties is required: this machine has no ECS tasks of many containers, nor EKS",
            ));
        }
        container::check(&self.container_properties)?;
        for capability in &self.platform_capabilities {
            match capability.as_str() {
                "FARGATE" => container::check_fargate(&self.container_properties)?,
                "EC2" => {}
                _ => {
                    return Err(Error::client(format!("platformCapabilities {capability:?} should be EC2 or FARGATE")));
                }
            }
        }
        if let Some(retry) = &self.retry_strategy {
            retry.check()?;
        }
        check_timeout(self.timeout)?;
        check_priority("schedulingPriority", self.scheduling_priority)?;
        check_tags(&self.tags)
    }

    fn content(self) -> Content {
        Content {
            kind: self.kind,
            container_properties: self.container_properties,
            parameters: self.parameters,
            retry_strategy: self.retry_strategy,
            timeout: self.timeout,
            scheduling_priority: self.scheduling_priority,
            platform_capabilities: self.platform_capabilities,
            propagate_tags: self.propagate_tags,
            tags: self.tags,
        }
    }
}

impl Describe {
    fn filter(&self, region: &str, limit: usize) -> Result<Filter<'_>, Error> {
        let active = match self.status.as_deref() {
            None => None,
            Some("ACTIVE") => Some(true),
            Some("INACTIVE") => Some(false),
            Some(status) => return Err(Error::client(format!("status {status:?} should be ACTIVE or INACTIVE"))),
        };
        let after = self.next_token.as_deref().map(|token| {
            let (name, revision) = token.rsplit_once(':').ok_or_else(|| page::unknown_token(token))?;
            Ok::<_, Error>((name.to_owned(), revision.parse().map_err(|_| page::unknown_token(token))?))
        });
        let name = self.job_definition_name.as_deref().map(|name| name_of(region, Kind::Definition, name));
        Ok(Filter { name, active, after: after.transpose()?, limit })
    }
}

fn describe_one(region: &str, definition: &Definition) -> Value {
    let mut described = json!(definition.content);
    let arn = definition_arn(region, &definition.name, definition.revision);
    if let Some(object) = described.as_object_mut() {
        object.insert("jobDefinitionName".to_owned(), json!(definition.name));
        object.insert("jobDefinitionArn".to_owned(), json!(arn));
        object.insert("revision".to_owned(), json!(definition.revision));
        object.insert("status".to_owned(), json!(if definition.active { "ACTIVE" } else { "INACTIVE" }));
        object.insert("containerOrchestrationType".to_owned(), json!("ECS"));
    }
    described
}

pub(super) fn definition_arn(region: &str, name: &str, revision: u32) -> String {
    arn(region, Kind::Definition, &format!("{name}:{revision}"))
}

/// The definition that `reference` means: `name:revision`, an ARN, or a name, which means its newest active revision.
pub(super) fn find_definition(
    connection: &Connection,
    region: &str,
    reference: &str,
) -> Result<Option<Definition>, Error> {
    let name = name_of(region, Kind::Definition, reference);
    match name.rsplit_once(':') {
        Some((name, revision)) => match revision.parse() {
            Ok(revision) => definitions::find(connection, name, revision),
            Err(_) => Ok(None),
        },
        None => definitions::latest(connection, name),
    }
}

pub(super) fn check_timeout(timeout: Option<Timeout>) -> Result<(), Error> {
    match timeout.and_then(|timeout| timeout.attempt_duration_seconds) {
        Some(seconds) if seconds < 60 => {
            Err(Error::client(format!("timeout.attemptDurationSeconds is {seconds}; the least is 60")))
        }
        Some(_) | None => Ok(()),
    }
}

pub(super) fn check_priority(what: &str, priority: Option<u32>) -> Result<(), Error> {
    match priority {
        Some(priority) if priority > 9999 => Err(Error::client(format!("{what} is {priority}; it may be 0 to 9999"))),
        Some(_) | None => Ok(()),
    }
}
