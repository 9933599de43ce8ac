//! What a function is told by its environment.

use std::collections::BTreeMap;

use local_surface::{ENDPOINT_CREDENTIALS, REGION, config};

/// The variables that Lambda sets, and those that the stack's template sets, for a function whose services are at `endpoint` and
/// whose Runtime API is at `runtime_api`.
pub(crate) fn environment(function: &str, endpoint: &str, runtime_api: &str) -> BTreeMap<&'static str, String> {
    let (access_key, secret_key) = ENDPOINT_CREDENTIALS;
    let of_lambda = [
        ("AWS_LAMBDA_RUNTIME_API", runtime_api.to_owned()),
        ("AWS_LAMBDA_FUNCTION_NAME", format!("batchwright-{function}")),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/batchwright-{function}")),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/24/[$LATEST]0b5b3c1a".to_owned()),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", access_key.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", secret_key.to_owned()),
        ("AWS_SESSION_TOKEN", "local".to_owned()),
        ("AWS_ENDPOINT_URL", endpoint.to_owned()),
    ];
    of_lambda.into_iter().chain(of_the_template(endpoint)).collect()
}

fn of_the_template(endpoint: &str) -> [(&'static str, String); 11] {
    let config = config(endpoint);
    [
        ("BATCHWRIGHT_TABLE", config.table),
        ("BATCHWRIGHT_INBOX_BUCKET", config.inbox_bucket),
        ("BATCHWRIGHT_WORK_BUCKET", config.work_bucket),
        ("BATCHWRIGHT_WAKE_QUEUE_URL", config.wake_queue_url),
        ("BATCHWRIGHT_REQUEST_QUEUE", config.request_queue),
        ("BATCHWRIGHT_JOB_QUEUES", config.job_queues.to_string()),
        // An optional one that a template leaves empty is as good as none.
        ("BATCHWRIGHT_EXECUTION_ROLE", config.jobs.execution_role.unwrap_or_default()),
        ("BATCHWRIGHT_JOB_ROLE", config.jobs.job_role.unwrap_or_default()),
        ("BATCHWRIGHT_SCHEDULE_GROUP", config.schedules.group),
        ("BATCHWRIGHT_SCHEDULE_FUNCTION_ARN", config.schedules.function_arn),
        ("BATCHWRIGHT_SCHEDULE_ROLE_ARN", config.schedules.role_arn),
    ]
}
