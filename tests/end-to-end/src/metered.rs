//! The control plane with a counter at the SDK's HTTP client, and nothing else that could be counted: no sweep, no upload, no
//! second look.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use ambient::{Clock, Ids};
use control::{Control, Intake, Invocation, RunId, table::Table};
use local_batch::{Batch, Machine, Processes};
use local_sqs::Sqs;
use local_store::Store;
use local_surface::{DynamoDb, REGION, REQUEST_QUEUE, TABLE, config, create_job_queues, rule, sdk_config};
use local_wire::{Answer, AwsError, Body, Service, scope};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::{Counts, Group, Meter, PATIENCE, Result};

/// Nobody listens there: clients are in this process, and the jobs are no-ops.
pub(crate) const ENDPOINT: &str = "http://127.0.0.1:9";
/// As in the stack's template.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);
/// How many events are taken at once.
const EVENTS: u32 = 100;

/// DynamoDB, SQS and Batch on files of their own, and a control plane whose requests are counted.
pub struct Metered {
    folder: TempDir,
    store: Store,
    batch: Arc<Batch>,
    control: Control,
    meter: Meter,
    /// Of the same table: looking at the run is not part of its cost.
    uncounted: Table,
    engine: JoinHandle<Result<(), local_batch::Error>>,
}

/// What a run took.
#[derive(Debug, Clone)]
pub struct Cost {
    /// Requests and units.
    pub counts: Counts,
    /// Invocations of `on-job-change`.
    pub invocations: u64,
}

impl Metered {
    /// Opens it.
    ///
    /// # Errors
    /// If a service cannot be opened.
    pub async fn open() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (clock, ids) = (Clock::System, Ids::random());
        let store = Store::open(&folder.path().join("batchwright.db"))?;
        let sqs = Sqs::open(local_sqs::Config {
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            region: REGION.to_owned(),
            endpoint: ENDPOINT.to_owned(),
        })?;
        sqs.create_queue("batchwright-wake", &BTreeMap::new())?;
        let batch = Batch::open(local_batch::Config {
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            data_dir: folder.path().to_owned(),
            endpoint: ENDPOINT.to_owned(),
            region: REGION.to_owned(),
            machine: Machine::here(),
            path_prepend: Vec::new(),
            secrets: None,
            runner: Arc::new(Processes),
            emit: Arc::new(rule),
        })?;
        let dynamodb = Arc::new(DynamoDb::open(&folder.path().join("dynamodb.db"))?);
        let services: Arc<dyn Service> = Arc::new(Services { dynamodb, sqs, batch: Arc::clone(&batch) });
        let uncounted = Table::new(aws_sdk_dynamodb::Client::new(&sdk_config(ENDPOINT, Arc::clone(&services))), TABLE);
        let meter = Meter::new(services);
        let sdk = sdk_config(ENDPOINT, Arc::new(meter.clone()));
        let control = Control::new(config(ENDPOINT), &sdk, clock, ids);
        control.table().create().await?;
        create_job_queues(&sdk).await?;
        let engine = tokio::spawn(Arc::clone(&batch).run(std::future::pending()));
        Ok(Self { folder, store, batch, control, meter, uncounted, engine })
    }

    /// Registers a pipeline without triggers, runs it once to its end, and tells what the run took.
    ///
    /// # Errors
    /// If it is not valid, or does not succeed in time.
    pub async fn cost_of(&self, source: &str) -> Result<Cost> {
        let definition = pipeline::parse("metered", source).map_err(|faults| faults.to_string())?;
        let name = definition.name.as_str().to_owned();
        self.control.register(definition, source).await??;
        let run = RunId::of(&name, &format!("sqs\n{REQUEST_QUEUE}\n1"));
        self.meter.take();
        let body = json!({ "action": "run", "pipeline": name }).to_string();
        self.control
            .message(REQUEST_QUEUE, "1", &body, &mut Intake::default(), &Invocation::ending_in(TIMEOUT))
            .await?;
        let mut invocations = 0;
        // The last event of a run that succeeds ends it: nothing is looked at, so that nothing else is counted.
        let ended = tokio::time::timeout(PATIENCE, self.deliver_until(&run, &mut invocations)).await;
        ended.map_err(|_| format!("the run took more than {} s", PATIENCE.as_secs()))??;
        Ok(Cost { counts: self.meter.take(), invocations })
    }

    async fn deliver_until(&self, run: &RunId, invocations: &mut u64) -> Result<()> {
        loop {
            self.batch.events_ready().await?;
            let events = self.store.write(|transaction| self.batch.take_events(transaction, EVENTS))?;
            self.store.durable().await?;
            for event in events {
                *invocations += 1;
                on_job_change::handle(&self.control, event, &Invocation::ending_in(TIMEOUT)).await?;
            }
            let status = self.uncounted.run(run).await?.map(|read| read.value.run.status);
            match status {
                Some(machine::run::Status::Ended { outcome: machine::run::Outcome::Succeeded, .. }) => return Ok(()),
                Some(machine::run::Status::Ended { .. }) | None => return Err("the run did not succeed".into()),
                Some(
                    machine::run::Status::Queued | machine::run::Status::Running | machine::run::Status::Cancelling,
                ) => {}
            }
        }
    }
}

impl Drop for Metered {
    fn drop(&mut self) {
        self.engine.abort();
        drop(Group(self.folder.path()));
    }
}

/// The services that a run without uploads and schedules needs, by the names that requests are signed for.
pub(crate) struct Services {
    pub(crate) dynamodb: Arc<DynamoDb>,
    pub(crate) sqs: Arc<Sqs>,
    pub(crate) batch: Arc<Batch>,
}

impl Service for Services {
    fn call(&self, request: http::Request<Body>) -> Answer<'_> {
        match scope(&request).map(|scope| scope.service).as_deref() {
            Some("dynamodb") => self.dynamodb.call(request),
            Some("sqs") => self.sqs.call(request),
            Some("batch") => self.batch.call(request),
            Some(_) | None => Box::pin(async { AwsError::client("UnknownService", "not metered").response() }),
        }
    }
}
