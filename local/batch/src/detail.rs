//! A job in AWS's words: `JobDetail` and `JobSummary`.

use serde_json::{Map, Value, json};

use crate::{
    arn::{ACCOUNT, Kind as ArnKind, arn},
    job::{Attempt, Ended, Job, JobKey, Kind, Spec, State, Status, Stop},
};

/// How many children have each status.
pub(crate) type Summary = Vec<(Status, u32)>;

/// A `JobDetail`, which is also an event's `detail`. `summary` is for the parents of arrays.
pub(crate) fn detail(region: &str, job: &Job, spec: &Spec, summary: Option<Summary>) -> Map<String, Value> {
    let mut detail = common(region, job, summary);
    let queue = arn(region, ArnKind::Queue, &job.queue);
    insert(&mut detail, "jobQueue", queue);
    insert(&mut detail, "jobDefinition", spec.definition.as_str());
    insert(
        &mut detail,
        "attempts",
        job.attempts.iter().map(|attempt| attempt_detail(region, spec, attempt)).collect::<Value>(),
    );
    insert(&mut detail, "retryStrategy", json!(spec.retry));
    insert(&mut detail, "dependsOn", json!(spec.depends_on));
    insert(&mut detail, "parameters", json!(spec.parameters));
    insert(&mut detail, "container", container(region, job, spec));
    insert(&mut detail, "tags", json!(spec.tags));
    insert(&mut detail, "propagateTags", spec.propagate_tags);
    insert(&mut detail, "platformCapabilities", json!(spec.platform_capabilities));
    if let Some(seconds) = spec.timeout_seconds {
        insert(&mut detail, "timeout", json!({ "attemptDurationSeconds": seconds }));
    }
    if let Some(share) = &spec.share_identifier {
        insert(&mut detail, "shareIdentifier", share.as_str());
    }
    if let Some(priority) = spec.scheduling_priority {
        insert(&mut detail, "schedulingPriority", priority);
    }
    detail
}

/// A `JobSummary`.
pub(crate) fn summary(region: &str, job: &Job, definition: &str) -> Map<String, Value> {
    let mut summary = common(region, job, None);
    insert(&mut summary, "jobDefinition", definition);
    if let Some(last) = last_attempt(job) {
        insert(&mut summary, "container", without_nulls(json!({ "exitCode": last.exit_code, "reason": last.reason })));
    }
    summary
}

/// What both have.
fn common(region: &str, job: &Job, children: Option<Summary>) -> Map<String, Value> {
    let (started_ms, ended) = match &job.state {
        State::Running { started_ms, .. } => (Some(*started_ms), None),
        State::Succeeded(ended) | State::Failed(ended) => (ended.started_ms, Some(ended)),
        State::Pending { .. } | State::Runnable | State::Starting { .. } => (None, None),
    };
    let properties = match job.kind {
        Kind::Single => None,
        Kind::Array { size } => Some(json!({ "size": size, "statusSummary": children.map(counts) })),
        Kind::Child { .. } => Some(json!({ "index": job.key.child })),
    };
    let mut detail = Map::new();
    insert(&mut detail, "jobArn", job_arn(region, &job.key));
    insert(&mut detail, "jobName", job.name.as_str());
    insert(&mut detail, "jobId", job.key.to_string());
    insert(&mut detail, "status", job.status().as_str());
    insert(&mut detail, "statusReason", ended.and_then(|Ended { reason, .. }| reason.clone()));
    insert(&mut detail, "createdAt", job.created_ms);
    insert(&mut detail, "startedAt", started_ms);
    insert(&mut detail, "stoppedAt", ended.map(|ended| ended.stopped_ms));
    insert(&mut detail, "arrayProperties", properties.map(without_nulls));
    insert(&mut detail, "isCancelled", matches!(job.stop, Some(Stop::Cancelled(_))));
    insert(&mut detail, "isTerminated", matches!(job.stop, Some(Stop::Terminated(_))));
    detail.retain(|_, value| !value.is_null());
    detail
}

fn counts(summary: Summary) -> Map<String, Value> {
    summary.into_iter().map(|(status, count)| (status.as_str().to_owned(), json!(count))).collect()
}

/// The container as it was asked for, and what became of it in the attempt that runs, or ran last.
fn container(region: &str, job: &Job, spec: &Spec) -> Value {
    let mut container = Value::Object(spec.container.clone());
    let current = match &job.state {
        State::Starting { task } | State::Running { task, .. } => Some(task.as_str()),
        State::Pending { .. } | State::Runnable | State::Succeeded(_) | State::Failed(_) => None,
    };
    let last = last_attempt(job);
    if let (Some(container), Some(task)) = (container.as_object_mut(), current.or(last.map(|last| last.task.as_str())))
    {
        insert(container, "taskArn", task_arn(region, task));
        insert(container, "logStreamName", log_stream(spec, task));
        if let (None, Some(last)) = (current, last) {
            insert(container, "exitCode", last.exit_code);
            insert(container, "reason", last.reason.clone());
        }
    }
    without_nulls(container)
}

/// The last attempt of a job that has ended, or waits for the next one.
fn last_attempt(job: &Job) -> Option<&Attempt> {
    match job.state {
        State::Runnable | State::Succeeded(_) | State::Failed(_) => job.attempts.last(),
        State::Pending { .. } | State::Starting { .. } | State::Running { .. } => None,
    }
}

fn attempt_detail(region: &str, spec: &Spec, attempt: &Attempt) -> Value {
    without_nulls(json!({
        "container": without_nulls(json!({
            "taskArn": task_arn(region, &attempt.task),
            "logStreamName": log_stream(spec, &attempt.task),
            "exitCode": attempt.exit_code,
            "reason": attempt.reason,
            "networkInterfaces": [],
        })),
        "startedAt": attempt.started_ms,
        "stoppedAt": attempt.stopped_ms,
        "statusReason": attempt.status_reason,
    }))
}

pub(crate) fn job_arn(region: &str, key: &JobKey) -> String {
    arn(region, ArnKind::Job, &key.to_string())
}

fn task_arn(region: &str, task: &str) -> String {
    format!("arn:aws:ecs:{region}:{ACCOUNT}:task/local/{task}")
}

/// As AWS names the streams of the log group `/aws/batch/job`: definition, container, task.
fn log_stream(spec: &Spec, task: &str) -> String {
    let definition = spec.definition.rsplit('/').next().unwrap_or_default();
    let name = definition.split(':').next().unwrap_or_default();
    format!("{name}/default/{task}")
}

fn insert(object: &mut Map<String, Value>, key: &str, value: impl Into<Value>) {
    object.insert(key.to_owned(), value.into());
}

/// AWS leaves out what is not set.
fn without_nulls(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    value
}
