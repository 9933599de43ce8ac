//! One port for all services: a request goes to the service that its SigV4 scope names.

use std::sync::Arc;

use http::{Response, StatusCode, header};
use local_wire::{Answer, Body, Service, body, scope};

/// The services, by the names that requests are signed for.
#[derive(Clone)]
pub struct Router {
    /// `s3`.
    pub s3: Arc<dyn Service>,
    /// `sqs`.
    pub sqs: Arc<dyn Service>,
    /// `dynamodb`.
    pub dynamodb: Arc<dyn Service>,
    /// `batch`.
    pub batch: Arc<dyn Service>,
    /// `scheduler`.
    pub scheduler: Arc<dyn Service>,
}

impl Service for Router {
    fn call(&self, request: http::Request<Body>) -> Answer<'_> {
        // A web page cannot sign a request, but its browser says where it comes from: nothing here is for browsers.
        if request.headers().contains_key(header::ORIGIN) {
            return refuse(StatusCode::FORBIDDEN, "requests from web pages are not served here");
        }
        let Some(scope) = scope(&request) else {
            return refuse(
                StatusCode::FORBIDDEN,
                "the request is not signed: the service it is for is read from its AWS Signature Version 4",
            );
        };
        match scope.service.as_str() {
            "s3" => self.s3.call(request),
            "sqs" => self.sqs.call(request),
            "dynamodb" => self.dynamodb.call(request),
            "batch" => self.batch.call(request),
            "scheduler" => self.scheduler.call(request),
            other => {
                tracing::info!(service = other, "a request for a service that is not here");
                refuse(
                    StatusCode::NOT_IMPLEMENTED,
                    "this AWS service is not served here; s3, sqs, dynamodb, batch and scheduler are",
                )
            }
        }
    }
}

fn refuse(status: StatusCode, message: &'static str) -> Answer<'static> {
    Box::pin(async move {
        let mut response = Response::new(body(format!("{message}\n")));
        *response.status_mut() = status;
        response
    })
}
