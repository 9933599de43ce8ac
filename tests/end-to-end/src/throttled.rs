//! The control plane in virtual time, behind a Batch that throttles `SubmitJob`.
//!
//! Nothing waits for the machine here: the services are in memory, and time is tokio's, which is to be paused.

mod gate;

pub use gate::Call;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ambient::{Clock, Ids};
use control::{Control, Intake, Invocation, RunId};
use local_batch::{Batch, Machine, Processes};
use local_sqs::Sqs;
use local_store::Store;
use local_surface::{DynamoDb, REGION, REQUEST_QUEUE, config, create_job_queues, sdk_config};
use machine::stage::State;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    Result,
    metered::{ENDPOINT, Services, TIMEOUT},
    throttled::gate::Gate,
};

const WAKE_QUEUE: &str = "batchwright-wake";
/// As in the stack's template.
const INVOCATIONS: usize = 8;
/// As many messages are in a batch.
const BATCH: u32 = 10;
/// As EventBridge's schedule of it.
const SWEEP_EVERY: Duration = Duration::from_secs(60);
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
            secrets: None,
            runner: Arc::new(Processes),
            emit: Arc::new(|_| false),
        })?;
        let services = Services { dynamodb: Arc::new(DynamoDb::memory()?), sqs: Arc::clone(&sqs), batch };
        let gate = Arc::new(Gate::new(services, per_second));
        let sdk = sdk_config(ENDPOINT, Arc::<Gate>::clone(&gate));
        let control = Arc::new(Control::new(config(ENDPOINT), &sdk, clock, ids.clone()));
        control.table().create().await?;
        create_job_queues(&sdk).await?;
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
                control.message(REQUEST_QUEUE, &message.to_string(), &body, &mut Intake::default(), &invocation).await
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

    /// Whoever receives the wake-ups that are there is lost with them: they are delivered again only after minutes.
    ///
    /// # Errors
    /// If SQS fails.
    pub async fn lose_wakes(&self) -> Result<()> {
        // They are sent with a delay.
        sleep(Duration::from_secs(2)).await;
        while !self.sqs.receive(WAKE_QUEUE, 1000, Duration::ZERO).await?.is_empty() {}
        Ok(())
    }

    /// From now on Batch says that this keeps jobs from running, or nothing.
    pub fn block(&self, reason: Option<&str>) {
        self.gate.bucket().blocked = reason.map(str::to_owned);
    }

    /// From now on every so many calls of `SubmitJob` are answered late, though not too late.
    pub fn answer_late(&self, one_of: usize) {
        self.gate.bucket().late_one_of = Some(one_of);
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
