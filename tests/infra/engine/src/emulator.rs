//! The emulator's API: requests signed as its root user, over plain HTTP.

use std::time::{Duration, UNIX_EPOCH};

use ambient::Clock;
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningParams, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use http::{Request, Response, StatusCode, header::HOST};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::{REGION, Result};

/// An AWS emulator.
#[derive(Debug)]
pub(crate) struct Emulator {
    /// Host and port.
    authority: String,
    clock: Clock,
    identity: Identity,
}

impl Emulator {
    /// The one that listens there.
    pub(crate) fn new(authority: String, clock: Clock) -> Self {
        Self { authority, clock, identity: Credentials::new("local", "local", None, None, "local").into() }
    }

    /// Posts `body` to `path` of a service, and reads the answer.
    ///
    /// # Errors
    /// If there is no answer, or it is not one of success.
    pub(crate) async fn post(
        &self,
        service: &str,
        path: &str,
        headers: &[(&'static str, &str)],
        body: &str,
    ) -> Result<Bytes> {
        let mut request =
            Request::post(format!("http://{}{path}", self.authority)).header(HOST, self.authority.as_str());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Full::new(Bytes::copy_from_slice(body.as_bytes())))?;
        self.sign(service, &mut request, body)?;
        // A server takes the path alone.
        *request.uri_mut() = path.parse()?;
        let (status, answer) = self.send(request).await?;
        match status.is_success() {
            true => Ok(answer),
            false => Err(format!("{service} answered {status}: {}", String::from_utf8_lossy(&answer)).into()),
        }
    }

    fn sign(&self, service: &str, request: &mut Request<Full<Bytes>>, body: &str) -> Result<()> {
        let parameters = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(REGION)
            .name(service)
            .time(UNIX_EPOCH + Duration::from_millis(self.clock.now_ms()))
            .settings(SigningSettings::default())
            .build()?;
        let headers = request.headers().iter().map(|(name, value)| Ok((name.as_str(), value.to_str()?)));
        let headers: Vec<_> = headers.collect::<Result<_>>()?;
        let uri = request.uri().to_string();
        let signable = SignableRequest::new("POST", uri, headers.into_iter(), SignableBody::Bytes(body.as_bytes()))?;
        let (signed, _signature) = sign(signable, &SigningParams::from(parameters))?.into_parts();
        signed.apply_to_request_http1x(request);
        Ok(())
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes)> {
        let stream = TcpStream::connect(&self.authority).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // It ends when the answer is read; what breaks it is told to whoever waits for the answer.
        let connection = tokio::spawn(connection);
        let answer: Response<_> = sender.send_request(request).await?;
        let status = answer.status();
        let answer = answer.into_body().collect().await?.to_bytes();
        connection.abort();
        Ok((status, answer))
    }
}
