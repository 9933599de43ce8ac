//! What AWS's JSON protocols have in common.

use http::{HeaderMap, HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use serde::Serialize;

use crate::{Body, body};

/// An error as AWS's JSON protocols carry it: a type that clients match on, and a message for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct AwsError {
    /// The HTTP status: 4xx is the caller's fault, 5xx the service's.
    pub status: u16,
    /// The error's type as in the service's API model, such as `ClientException`.
    pub code: &'static str,
    /// What was wrong, and what would be right.
    pub message: String,
}

impl AwsError {
    /// An error of the caller: status 400.
    pub fn client(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, code, message: message.into() }
    }

    /// An error of the service: status 500. It may be tried again.
    pub fn server(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 500, code, message: message.into() }
    }

    /// The response that carries it. Both spellings of the message are there, as services differ.
    pub fn response(&self) -> Response<Body> {
        let content = serde_json::json!({ "__type": self.code, "message": self.message, "Message": self.message });
        let mut response = respond(
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            content.to_string().into_bytes(),
        );
        response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(self.code));
        response
    }
}

/// The response of a JSON protocol: `content` with status 200, or the error.
pub fn json<T: Serialize>(result: Result<T, AwsError>) -> Response<Body> {
    let bytes = result.and_then(|content| {
        serde_json::to_vec(&content).map_err(|error| AwsError::server("InternalFailure", error.to_string()))
    });
    match bytes {
        Ok(bytes) => respond(StatusCode::OK, bytes),
        Err(error) => error.response(),
    }
}

fn respond(status: StatusCode, bytes: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(body(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}

/// The operation that `X-Amz-Target` names, without the service's prefix: `SendMessage` of `AmazonSQS.SendMessage`.
pub fn target(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-amz-target")?.to_str().ok()?.rsplit('.').next()
}
