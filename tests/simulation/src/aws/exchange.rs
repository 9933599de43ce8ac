//! An answer of a service, read whole, so that it can be looked at and changed.

use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::ConnectorError};
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{Response, StatusCode, header::CONTENT_LENGTH};
use local_wire::{AwsError, Body, collect};
use serde_json::Value;

/// No service here answers with more.
const LONGEST: usize = 64 * 1024 * 1024;

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    head: http::response::Parts,
    bytes: Bytes,
}

impl Answer {
    pub(super) async fn read(response: Response<Body>) -> Self {
        let (head, body) = response.into_parts();
        let bytes = collect(body, LONGEST).await.unwrap_or_default();
        Self { head, bytes }
    }

    /// An error of a service.
    pub(super) async fn error(status: u16, code: &'static str, message: &str) -> Self {
        Self::read(AwsError { status, code, message: message.to_owned() }.response()).await
    }

    pub(super) fn succeeded(&self) -> bool {
        self.head.status == StatusCode::OK
    }

    /// Its status and its error's name, for the trace.
    pub(super) fn in_words(&self) -> String {
        let error = self.head.headers.get("x-amzn-errortype").and_then(|code| code.to_str().ok());
        let named = error.map(str::to_owned).or_else(|| Some(self.json().get("__type")?.as_str()?.to_owned()));
        match named {
            Some(name) if !self.succeeded() => format!("{} {name}", self.head.status.as_u16()),
            Some(_) | None => self.head.status.as_u16().to_string(),
        }
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    pub(super) fn set(&mut self, json: &Value) {
        self.bytes = json.to_string().into();
        self.head.headers.remove(CONTENT_LENGTH);
    }

    pub(super) fn into_sdk(self) -> Result<HttpResponse, ConnectorError> {
        let response = Response::from_parts(self.head, SdkBody::from(self.bytes));
        HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
    }
}
