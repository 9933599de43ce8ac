//! `SubmitJob`: the one call that must not happen twice.

use std::time::Duration;

use aws_sdk_batch::{
    config::{Builder, retry::RetryConfig, timeout::TimeoutConfig},
    error::{ProvideErrorMetadata, SdkError},
    operation::submit_job::SubmitJobError,
    types::{
        ArrayProperties, ContainerOverrides, EvaluateOnExit, JobTimeout, KeyValuePair, NodeOverrides,
        NodePropertyOverride, RetryAction, RetryStrategy,
    },
};
use machine::{Cause, CauseKind, JobId, JobQueue, stage::SubmitAnswer};
use pipeline::{BatchRetry, ExitPattern};

use crate::{
    jobs::{Jobs, container, name::JobName},
    place,
};

/// How long the client waits for an answer. Well below the lease, of which something is already gone when it is sent.
pub const TIMEOUT: Duration = Duration::from_secs(10);

/// A job to submit.
#[derive(Debug, Clone)]
pub struct Submission<'a> {
    /// Its name.
    pub name: JobName,
    /// Where it goes.
    pub queue: &'a JobQueue,
    /// The name of its job definition.
    pub definition: String,
    /// The stage.
    pub stage: &'a pipeline::Stage,
    /// Its memory in MiB: more than the stage asks for, if that was too little.
    pub memory_mib: u32,
    /// Its command and environment.
    pub rendered: &'a pipeline::Rendered,
    /// The S3 URI that it is to write its outputs to.
    pub outputs_uri: Option<String>,
    /// The S3 URI of its items, if it is done for many.
    pub items_uri: Option<String>,
    /// Where it stands among the others, in a queue with a fair-share policy. One without refuses to be told.
    pub share: Option<Share<'a>>,
}

/// Where a job stands in a fair-share queue.
#[derive(Debug, Clone, Copy)]
pub struct Share<'a> {
    /// The share identifier that it counts towards.
    pub identifier: &'a str,
    /// Its scheduling priority within that, 0 to 9999.
    pub priority: u16,
}

impl Jobs {
    /// Calls `SubmitJob` once: the SDK's retries are off, because a retry after a timeout makes a twin.
    pub async fn submit(&self, submission: &Submission<'_>) -> SubmitAnswer {
        let timeouts = TimeoutConfig::builder().operation_timeout(TIMEOUT).operation_attempt_timeout(TIMEOUT).build();
        let once = Builder::new().retry_config(RetryConfig::disabled()).timeout_config(timeouts);
        let job = &submission.stage.job;
        let tags = job.tags.clone().into_iter().collect();
        let (of_container, of_nodes) = match job.container.nodes {
            None => (Some(overrides(submission)), None),
            Some(_) => (None, Some(for_every_node(overrides(submission)))),
        };
        // Ours says how often itself, and what it consumes.
        let retry = job.existing.as_ref().is_none_or(|existing| existing.retry);
        let consumes = job.existing.as_ref().and_then(|_| container::consumables(&job.container));
        let request = self
            .client
            .submit_job()
            .set_tags(Some(tags))
            // They are for what costs money, and that is the task.
            .set_propagate_tags((!job.tags.is_empty()).then_some(true))
            .job_name(submission.name.to_string())
            .job_queue(submission.queue.as_str())
            .job_definition(&submission.definition)
            .set_share_identifier(submission.share.map(|share| share.identifier.to_owned()))
            .set_scheduling_priority_override(submission.share.map(|share| i32::from(share.priority)))
            .set_container_overrides(of_container)
            .set_node_overrides(of_nodes)
            .set_consumable_resource_properties_override(consumes)
            .set_retry_strategy(retry.then(|| retry_strategy(&submission.stage.retry.batch)))
            .set_array_properties(submission.rendered.array.map(array))
            .set_timeout(submission.stage.timeout_s.map(timeout))
            .tags("batchwright:run", submission.name.run.as_str())
            .tags("batchwright:stage", &submission.name.stage)
            .tags("batchwright:attempt", submission.name.attempt.to_string());
        match request.customize().config_override(once).send().await {
            Ok(output) => match output.job_id() {
                Some(id) => SubmitAnswer::Done(JobId::new(id)),
                None => SubmitAnswer::Unknown,
            },
            Err(error) => classify(&error),
        }
    }
}

