//! What stands between the control plane and the services.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::Response;
use local_wire::{Answer, AwsError, Body, Service, body, collect, scope};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::metered::Services;

/// How long a request takes.
const OF_BATCH: Duration = Duration::from_millis(60);
const OF_OTHERS: Duration = Duration::from_millis(5);
/// A request is shorter.
const REQUEST_BYTES: usize = 1024 * 1024;
/// A late answer: the client still waits for it.
const LATE: Duration = Duration::from_secs(8);

/// A call of `SubmitJob`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// When, since the beginning.
    pub at: Duration,
    /// For which job.
    pub job: String,
    /// Whether it was taken, and not throttled.
    pub taken: bool,
}

/// What stands before the services: every request takes its time, and `SubmitJob` a token.
pub(super) struct Gate {
    behind: Services,
    bucket: Mutex<Bucket>,
}

impl Gate {
    pub(super) fn new(behind: Services, per_second: u32) -> Self {
        Self { behind, bucket: Mutex::new(Bucket::full(per_second)) }
    }

    pub(super) fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many calls of `SubmitJob` were taken.
    pub(super) fn taken(&self) -> usize {
        self.bucket().calls.iter().filter(|call| call.taken).count()
    }

    async fn pass(&self, request: http::Request<Body>) -> Response<Body> {
        let of_batch = scope(&request).is_some_and(|scope| scope.service == "batch");
        sleep(if of_batch { OF_BATCH } else { OF_OTHERS }).await;
        match request.uri().path() {
            "/v1/submitjob" => self.submit(request).await,
            "/v1/describejobs" => self.describe(request).await,
            _ => self.behind.call(request).await,
        }
    }

    async fn describe(&self, request: http::Request<Body>) -> Response<Body> {
        let (parts, content) = self.behind.call(request).await.into_parts();
        let bytes = collect(content, REQUEST_BYTES).await.unwrap_or_default();
        let mut answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let blocked = self.bucket().blocked.clone();
        let jobs = answer.get_mut("jobs").and_then(Value::as_array_mut).into_iter().flatten();
        for (job, reason) in jobs.filter_map(Value::as_object_mut).zip(blocked.into_iter().cycle()) {
            job.insert("statusReason".to_owned(), reason.into());
        }
        Response::from_parts(parts, body(answer.to_string()))
    }

    async fn submit(&self, request: http::Request<Body>) -> Response<Body> {
        let (parts, content) = request.into_parts();
        let bytes = collect(content, REQUEST_BYTES).await.unwrap_or_default();
        let asked: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        let job = asked.get("jobName").and_then(Value::as_str).unwrap_or_default();
        let (taken, late) = self.bucket().take(job);
        if taken {
            let answer = self.behind.call(http::Request::from_parts(parts, body(bytes))).await;
            sleep(if late { LATE } else { Duration::ZERO }).await;
            return answer;
        }
        AwsError { status: 429, code: "TooManyRequestsException", message: "Too Many Requests".to_owned() }.response()
    }
}

impl Service for Gate {
    fn call(&self, request: http::Request<Body>) -> Answer<'_> {
        Box::pin(self.pass(request))
    }
}

/// What the gate lets through: a bucket of tokens, of which `per_second` come in a second, and no more than that lie in it.
pub(super) struct Bucket {
    per_second: u32,
    tokens: f64,
    start: Instant,
    last: Instant,
    pub(super) calls: Vec<Call>,
    /// What keeps jobs from running.
    pub(super) blocked: Option<String>,
    /// How often an answer is late.
    pub(super) late_one_of: Option<usize>,
}

impl Bucket {
    fn full(per_second: u32) -> Self {
        let now = Instant::now();
        Self {
            per_second,
            tokens: f64::from(per_second),
            start: now,
            last: now,
            calls: Vec::new(),
            blocked: None,
            late_one_of: None,
        }
    }

    /// Whether the call is taken, and whether its answer is late.
    fn take(&mut self, job: &str) -> (bool, bool) {
        let more = self.last.elapsed().as_secs_f64() * f64::from(self.per_second);
        self.tokens = (self.tokens + more).min(f64::from(self.per_second));
        self.last = Instant::now();
        let taken = self.tokens >= 1.0;
        if taken {
            self.tokens -= 1.0;
        }
        self.calls.push(Call { at: self.start.elapsed(), job: job.to_owned(), taken });
        (taken, self.late_one_of.is_some_and(|one_of| self.calls.len().is_multiple_of(one_of)))
    }
}
