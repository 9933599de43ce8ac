//! A world: made from a plan, and lived to its end.

mod inputs;
mod operator;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use ambient::{Clock, Ids};
use aws_config::{Region, SdkConfig};
use control::{Control, Rules};
use local_surface::{Function, MAPPINGS, config, create_job_queues, sdk_config};
use serde_json::json;
use tempfile::TempDir;
use tokio::{runtime::Builder, time::sleep};

use crate::{
    Error, Result,
    aws::{Fates, NOW_MS, Network, Services, http_client},
    bugs::Bug,
    facts::RunItem,
    invariants::Violation,
    plan::{Faults, Plan},
    platform::{Deliveries, Lambda, LateDeliveries, Mapping},
    report::Outcome,
    witness::{Trace, Witness},
};

/// When a world whose runs have not all ended is given up: this long after the last fault.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);
/// How often the operator looks.
const LOOK_EVERY: Duration = Duration::from_secs(5 * 60);
/// How long a world that has come to its end is watched on: what comes late must change nothing.
const AFTERLIFE: Duration = Duration::from_secs(20 * 60);

/// A world.
pub(crate) struct World {
    plan: Plan,
    services: Arc<Services>,
    witness: Arc<Witness>,
    network: Arc<Network>,
    lambda: Arc<Lambda>,
    deliveries: Arc<Deliveries>,
    /// Of people and producers: their requests always arrive.
    people: SdkConfig,
    /// When the operator cancelled a run that is stuck, in milliseconds since the Unix epoch.
    gave_up_ms: Mutex<BTreeMap<String, u64>>,
    /// Where S3 keeps its bytes.
    _folder: TempDir,
}

/// Simulates the world of a plan, on this thread, and tells what became of it.
///
/// # Errors
/// If the simulation itself is broken.
pub fn simulate(plan: Plan, bug: Option<&Bug>, trace: &Trace) -> Result<Outcome> {
    // The SDKs' jitter is drawn from this thread's generator.
    fastrand::seed(plan.seed);
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(Box::pin(async {
        let world = World::open(plan, bug.copied(), trace.clone()).await?;
        let violation = tokio::select! {
            biased;
            violation = world.witness.violated() => Some(violation),
            ended = world.live() => ended?,
        };
        Ok(world.outcome(violation, trace))
    }))
}

impl World {
    async fn open(plan: Plan, bug: Option<Bug>, trace: Trace) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("batchwright-").tempdir_in(memory_folder())?;
        let (seed, faults) = (plan.seed, plan.faults.clone());
        let fates = Fates::new(seed, faults.clone());
        // The services' clock goes in the middle of those of the functions.
        let clock = Clock::starting_at(NOW_MS);
        let services_clock = clock.ahead_by(Duration::from_millis(faults.skew_ms / 2));
        let witness = Arc::new(Witness::new(services_clock.clone(), fates.clone(), trace));
        let late = LateDeliveries::default();
        let ids = (services_clock, Ids::seeded(seed));
        let services = Services::open(folder.path(), ids, fates.clone(), late.clone()).await?;
        let people = sdk(&services, &clock, None);
        let network = Arc::new(Network::new(
            seed,
            services.service(),
            (faults.clone(), fates.clone()),
            bug.and_then(|bug| bug.wire),
            Arc::clone(&witness),
        ));
        let rules = bug.and_then(|bug| bug.rules).unwrap_or_default();
        let behind = sdk(&services, &clock, Some(Arc::clone(&network)));
        let make = control_maker(behind, clock, Ids::seeded(seed ^ 1), rules);
        let lambda = Arc::new(Lambda::new(seed, faults.clone(), make, Arc::clone(&witness)));
        let deliveries = Arc::new(Deliveries::new(
            seed,
            (services.store.clone(), Arc::clone(&services.batch)),
            (Arc::clone(&lambda), Arc::clone(&witness)),
            (fates, faults),
            bug.and_then(|bug| bug.event),
        ));
        // Whoever the deliveries keep must not keep them: no world would ever be freed.
        let caught_up = Arc::downgrade(&deliveries);
        witness.catches_up_by(Arc::new(move || {
            if let Some(deliveries) = caught_up.upgrade() {
                deliveries.catch_up();
            }
        }));
        let world = Self {
            plan,
            services: Arc::new(services),
            witness,
            network,
            lambda,
            deliveries: Arc::clone(&deliveries),
            people,
            gave_up_ms: Mutex::default(),
            _folder: folder,
        };
        world.install().await?;
        // What is told during the installation is nobody's business.
        late.set(&deliveries);
        Ok(world)
    }

    /// Makes the table, the job queues and the first versions of the pipelines, before any fault.
    async fn install(&self) -> Result<()> {
        let control = Control::new(
            config(crate::aws::ENDPOINT),
            &self.people,
            self.services.clock.clone(),
            Ids::seeded(self.plan.seed ^ 2),
        );
        control.table().create().await?;
        create_job_queues(&self.people).await?;
        for pipeline in &self.plan.pipelines {
            self.services.sqs.ensure_queue(&pipeline.queue, &BTreeMap::new())?;
            for (number, text) in (1..).zip(&pipeline.versions) {
                let parsed = pipeline::parse(&pipeline.name, text).map_err(|faults| Error::of(&faults))?;
                let key = (pipeline.name.clone(), number);
                self.witness.note(|facts| drop(facts.definitions.insert(key, parsed.clone())));
                if number == 1 {
                    control.register(parsed, text).await?.map_err(|reason| Error::of(&reason))?;
                }
            }
        }
        Ok(())
    }

    /// From the first input to the end of everything.
    async fn live(&self) -> Result<Option<Violation>> {
        self.start_parts();
        let schedules = tokio::spawn(Arc::clone(&self.services.scheduler).run());
        let mut at = 0;
        for (due, input) in &self.plan.inputs {
            sleep(Duration::from_millis(due.saturating_sub(at))).await;
            at = *due;
            self.put_in(input).await?;
        }
        sleep(Duration::from_millis(self.plan.calm_after_ms.saturating_sub(at))).await;
        self.witness.trace(|| "the faults and the schedules end".to_owned());
        schedules.abort();
        self.network.calm();
        self.lambda.calm();
        self.deliveries.calm();
        Ok(self.settle().await)
    }

    fn start_parts(&self) {
        tokio::spawn(Arc::clone(&self.services.batch).run(std::future::pending()));
        tokio::spawn(Arc::clone(&self.deliveries).run());
        let own = self.plan.pipelines.iter().map(|pipeline| (pipeline.queue.clone(), Function::OnMessage));
        let stack = MAPPINGS.into_iter().map(|(queue, function)| (queue.to_owned(), function));
        for (queue, function) in stack.chain(own) {
            let (sqs, lambda) = (Arc::clone(&self.services.sqs), Arc::clone(&self.lambda));
            let deliveries = Arc::clone(&self.deliveries);
            tokio::spawn(Mapping { queue, function, sqs, lambda, deliveries }.run());
        }
        tokio::spawn(sweep(Arc::clone(&self.lambda), Arc::clone(&self.witness), self.plan.faults.clone()));
    }

    /// Waits until all has come to its end, as an operator who does what is theirs to do; and a while longer.
    async fn settle(&self) -> Option<Violation> {
        let mut waited = Duration::ZERO;
        while waited < PATIENCE {
            if self.has_settled() {
                sleep(AFTERLIFE).await;
                if self.has_settled() {
                    break;
                }
            }
            self.operate().await;
            sleep(LOOK_EVERY).await;
            waited += LOOK_EVERY;
        }
        self.witness.end(&self.plan)
    }

    fn outcome(&self, violation: Option<Violation>, trace: &Trace) -> Outcome {
        let (faults, calls) = self.witness.counts();
        let (runs, jobs) = self.witness.look(|facts| (facts.runs.len() as u64, facts.jobs.len() as u64));
        Outcome {
            seed: self.plan.seed,
            violation,
            runs,
            jobs,
            invocations: self.lambda.invocations(),
            simulated_ms: self.witness.now_ms().saturating_sub(NOW_MS),
            faults,
            calls,
            trace: trace.lines(),
        }
    }
}

