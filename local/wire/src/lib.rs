//! HTTP between the AWS SDKs and the embedded services.
//!
//! A service is one [`Service`]: a request in, a response out. It is reached over TCP ([`serve`]) by any AWS client, or in
//! process ([`client`]) by an AWS SDK of this program: the same signed requests, without a socket.

mod body;
mod client;
mod json;
mod scope;
mod server;

pub use body::{Body, BodyError, body, collect};
pub use client::{call, client};
pub use json::{AwsError, json, target};
pub use scope::{Scope, scope};
pub use server::serve;

use std::{future::Future, pin::Pin, sync::Arc};

/// What a service answers with, in the future.
pub type Answer<'a> = Pin<Box<dyn Future<Output = http::Response<Body>> + Send + 'a>>;

/// A service that speaks HTTP. It answers every request, errors included.
pub trait Service: Send + Sync {
    /// Answers one request.
    fn call(&self, request: http::Request<Body>) -> Answer<'_>;
}

impl<S: Service + ?Sized> Service for Arc<S> {
    fn call(&self, request: http::Request<Body>) -> Answer<'_> {
        (**self).call(request)
    }
}
