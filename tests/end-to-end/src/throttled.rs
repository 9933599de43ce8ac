//! The control plane in virtual time, behind a Batch that throttles `SubmitJob`.
//!
//! Nothing waits for the machine here: the services are in memory, and time is tokio's, which is to be paused.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use ambient::{Clock, Ids};
use control::{Control, Invocation, RunId};
use http::Response;
use local_batch::{Batch, Machine, Processes};
use local_sqs::Sqs;
use local_store::Store;
use local_surface::{DynamoDb, REGION, REQUEST_QUEUE, config, sdk_config};
use local_wire::{Answer, AwsError, Body, Service, body, collect, scope};
use machine::stage::State;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::{
    Result,
    metered::{ENDPOINT, Services, TIMEOUT, create_job_queue},
};

const WAKE_QUEUE: &str = "batchwright-wake";
/// As in the stack's template.
const INVOCATIONS: usize = 8;
/// As many messages are in a batch.
const BATCH: u32 = 10;
/// As EventBridge's schedule of it.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
/// How long a request takes.
const OF_BATCH: Duration = Duration::from_millis(60);
const OF_OTHERS: Duration = Duration::from_millis(5);
/// A request is shorter.
const REQUEST_BYTES: usize = 1024 * 1024;

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

/// DynamoDB, SQS and Batch in memory, a gate before Batch, and a control plane.
pub struct Throttled {
    control: Arc<Control>,
    sqs: Arc<Sqs>,
    gate: Arc<Gate>,
    ids: Ids,
    _folder: TempDir,
}

impl Throttled {
    /// Opens it. `SubmitJob` takes `per_second` calls a second, and as many at once after a pause.
    ///
    /// # Errors
    /// If a service cannot be opened.
    pub async fn open(per_second: u32) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (clock, ids) = (Clock::starting_at(1_795_500_000_000), Ids::seeded(3));
        let store = Store::memory()?;
        let sqs = Sqs::open(local_sqs::Config {
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            region: REGION.to_owned(),
            endpoint: ENDPOINT.to_owned(),
        })?;
        sqs.create_queue(WAKE_QUEUE, &BTreeMap::from([("VisibilityTimeout".to_owned(), "360".to_owned())]))?;
        let batch = Batch::open(local_batch::Config {
            store,
            clock: clock.clone(),
            ids: ids.clone(),
            data_dir: folder.path().to_owned(),
            endpoint: ENDPOINT.to_owned(),
            region: REGION.to_owned(),
            machine: Machine::here(),
            path_prepend: Vec::new(),
            runner: Arc::new(Processes),
            emit: Arc::new(|_| false),
        })?;
        let services = Services { dynamodb: Arc::new(DynamoDb::memory()?), sqs: Arc::clone(&sqs), batch };
        let gate = Arc::new(Gate { behind: services, bucket: Mutex::new(Bucket::full(per_second)) });
        let sdk = sdk_config(ENDPOINT, Arc::<Gate>::clone(&gate));
        let control = Arc::new(Control::new(config(ENDPOINT), &sdk, clock, ids.clone()));
        control.table().create().await?;
        create_job_queue(&aws_sdk_batch::Client::new(&sdk)).await?;
        Ok(Self { control, sqs, gate, ids, _folder: folder })
    }

    /// Registers a pipeline.
    ///
    /// # Errors
    /// If it is not valid.
    pub async fn register(&self, source: &str) -> Result<()> {
        let definition = pipeline::parse("throttled", source).map_err(|faults| faults.to_string())?;
        self.control.register(definition, source).await??;
        Ok(())
    }

    /// Asks for runs of a pipeline with these priorities, all at once. Their ids.
    ///
    /// # Errors
    /// If one of them fails.
    pub async fn burst(&self, pipeline: &str, priorities: &[u16]) -> Result<Vec<RunId>> {
        let mut requests = JoinSet::new();
        for (message, priority) in priorities.iter().enumerate() {
            let body = json!({ "action": "run", "pipeline": pipeline, "priority": priority }).to_string();
            let control = Arc::clone(&self.control);
            requests.spawn(async move {
                let invocation = Invocation::ending_in(TIMEOUT);
                control.message(REQUEST_QUEUE, &message.to_string(), &body, &invocation).await
            });
        }
        while let Some(requested) = requests.join_next().await {
            requested??;
        }
        let id = |message| RunId::of(pipeline, &format!("sqs\n{REQUEST_QUEUE}\n{message}"));
        Ok((0..priorities.len()).map(id).collect())
    }

    /// Delivers wake-ups, and sweeps, until every stage of these runs is submitted, or the time is up. With `killing`, most
    /// invocations are killed at a random moment, and what they had received is not delivered again before long.
    ///
    /// # Errors
    /// If a service or a function fails, or the time is up.
    pub async fn serve_until_submitted(&self, runs: &[RunId], at_most: Duration, killing: bool) -> Result<()> {
        tokio::select! {
            biased;
            submitted = self.until_submitted(runs) => submitted,
            failed = self.serve_wakes(killing) => failed,
            failed = self.sweep() => failed,
            () = sleep(at_most) => Err(format!("{} of {} jobs are submitted", self.gate.taken(), runs.len()).into()),
        }
    }

    /// Delivers wake-ups, and sweeps, for so long.
    ///
    /// # Errors
    /// If a service or a function fails.
    pub async fn serve_for(&self, span: Duration) -> Result<()> {
        tokio::select! {
            biased;
            failed = self.serve_wakes(false) => failed,
            failed = self.sweep() => failed,
            () = sleep(span) => Ok(()),
        }
    }

    /// From now on Batch says that this keeps jobs from running, or nothing.
    pub fn block(&self, reason: Option<&str>) {
        self.gate.bucket().blocked = reason.map(str::to_owned);
    }

    /// What the table says that keeps the only stage of a run from running.
    ///
    /// # Errors
    /// If the run cannot be read, or its stage is not submitted.
    pub async fn blocked(&self, run: &RunId) -> Result<Option<String>> {
        let whole = self.control.table().whole_run(run).await?.ok_or("there is no such run")?;
        match whole.stages.into_values().next().map(|stage| stage.value.state) {
            Some(State::Submitted { blocked, .. }) => Ok(blocked),
            other => Err(format!("{other:?}").into()),
        }
    }

    /// The calls of `SubmitJob` so far.
    pub fn calls(&self) -> Vec<Call> {
        self.gate.bucket().calls.clone()
    }

    async fn until_submitted(&self, runs: &[RunId]) -> Result<()> {
        let mut waiting = runs.iter();
        let mut next = waiting.next();
        while let Some(run) = next {
            let whole = self.control.table().whole_run(run).await?.ok_or("there is no such run")?;
            match whole.stages.values().find(|stage| !matches!(stage.value.state, State::Submitted { .. })) {
                Some(stage) if matches!(stage.value.state, State::Ended(_)) => {
                    return Err(format!("run {run}: {:?}", stage.value.state).into());
                }
                Some(_) => sleep(Duration::from_millis(100)).await,
                None => next = waiting.next(),
            }
        }
        Ok(())
    }

    async fn serve_wakes(&self, killing: bool) -> Result<()> {
        let mut invocations = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                Some(done) = invocations.join_next() => done??,
                messages = self.sqs.receive(WAKE_QUEUE, BATCH, TIMEOUT), if invocations.len() < INVOCATIONS => {
                    let records: Vec<Value> = messages?.iter().map(|message| message.lambda_record(WAKE_QUEUE)).collect();
                    let lives = if killing { Duration::from_millis(self.ids.below(8_000)) } else { TIMEOUT };
                    invocations.spawn(deliver(Arc::clone(&self.control), Arc::clone(&self.sqs), records, lives));
                }
            }
        }
    }

    async fn sweep(&self) -> Result<()> {
        loop {
            sleep(SWEEP_EVERY).await;
            self.control.sweep(&Invocation::ending_in(TIMEOUT)).await?;
        }
    }
}

