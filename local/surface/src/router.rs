//! One port for all services: a request goes to the service that its SigV4 scope names.

use std::{net::IpAddr, sync::Arc};

use http::{HeaderValue, Response, StatusCode, header};
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
        if !names_this_machine(request.headers().get(header::HOST)) {
            return refuse(StatusCode::FORBIDDEN, "the request is for another host");
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

/// Whether a `Host` header is an address or a name of the loopback interface. A page whose own name was made to resolve to
/// this machine would be of one origin with it, and could read everything.
fn names_this_machine(host: Option<&HeaderValue>) -> bool {
    // In process there is none.
    let Some(host) = host else { return true };
    let Ok(host) = host.to_str() else { return false };
    let name = host
        .rsplit_once(':')
        .map_or(host, |(name, port)| if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host });
    let address = name.trim_start_matches('[').trim_end_matches(']');
    address.parse::<IpAddr>().is_ok() || name == "localhost" || name.ends_with(".localhost") || name == "local"
}

fn refuse(status: StatusCode, message: &'static str) -> Answer<'static> {
    Box::pin(async move {
        let mut response = Response::new(body(format!("{message}\n")));
        *response.status_mut() = status;
        response
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_taken() {
        let named = |host: &'static str| names_this_machine(Some(&HeaderValue::from_static(host)));
        for host in
            ["127.0.0.1:4510", "localhost", "localhost:1", "bucket.localhost:4510", "[::1]:4510", "10.0.0.7:4510"]
        {
            assert!(named(host), "{host}");
        }
        for host in ["evil.example", "evil.example:4510", "localhost.evil.example:4510", "", "127.0.0.1.evil.example"] {
            assert!(!named(host), "{host}");
        }
        assert!(names_this_machine(None));
    }
}
