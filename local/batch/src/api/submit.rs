//! SubmitJob.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    definitions::{check_priority, check_timeout, definition_arn, find_definition},
    tags::check_tags,
};
use crate::{
    Batch, Error,
    arn::{Kind, check_name, name_of},
    container::{self, Demand},
    detail::job_arn,
    job::{Dependency, DependencyType, JobKey, Kind as JobKind, RetryStrategy, Spec},
    ledger::{Ledger, Submission},
    table::{
        definitions::{Definition, Timeout},
        jobs::{self, Rank},
        resources::{self, Enabled, Queue},
    },
};

/// The size of a request that AWS takes.
const LIMIT: usize = 30 * 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Submit {
    job_name: String,
    job_queue: String,
    job_definition: String,
    array_properties: Option<ArrayProperties>,
    container_overrides: Option<Map<String, Value>>,
    #[serde(default)]
    depends_on: Vec<Dependency>,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    retry_strategy: Option<RetryStrategy>,
    timeout: Option<Timeout>,
    share_identifier: Option<String>,
    scheduling_priority_override: Option<u32>,
    propagate_tags: Option<bool>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    node_overrides: Option<Value>,
    eks_properties_override: Option<Value>,
    ecs_properties_override: Option<Value>,
}

#[derive(Debug, Deserialize)]
struct ArrayProperties {
    size: Option<u32>,
}

impl Batch {
    pub(super) fn submit_job(&self, submit: Submit, size: usize) -> Result<Value, Error> {
        if size > LIMIT {
            return Err(Error::client(format!("the request has {size} bytes; it may have up to {LIMIT}")));
        }
        submit.check()?;
        let name = submit.job_name.clone();
        let key = self.commit(|ledger| {
            let submission = submit.resolve(ledger)?;
            ledger.submit(submission)
        })?;
        Ok(json!({ "jobArn": job_arn(&self.config.region, &key), "jobName": name, "jobId": key.to_string() }))
    }
}

impl Submit {
    /// What can be said without looking anything up.
    fn check(&self) -> Result<(), Error> {
        check_name("Job name", &self.job_name)?;
        if let Some(size) = self.array_size().filter(|size| !(2..=10_000).contains(size)) {
            return Err(Error::client(format!("arrayProperties.size is {size}; it may be 2 to 10000")));
        }
        if self.depends_on.len() > 20 {
            return Err(Error::client(format!("dependsOn names {} jobs; it may name up to 20", self.depends_on.len())));
        }
        if let Some(retry) = &self.retry_strategy {
            retry.check()?;
        }
        if self.node_overrides.is_some()
            || self.eks_properties_override.is_some()
            || self.ecs_properties_override.is_some()
        {
            return Err(Error::client(
                "jobs on this machine take containerOverrides only: they are neither ECS tasks of many containers, nor on EKS, nor multi-node",
            ));
        }
        check_timeout(self.timeout)?;
        check_priority("schedulingPriorityOverride", self.scheduling_priority_override)?;
        check_tags(&self.tags)
    }

    fn array_size(&self) -> Option<u32> {
        self.array_properties.as_ref().and_then(|properties| properties.size)
    }

    /// Puts together the submission, its queue, and its definition.
    fn resolve(self, ledger: &Ledger<'_>) -> Result<Submission, Error> {
        let region = &ledger.config.region;
        let queue = self.find_queue(ledger.transaction, region)?;
        let definition = self.find_definition(ledger.transaction, region)?;
        self.check_dependencies(ledger.transaction)?;
        let content = definition.content;
        let mut parameters = content.parameters;
        parameters.extend(self.parameters.clone());
        let container =
            container::resolve(&content.container_properties, self.container_overrides.as_ref(), &parameters)?;
        container::environment(&container)?;
        if content.platform_capabilities.iter().any(|platform| platform == "FARGATE") {
            container::check_fargate(&container)?;
        }
        let priority = self.scheduling_priority_override.or(content.scheduling_priority);
        let fair = queue.scheduling_policy_arn.is_some();
        Ok(Submission {
            // A plain queue is first in, first out.
            rank: Rank { queue_priority: queue.priority, priority: priority.filter(|_| fair).unwrap_or(0) },
            demand: Demand::of(&container)?,
            queue: queue.name,
            spec: Spec {
                definition: definition_arn(region, &definition.name, definition.revision),
                container,
                retry: self.retry_strategy.clone().or(content.retry_strategy).unwrap_or_default(),
                timeout_seconds: self.timeout.or(content.timeout).and_then(|timeout| timeout.attempt_duration_seconds),
                array_size: self.array_size(),
                depends_on: self.depends_on,
                parameters,
                tags: self.tags,
                propagate_tags: self.propagate_tags.unwrap_or(content.propagate_tags),
                platform_capabilities: content.platform_capabilities,
                share_identifier: self.share_identifier,
                scheduling_priority: priority.filter(|_| fair),
            },
            name: self.job_name,
        })
    }