/// One invocation of `on-wake`, which is killed after `lives`.
async fn deliver(control: Arc<Control>, sqs: Arc<Sqs>, records: Vec<Value>, lives: Duration) -> Result<()> {
    let event = json!({ "Records": records });
    let invocation = Invocation::ending_in(TIMEOUT);
    let Ok(answer) = timeout(lives, on_wake::handle(&control, event, &invocation)).await else { return Ok(()) };
    if answer?.get("batchItemFailures") != Some(&json!([])) {
        return Err("a wake-up failed".into());
    }
    let handles: Vec<&str> = records.iter().filter_map(|record| record["receiptHandle"].as_str()).collect();
    Ok(sqs.delete(WAKE_QUEUE, &handles)?)
}

/// What stands before the services: every request takes its time, and `SubmitJob` a token.
struct Gate {
    behind: Services,
    bucket: Mutex<Bucket>,
}

impl Gate {
    fn bucket(&self) -> MutexGuard<'_, Bucket> {
        self.bucket.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn taken(&self) -> usize {
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
        if self.bucket().take(job) {
            return self.behind.call(http::Request::from_parts(parts, body(bytes))).await;
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
struct Bucket {
    per_second: u32,
    tokens: f64,
    start: Instant,
    last: Instant,
    calls: Vec<Call>,
    /// What keeps jobs from running.
    blocked: Option<String>,
}

impl Bucket {
    fn full(per_second: u32) -> Self {
        let now = Instant::now();
        Self { per_second, tokens: f64::from(per_second), start: now, last: now, calls: Vec::new(), blocked: None }
    }

    fn take(&mut self, job: &str) -> bool {
        let more = self.last.elapsed().as_secs_f64() * f64::from(self.per_second);
        self.tokens = (self.tokens + more).min(f64::from(self.per_second));
        self.last = Instant::now();
        let taken = self.tokens >= 1.0;
        if taken {
            self.tokens -= 1.0;
        }
        self.calls.push(Call { at: self.start.elapsed(), job: job.to_owned(), taken });
        taken
    }
}
