//! The REST API, in the paths of AWS's model.

mod groups;
mod query;
mod schedules;
mod tags;

use bytes::Bytes;
use http::{Method, Request, Response};
use local_wire::{Answer, AwsError, Body, Service, collect, json};
use serde_json::Value;

use crate::{Error, Scheduler};
use query::{Query, decode};

/// Larger than any request that AWS takes: an input has at most 256 KiB.
const MAX_REQUEST: usize = 1024 * 1024;

/// What a client asks for, without the operation.
struct Call {
    query: Query,
    content: Bytes,
}

impl Service for Scheduler {
    fn call(&self, request: Request<Body>) -> Answer<'_> {
        Box::pin(self.answer(request))
    }
}

impl Scheduler {
    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        json(self.serve(request).await.map_err(AwsError::from))
    }

    async fn serve(&self, request: Request<Body>) -> Result<Value, Error> {
        let (parts, body) = request.into_parts();
        let segments: Vec<String> = parts.uri.path().split('/').filter(|part| !part.is_empty()).map(decode).collect();
        let content = collect(body, MAX_REQUEST).await.map_err(|error| Error::validation(error.to_string()))?;
        let call = Call { query: Query::parse(parts.uri.query().unwrap_or_default()), content };
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        let content = self.perform(&parts.method, &path, &call)?;
        if parts.method != Method::GET {
            self.config.store.durable().await?;
        }
        Ok(content)
    }

    fn perform(&self, method: &Method, path: &[&str], call: &Call) -> Result<Value, Error> {
        match (method.as_str(), path) {
            ("POST", ["schedules", name]) => schedules::create(self, name, call),
            ("PUT", ["schedules", name]) => schedules::update(self, name, call),
            ("GET", ["schedules", name]) => schedules::get(self, name, call),
            ("DELETE", ["schedules", name]) => schedules::delete(self, name, call),
            ("GET", ["schedules"]) => schedules::list(self, call),
            ("POST", ["schedule-groups", name]) => groups::create(self, name, call),
            ("GET", ["schedule-groups", name]) => groups::get(self, name),
            ("DELETE", ["schedule-groups", name]) => groups::delete(self, name),
            ("GET", ["schedule-groups"]) => groups::list(self, call),
            ("GET", ["tags", arn]) => tags::list(self, arn),
            ("POST", ["tags", arn]) => tags::tag(self, arn, call),
            ("DELETE", ["tags", arn]) => tags::untag(self, arn, call),
            (method, path) => Err(Error::UnknownOperation(format!(
                "{method} /{} is no operation of EventBridge Scheduler. Served are all on /schedules, /schedule-groups and \
                 /tags.",
                path.join("/")
            ))),
        }
    }
}

/// A time as AWS's JSON has it: seconds since the Unix epoch, with a fraction.
#[expect(clippy::cast_precision_loss, reason = "exact for 285,000 years")]
fn seconds(at_ms: u64) -> f64 {
    at_ms as f64 / 1_000.0
}