    fn find_queue(&self, connection: &Connection, region: &str) -> Result<Queue, Error> {
        let name = name_of(region, Kind::Queue, &self.job_queue);
        let queue: Queue = resources::find(connection, name)?
            .ok_or_else(|| Error::client(format!("JobQueue {} not found.", self.job_queue)))?;
        if queue.state == Enabled::Disabled {
            return Err(Error::client(format!("JobQueue {name} is DISABLED: it takes no jobs until it is ENABLED")));
        }
        match (&self.share_identifier, &queue.scheduling_policy_arn) {
            (None, None) => {}
            (Some(share), Some(_)) => check_share(share)?,
            (None, Some(_)) => {
                return Err(Error::client(format!(
                    "shareIdentifier is required: JobQueue {name} has a fair-share policy"
                )));
            }
            (Some(_), None) => {
                return Err(Error::client(format!(
                    "shareIdentifier is not allowed: JobQueue {name} has no fair-share policy"
                )));
            }
        }
        Ok(queue)
    }

    fn find_definition(&self, connection: &Connection, region: &str) -> Result<Definition, Error> {
        let found = find_definition(connection, region, &self.job_definition)?;
        found.filter(|definition| definition.active).ok_or_else(|| {
            Error::client(format!("JobDefinition {} does not exist or is not in ACTIVE status", self.job_definition))
        })
    }

    fn check_dependencies(&self, connection: &Connection) -> Result<(), Error> {
        for dependency in &self.depends_on {
            let other = match &dependency.job_id {
                Some(id) => {
                    let found = id.parse().ok().map(|key: JobKey| jobs::find(connection, &key)).transpose()?.flatten();
                    Some(found.ok_or_else(|| Error::client(format!("dependsOn: the job {id} is not known here")))?)
                }
                None => None,
            };
            self.check_dependency(dependency.kind, other.map(|job| job.kind))?;
        }
        Ok(())
    }

    fn check_dependency(&self, kind: Option<DependencyType>, other: Option<JobKind>) -> Result<(), Error> {
        let size = self.array_size();
        match (kind, other) {
            (None, Some(_)) => Ok(()),
            (None, None) => Err(Error::client("dependsOn needs a jobId, or the type SEQUENTIAL")),
            (Some(DependencyType::Sequential), None) if size.is_some() => Ok(()),
            (Some(DependencyType::Sequential), _) => Err(Error::client(
                "dependsOn SEQUENTIAL is for array jobs, between their own children: without a jobId",
            )),
            (Some(DependencyType::NToN), Some(JobKind::Array { size: other })) if size == Some(other) => Ok(()),
            (Some(DependencyType::NToN), _) => Err(Error::client(
                "dependsOn N_TO_N is for an array job, with the jobId of an array job of the same size",
            )),
        }
    }
}

fn check_share(share: &str) -> Result<(), Error> {
    let stem = share.strip_suffix('*').unwrap_or(share);
    if stem.is_empty() || share.len() > 255 || !stem.chars().all(|c| c.is_ascii_alphanumeric()) {
        return Err(Error::client(format!("shareIdentifier {share:?} should be 1 to 255 letters and digits")));
    }
    Ok(())
}
