//! AWS, frozen: what was written before is there, and whatever is written now is answered for and forgotten. So each case finds the
//! same, whichever came before it.

use std::sync::atomic::{AtomicBool, Ordering};

use http::{HeaderValue, Request, Response, StatusCode, header::CONTENT_TYPE};
use local_surface::DynamoDb;
use local_wire::{Answer, AwsError, Body, Service, body, collect, scope, target};
use serde_json::{Value, json};

/// What DynamoDB takes.
const BODY_BYTES: usize = 16 * 1024 * 1024;
/// The header that names an operation.
const TARGET: &str = "x-amz-target";
/// What lies in S3 under any key of a definition.
const DEFINITION: &str = "pipeline: dropped\nstages: { a: { image: busybox, command: [date] } }\n";

/// The services.
pub(crate) struct Frozen {
    dynamodb: DynamoDb,
    frozen: AtomicBool,
}

impl Frozen {
    /// Not yet frozen.
    pub(crate) fn new(dynamodb: DynamoDb) -> Self {
        Self { dynamodb, frozen: AtomicBool::new(false) }
    }

    /// From here on nothing changes.
    pub(crate) fn freeze(&self) {
        self.frozen.store(true, Ordering::Relaxed);
    }

    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        match scope(&request).map(|scope| scope.service).as_deref() {
            Some("dynamodb") if self.frozen.load(Ordering::Relaxed) => self.table(request).await,
            Some("dynamodb") => self.dynamodb.call(request).await,
            Some("s3") => object(request.uri().path()),
            Some("sqs") => content(&json!({ "MessageId": "00000000-0000-0000-0000-000000000000" })),
            Some("scheduler") => {
                content(&json!({ "ScheduleArn": "arn:aws:scheduler:us-east-1:000000000000:schedule/batchwright/s" }))
            }
            Some("batch") => batch(request.uri().path()),
            Some(_) | None => AwsError::client("UnknownService", "there is no such service").response(),
        }
    }

    /// Reads are read; a write is answered as if it had been done, and an update with the item as it is.
    async fn table(&self, mut request: Request<Body>) -> Response<Body> {
        match target(request.headers()) {
            Some("PutItem" | "DeleteItem" | "TransactWriteItems") => content(&json!({})),
            Some("UpdateItem") => {
                request.headers_mut().insert(TARGET, HeaderValue::from_static("DynamoDB_20120810.GetItem"));
                let (head, update) = request.into_parts();
                let update = parsed(update).await;
                let of = |name: &str| update.get(name).cloned().unwrap_or_default();
                let get = json!({ "TableName": of("TableName"), "Key": of("Key"), "ConsistentRead": true });
                let got = self.dynamodb.call(Request::from_parts(head, body(get.to_string()))).await;
                let item = parsed(got.into_body()).await.get("Item").cloned().unwrap_or_else(|| json!({}));
                content(&json!({ "Attributes": item }))
            }
            Some(_) | None => self.dynamodb.call(request).await,
        }
    }
}

impl Service for Frozen {
    fn call(&self, request: Request<Body>) -> Answer<'_> {
        Box::pin(self.answer(request))
    }
}

async fn parsed(body: Body) -> Value {
    let bytes = collect(body, BODY_BYTES).await.unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// Batch takes every job, and knows none.
fn batch(path: &str) -> Response<Body> {
    content(&match path {
        "/v1/submitjob" => json!({ "jobId": "b3d334bb-6b5b-5c9c-88c0-7d37ae180ade", "jobName": "j" }),
        "/v1/registerjobdefinition" => {
            json!({ "jobDefinitionArn": "arn:aws:batch:us-east-1:000000000000:job-definition/d:1", "jobDefinitionName": "d", "revision": 1 })
        }
        _ => json!({ "jobs": [], "jobSummaryList": [], "jobDefinitions": [] }),
    })
}

fn object(path: &str) -> Response<Body> {
    if path.contains("/pipelines/") {
        return Response::new(body(DEFINITION));
    }
    let mut response = Response::new(body("<Error><Code>NoSuchKey</Code><Message>there is none</Message></Error>"));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn content(value: &Value) -> Response<Body> {
    let mut response = Response::new(body(value.to_string()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}