/// The sweep, as often as it is not skipped. When no watch is due, it would find nothing: that is skipped.
async fn sweep(lambda: Arc<Lambda>, witness: Arc<Witness>, faults: Faults) {
    loop {
        sleep(Duration::from_secs(faults.sweep_every_s)).await;
        let due = witness.look(|facts| {
            let due = |run: &RunItem| run.watch_at.is_some_and(|at| at <= facts.now_ms + faults.skew_ms);
            facts.runs.values().any(due) || facts.gatherings.values().any(|status| status != "ENDED")
        });
        if due {
            let event = json!({ "source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": {} });
            let lambda = Arc::clone(&lambda);
            tokio::spawn(async move { drop(lambda.invoke(Function::Sweep, event).await) });
        }
    }
}

/// The configuration of SDKs whose requests go through the network, or straight to the services.
fn sdk(services: &Services, clock: &Clock, network: Option<Arc<Network>>) -> SdkConfig {
    let sdk = sdk_config(crate::aws::ENDPOINT, services.service()).into_builder();
    let sdk = sdk.time_source(Time(clock.clone()));
    match network {
        Some(network) => sdk.http_client(http_client(network)).region(Some(own_region())).build(),
        None => sdk.build(),
    }
}

/// The SDKs keep one bucket of retry tokens for each service and region of the whole process. A world must not feel what another
/// one has spent, so each has a region of its own.
fn own_region() -> Region {
    static WORLDS: AtomicU64 = AtomicU64::new(0);
    Region::new(format!("us-east-{}", WORLDS.fetch_add(1, Ordering::Relaxed)))
}

fn control_maker(sdk: SdkConfig, clock: Clock, ids: Ids, rules: Rules) -> crate::platform::MakeControl {
    Box::new(move |skew_ms| {
        let clock = clock.ahead_by(Duration::from_millis(skew_ms));
        Control::new(config(crate::aws::ENDPOINT), &sdk, clock, ids.clone()).with_rules(rules)
    })
}

/// The SDKs sign with it.
#[derive(Debug)]
struct Time(Clock);

impl aws_smithy_async::time::TimeSource for Time {
    fn now(&self) -> std::time::SystemTime {
        std::time::UNIX_EPOCH + Duration::from_millis(self.0.now_ms())
    }
}

/// A folder in memory, where there is one: thousands of worlds write their uploads.
fn memory_folder() -> std::path::PathBuf {
    let memory = std::path::PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { std::env::temp_dir() }
}
