//! CreateJobQueue, UpdateJobQueue, DescribeJobQueues, DeleteJobQueue.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Empty, Named, page, tags::check_tags};
use crate::{
    Batch, Error,
    arn::{Kind, arn, check_name, name_of},
    table::{
        jobs,
        resources::{self, Enabled, Environment, EnvironmentOrder, Policy, Queue},
    },
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Create {
    job_queue_name: String,
    #[serde(default)]
    state: Enabled,
    priority: u32,
    #[serde(default)]
    compute_environment_order: Vec<EnvironmentOrder>,
    scheduling_policy_arn: Option<String>,
    #[serde(default)]
    job_state_time_limit_actions: Vec<Value>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Update {
    job_queue: String,
    state: Option<Enabled>,
    priority: Option<u32>,
    compute_environment_order: Option<Vec<EnvironmentOrder>>,
    scheduling_policy_arn: Option<String>,
    job_state_time_limit_actions: Option<Vec<Value>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Describe {
    #[serde(default)]
    job_queues: Vec<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

impl Batch {
    pub(super) fn create_job_queue(&self, create: Create) -> Result<Value, Error> {
        check_name("jobQueueName", &create.job_queue_name)?;
        check_tags(&create.tags)?;
        let queue = Queue {
            name: create.job_queue_name,
            state: create.state,
            priority: create.priority,
            compute_environment_order: create.compute_environment_order,
            scheduling_policy_arn: create.scheduling_policy_arn.filter(|arn| !arn.is_empty()),
            job_state_time_limit_actions: create.job_state_time_limit_actions,
            tags: create.tags,
        };
        self.config.store.write(|transaction| {
            if resources::find::<Queue>(transaction, &queue.name)?.is_some() {
                return Err(Error::client(format!("Object already exists: JobQueue {}", queue.name)));
            }
            check_room::<Queue>(transaction, "job queues")?;
            check_queue(transaction, &self.config.region, &queue)?;
            resources::save(transaction, &queue)
        })?;
        Ok(self.answer_queue(&queue.name))
    }

    pub(super) fn update_job_queue(&self, update: Update) -> Result<Value, Error> {
        let region = &self.config.region;
        let name = name_of(region, Kind::Queue, &update.job_queue).to_owned();
        self.config.store.write(|transaction| {
            let mut queue: Queue = resources::find(transaction, &name)?
                .ok_or_else(|| Error::client(format!("JobQueue {} not found.", update.job_queue)))?;
            if update.scheduling_policy_arn.is_some() && queue.scheduling_policy_arn.is_none() {
                return Err(Error::client("a job queue that was made without a scheduling policy cannot be given one"));
            }
            queue.state = update.state.unwrap_or(queue.state);
            queue.priority = update.priority.unwrap_or(queue.priority);
            queue.compute_environment_order =
                update.compute_environment_order.unwrap_or(queue.compute_environment_order);
            queue.scheduling_policy_arn = update.scheduling_policy_arn.or(queue.scheduling_policy_arn);
            queue.job_state_time_limit_actions =
                update.job_state_time_limit_actions.unwrap_or(queue.job_state_time_limit_actions);
            check_queue(transaction, region, &queue)?;
            jobs::reprioritise(transaction, &queue.name, queue.priority)?;
            resources::save(transaction, &queue)
        })?;
        Ok(self.answer_queue(&name))
    }

    pub(super) fn describe_job_queues(&self, describe: &Describe) -> Result<Value, Error> {
        let region = &self.config.region;
        let found: Vec<Queue> = self.config.store.read(resources::all)?;
        let names = describe.job_queues.iter().map(|reference| name_of(region, Kind::Queue, reference));
        let page = page::of(found, &names.collect::<Vec<_>>(), describe.max_results, describe.next_token.as_deref())?;
        let described: Vec<Value> = page.items.iter().map(|queue| describe_one(region, queue)).collect();
        Ok(json!({ "jobQueues": described, "nextToken": page.next_token }))
    }

    /// One that does not exist is no error, as with AWS.
    pub(super) fn delete_job_queue(&self, named: &Named) -> Result<Empty, Error> {
        let name = name_of(&self.config.region, Kind::Queue, &named.name);
        self.config.store.write(|transaction| {
            let Some(queue) = resources::find::<Queue>(transaction, name)? else { return Ok(Empty {}) };
            if queue.state == Enabled::Enabled {
                return Err(Error::client(format!("Cannot delete, JobQueue {name} should be DISABLED first")));
            }
            if jobs::any_unfinished(transaction, name)? {
                return Err(Error::client(format!(
                    "Cannot delete, JobQueue {name} has jobs that have not ended: terminate them first"
                )));
            }
            resources::delete::<Queue>(transaction, name)?;
            Ok(Empty {})
        })
    }

    fn answer_queue(&self, name: &str) -> Value {
        json!({ "jobQueueName": name, "jobQueueArn": arn(&self.config.region, Kind::Queue, name) })
    }
}

/// AWS lets an account have 50 of each in a region.
pub(super) fn check_room<R: resources::Resource>(connection: &Connection, what: &str) -> Result<(), Error> {
    if resources::all::<R>(connection)?.len() >= 50 {
        return Err(Error::client(format!("there are 50 {what}, the most that there may be")));
    }
    Ok(())
}

fn check_queue(connection: &Connection, region: &str, queue: &Queue) -> Result<(), Error> {
    if !(1..=3).contains(&queue.compute_environment_order.len()) {
        return Err(Error::client("computeEnvironmentOrder should name 1 to 3 compute environments"));
    }
    for ordered in &queue.compute_environment_order {
        let name = name_of(region, Kind::Environment, &ordered.compute_environment);
        if resources::find::<Environment>(connection, name)?.is_none() {
            return Err(Error::client(format!("ComputeEnvironment {} not found.", ordered.compute_environment)));
        }
    }
    if let Some(policy) = &queue.scheduling_policy_arn {
        let name = name_of(region, Kind::Policy, policy);
        if resources::find::<Policy>(connection, name)?.is_none() {
            return Err(Error::client(format!("SchedulingPolicy {policy} not found.")));
        }
    }
    Ok(())
}

fn describe_one(region: &str, queue: &Queue) -> Value {
    let mut described = json!(queue);
    for order in described.get_mut("computeEnvironmentOrder").and_then(Value::as_array_mut).into_iter().flatten() {
        let name = order.get("computeEnvironment").and_then(Value::as_str).unwrap_or_default();
        let arn = arn(region, Kind::Environment, name_of(region, Kind::Environment, name));
        if let Some(order) = order.as_object_mut() {
            order.insert("computeEnvironment".to_owned(), json!(arn));
        }
    }
    if let Some(object) = described.as_object_mut() {
        object.insert("jobQueueArn".to_owned(), json!(arn(region, Kind::Queue, &queue.name)));
        object.insert("status".to_owned(), json!("VALID"));
        object.insert("statusReason".to_owned(), json!("JobQueue Healthy"));
    }
    described
}