fn overrides(submission: &Submission<'_>) -> ContainerOverrides {
    let ours = [
        ("BATCHWRIGHT_RUN", submission.name.run.to_string()),
        ("BATCHWRIGHT_STAGE", submission.name.stage.clone()),
        ("BATCHWRIGHT_ATTEMPT", submission.name.attempt.to_string()),
    ];
    let outputs = submission.outputs_uri.as_ref().map(|uri| ("BATCHWRIGHT_OUTPUTS", uri.clone()));
    let chunk = submission.name.chunk.map(|chunk| ("BATCHWRIGHT_CHUNK", place::chunk_name(chunk)));
    let items = submission.items_uri.as_ref().map(|uri| ("BATCHWRIGHT_ITEMS", uri.clone()));
    let rendered = submission.rendered.env.iter().map(|(name, value)| (name.as_str(), value.clone()));
    let environment = ours.into_iter().chain(outputs).chain(chunk).chain(items).chain(rendered);
    ContainerOverrides::builder()
        .set_command(container::listed(submission.rendered.command.clone()))
        .set_environment(Some(
            environment.map(|(name, value)| KeyValuePair::builder().name(name).value(value).build()).collect(),
        ))
        .set_resource_requirements(container::listed(container::resources(submission.stage, submission.memory_mib)))
        .build()
}

fn for_every_node(overrides: ContainerOverrides) -> NodeOverrides {
    let every = NodePropertyOverride::builder().target_nodes(container::EVERY_NODE).container_overrides(overrides);
    NodeOverrides::builder().node_property_overrides(every.build()).build()
}

fn retry_strategy(retry: &BatchRetry) -> RetryStrategy {
    let rules = retry.evaluate_on_exit.iter().map(|rule| {
        let action = if rule.retries { RetryAction::Retry } else { RetryAction::Exit };
        let evaluated = EvaluateOnExit::builder().action(action);
        match &rule.pattern {
            ExitPattern::StatusReason(pattern) => evaluated.on_status_reason(*pattern),
            ExitPattern::Reason(pattern) => evaluated.on_reason(*pattern),
            ExitPattern::ExitCode(code) => evaluated.on_exit_code(code.to_string()),
            ExitPattern::Anything => evaluated.on_reason("*"),
        }
        .build()
    });
    let rules: Option<Vec<_>> = (!retry.evaluate_on_exit.is_empty()).then(|| rules.collect());
    RetryStrategy::builder().attempts(i32::from(retry.attempts)).set_evaluate_on_exit(rules).build()
}

fn array(size: u32) -> ArrayProperties {
    ArrayProperties::builder().size(i32::try_from(size).unwrap_or(i32::MAX)).build()
}

fn timeout(seconds: u32) -> JobTimeout {
    JobTimeout::builder().attempt_duration_seconds(i32::try_from(seconds).unwrap_or(i32::MAX)).build()
}

/// Which of the four answers an error is. In doubt it is *unknown*, which is always safe: the claim is then settled.
fn classify<R>(error: &SdkError<SubmitJobError, R>) -> SubmitAnswer
where
    R: HasStatus,
{
    if let SdkError::ConstructionFailure(_) = error {
        // It was never sent.
        return SubmitAnswer::Throttled;
    }
    let SdkError::ServiceError(service) = error else { return SubmitAnswer::Unknown };
    let code = error.code().unwrap_or_default();
    match service.raw().status() {
        408 => SubmitAnswer::Unknown,
        429 => SubmitAnswer::Throttled,
        400..=499 if code.starts_with("RequestTimeout") => SubmitAnswer::Unknown,
        400..=499 if THROTTLING.contains(&code) || AUTHENTICATION.contains(&code) => SubmitAnswer::Throttled,
        400..=499 => {
            let message = error.message().unwrap_or("no reason given");
            SubmitAnswer::Refused(Cause::new(CauseKind::Refused, format!("SubmitJob was refused: {code}: {message}")))
        }
        _ => SubmitAnswer::Unknown,
    }
}

/// The names that AWS services and gateways give to throttling, as in the SDKs' own lists.
const THROTTLING: [&str; 9] = [
    "TooManyRequestsException",
    "ThrottlingException",
    "ThrottledException",
    "Throttling",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "SlowDown",
    "EC2ThrottledException",
];

/// Refused before they reach Batch, and right again with fresh credentials or the right time.
const AUTHENTICATION: [&str; 8] = [
    "ExpiredTokenException",
    "ExpiredToken",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "UnrecognizedClientException",
    "IncompleteSignature",
];

/// What can tell its HTTP status.
trait HasStatus {
    fn status(&self) -> u16;
}

impl HasStatus for aws_smithy_runtime_api::client::orchestrator::HttpResponse {
    fn status(&self) -> u16 {
        self.status().as_u16()
    }
}
