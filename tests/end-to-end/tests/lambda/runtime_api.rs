//! The Lambda Runtime API of one function: events out, answers in.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::{net::SocketAddr, sync::Arc};

use ambient::Clock;
use end_to_end::Result;
use http::{Request, Response, StatusCode};
use local_wire::{Answer, Body, Service, body, collect, serve};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{Mutex, mpsc},
    task::JoinHandle,
};

/// As in the stack's template.
const TIMEOUT_MS: u64 = 60_000;
/// The most that a function may answer: 6 MB.
const ANSWER_BYTES: usize = 6 * 1024 * 1024;

/// What a function did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Call {
    /// It asked for an event. That is held until there is one.
    Next,
    /// It answered.
    Response { request: String, answer: Value },
    /// It failed.
    Error { request: String, error: Value },
}

/// An event on its way.
struct Delivery {
    request: String,
    event: Value,
}

/// A Runtime API on a port of its own, until it goes out of scope.
pub(crate) struct RuntimeApi {
    address: SocketAddr,
    deliveries: mpsc::UnboundedSender<Delivery>,
    calls: mpsc::UnboundedReceiver<Call>,
    serving: JoinHandle<()>,
}

impl RuntimeApi {
    pub(crate) async fn start(function: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (deliveries, waiting) = mpsc::unbounded_channel();
        let (made, calls) = mpsc::unbounded_channel();
        let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:batchwright-{function}");
        let service = Arc::new(Endpoint { arn, waiting: Mutex::new(waiting), calls: made });
        let serving = tokio::spawn(serve(listener, service, std::future::pending()));
        Ok(Self { address, deliveries, calls, serving })
    }

    /// The value of `AWS_LAMBDA_RUNTIME_API`.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Has an event for the function.
    pub(crate) fn deliver(&self, request: &str, event: Value) -> Result<()> {
        Ok(self.deliveries.send(Delivery { request: request.to_owned(), event })?)
    }

    /// Waits for the function's next call, which was not asked about yet.
    pub(crate) async fn call(&mut self) -> Result<Call> {
        self.calls.recv().await.ok_or_else(|| "the Runtime API has ended".into())
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

struct Endpoint {
    arn: String,
    waiting: Mutex<mpsc::UnboundedReceiver<Delivery>>,
    calls: mpsc::UnboundedSender<Call>,
}

impl Endpoint {
    async fn answer(&self, request: Request<Body>) -> Result<Response<Body>> {
        let (parts, content) = request.into_parts();
        let path = parts.uri.path().strip_prefix("/2018-06-01/runtime/").unwrap_or_default();
        match (parts.method.as_str(), path.split('/').collect::<Vec<_>>().as_slice()) {
            ("GET", ["invocation", "next"]) => self.next().await,
            ("POST", ["invocation", request, "response"]) => {
                self.accept(Call::Response { request: (*request).to_owned(), answer: json(content).await? })
            }
            ("POST", ["invocation", request, "error"]) => {
                self.accept(Call::Error { request: (*request).to_owned(), error: json(content).await? })
            }
            _ => Err(format!("the Runtime API has no {} {}", parts.method, parts.uri).into()),
        }
    }

    async fn next(&self) -> Result<Response<Body>> {
        let mut waiting = self.waiting.lock().await;
        self.calls.send(Call::Next)?;
        let Delivery { request, event } = waiting.recv().await.ok_or("there will be no more events")?;
        let response = Response::builder()
            .header("lambda-runtime-aws-request-id", request)
            .header("lambda-runtime-deadline-ms", Clock::System.now_ms() + TIMEOUT_MS)
            .header("lambda-runtime-invoked-function-arn", &self.arn)
            .header("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0");
        Ok(response.body(body(event.to_string()))?)
    }

    fn accept(&self, call: Call) -> Result<Response<Body>> {
        self.calls.send(call)?;
        Ok(Response::builder().status(StatusCode::ACCEPTED).body(body(r#"{"status":"OK"}"#))?)
    }
}

impl Service for Endpoint {
    fn call(&self, request: Request<Body>) -> Answer<'_> {
        Box::pin(async {
            self.answer(request).await.unwrap_or_else(|error| {
                let mut response = Response::new(body(error.to_string()));
                *response.status_mut() = StatusCode::FORBIDDEN;
                response
            })
        })
    }
}

async fn json(content: Body) -> Result<Value> {
    Ok(serde_json::from_slice(&collect(content, ANSWER_BYTES).await?)?)
}
