//! What is done to a request before `s3s` reads it.
//!
//! `s3s` without an authentication provider refuses every signed request, and with one needs to know the secret. The laptop
//! takes any credentials. So the signature is taken off here, and what hangs on it is done here: the `aws-chunked` encoding of
//! a body, which `s3s` decodes only for signatures it verified, and chunk by chunk in memory.

mod chunked;
mod host;
mod signature;

pub(crate) use host::Localhost;

use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HOST},
};
use http_body_util::BodyExt;
use local_wire::{Answer, Body, Service};

use crate::{S3, integrity::Trailers, ops::key_length};
use chunked::{Fault, Unchunked};

/// The id of a request, which its answer and its events show: 16 hexadecimal digits.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

impl Service for S3 {
    fn call(&self, request: Request<Body>) -> Answer<'_> {
        Box::pin(self.answer(request))
    }
}

impl S3 {
    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let id = self.objects.request_id();
        if is_form(&request) {
            return refused(s3s::s3_error!(
                NotImplemented,
                "Uploads by a browser's form are not served: use PutObject"
            ));
        }
        if let Err(error) = key_length(&host::key(&request)) {
            return refused(error.into());
        }
        let without_body = request.method() == Method::HEAD;
        let fault = Fault::default();
        let mut response = match self.protocol().call(prepared(request, &id, &fault)).await {
            Ok(response) => response.map(BodyExt::boxed),
            Err(error) => broken(&error),
        };
        if let Some(fault) = fault.get().filter(|_| response.status().is_server_error()) {
            // `s3s` takes it for a failure of the server if it reads the body itself.
            response = refused(s3s::s3_error!(IncompleteBody, "The request body could not be read: {fault}"));
        }
        if without_body || response.status() == StatusCode::NOT_MODIFIED {
            // In process nothing else takes it off. Clients tell from its absence that there is no code to read.
            *response.body_mut() = local_wire::body(Vec::new());
        }
        if let Ok(value) = HeaderValue::from_str(&id) {
            response.headers_mut().insert("x-amz-request-id", value);
        }
        response
    }
}

/// `POST` of a browser's form. `s3s` would hold the file in memory.
fn is_form(request: &Request<Body>) -> bool {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    request.method() == Method::POST
        && content_type.trim_start().to_ascii_lowercase().starts_with("multipart/form-data")
}

fn refused(error: s3s::S3Error) -> Response<Body> {
    match error.to_http_response() {
        Ok(response) => response.map(BodyExt::boxed),
        Err(error) => broken(&s3s::HttpError::new(Box::new(error))),
    }
}

fn broken(error: &s3s::HttpError) -> Response<Body> {
    tracing::error!(?error, "an answer could not be written");
    let mut response = Response::new(local_wire::body(Vec::new()));
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

fn prepared(request: Request<Body>, id: &str, fault: &Fault) -> s3s::HttpRequest {
    let (mut parts, body) = request.into_parts();
    let trailers = Trailers::default();
    let chunked = is_chunked(&parts.headers);
    signature::strip(&mut parts);
    name_host(&mut parts);
    let body = if chunked {
        decoded_headers(&mut parts.headers);
        s3s::Body::http_body(Unchunked::new(body, trailers.clone(), fault.clone()))
    } else {
        s3s::Body::http_body(body)
    };
    parts.extensions.insert(trailers);
    parts.extensions.insert(RequestId(id.to_owned()));
    Request::from_parts(parts, body)
}

/// In process no HTTP/1.1 client adds the header: the host is in the URI alone.
fn name_host(parts: &mut http::request::Parts) {
    if !parts.headers.contains_key(HOST)
        && let Some(host) = parts.uri.authority()
        && let Ok(value) = HeaderValue::from_str(host.as_str())
    {
        parts.headers.insert(HOST, value);
    }
}

fn is_chunked(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text("x-amz-content-sha256").starts_with("STREAMING-")
        || encodings(headers).any(|encoding| encoding == "aws-chunked")
}

/// The headers of the body as it is when decoded.
fn decoded_headers(headers: &mut HeaderMap) {
    match headers.get("x-amz-decoded-content-length").cloned() {
        Some(length) => drop(headers.insert(CONTENT_LENGTH, length)),
        None => drop(headers.remove(CONTENT_LENGTH)),
    }
    let rest: Vec<&str> = encodings(headers).filter(|encoding| *encoding != "aws-chunked").collect();
    match HeaderValue::from_str(&rest.join(",")) {
        Ok(rest) if !rest.is_empty() => drop(headers.insert(CONTENT_ENCODING, rest)),
        Ok(_) | Err(_) => drop(headers.remove(CONTENT_ENCODING)),
    }
}

fn encodings(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all(CONTENT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|encoding| !encoding.is_empty())
}
