//! A request, as far as the network tells requests apart.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

/// A request of an SDK.
#[derive(Debug, Clone)]
pub struct Call {
    /// The service: `dynamodb`, `batch`, `sqs`, `s3`, `scheduler`.
    pub service: String,
    /// The operation, such as `PutItem`; for the services whose protocol is REST, the path's end in lower case, or the method.
    pub operation: String,
    /// The body, if it is JSON.
    pub body: Value,
    /// The key of the manifest that is put, and its lines.
    pub manifest: Option<(String, Vec<Value>)>,
}

impl Call {
    /// Reads a request.
    pub fn read(request: &HttpRequest) -> Self {
        let authorization = request.headers().get("authorization").unwrap_or_default();
        let credential = authorization.split_once("Credential=").map_or("", |(_, rest)| rest);
        let service =
            credential.split([',', ' ']).next().and_then(|scope| scope.rsplit('/').nth(1)).unwrap_or_default();
        let target = request.headers().get("x-amz-target").and_then(|target| target.rsplit('.').next());
        let path = request.uri().split('?').next().unwrap_or_default();
        let operation = match (target, service) {
            (Some(target), _) => target,
            (None, "batch") => path.rsplit('/').next().unwrap_or_default(),
            (None, _) => request.method(),
        };
        let body = request.body().bytes().and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default();
        let manifest =
            path.split_once("/manifests/").filter(|_| service == "s3" && operation == "PUT").map(|(_, name)| {
                let text = request.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
                let lines = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
                (format!("manifests/{name}"), lines)
            });
        Self { service: service.to_owned(), operation: operation.to_owned(), body, manifest }
    }

    /// Its service and operation, and the index if it is a query of one.
    pub fn kind(&self) -> String {
        format!("{} {} {}", self.service, self.operation, self.text("/IndexName")).trim_end().to_owned()
    }

    /// Whether it is that operation of that service.
    pub fn is(&self, service: &str, operation: &str) -> bool {
        self.service == service && self.operation == operation
    }

    /// Whether it changes nothing.
    pub fn reads(&self) -> bool {
        matches!(
            self.operation.as_str(),
            "GetItem" | "Query" | "GET" | "listjobs" | "describejobs" | "describejobdefinitions"
        )
    }

    /// Whether a read of DynamoDB is to see all that was written before.
    pub fn is_consistent(&self) -> bool {
        self.body.get("ConsistentRead").and_then(Value::as_bool).unwrap_or_default()
    }

    /// A text of the body.
    pub fn text(&self, pointer: &str) -> &str {
        self.body.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// Its subject, for the trace: the key of an item, the name or id of a job.
    pub fn subject(&self) -> String {
        let places = [
            "/Item/PK/S",
            "/Item/SK/S",
            "/Item/st/S",
            "/Key/PK/S",
            "/Key/SK/S",
            "/IndexName",
            "/UpdateExpression",
            "/jobName",
            "/jobId",
            "/jobs/0",
            "/filters/0/values/0",
            "/MessageBody",
        ];
        let found: Vec<&str> = places.iter().map(|place| self.text(place)).filter(|text| !text.is_empty()).collect();
        found.join(" ")
    }
}
