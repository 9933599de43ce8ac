//! A service in process, its client, and a runner that plays jobs.

mod scripted;

pub(crate) use scripted::Scripted;

use std::{future::Future, path::Path, sync::Arc, time::Duration};

use ambient::{Clock, Ids};
use aws_sdk_batch::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    error::{ProvideErrorMetadata, SdkError},
    operation::submit_job::builders::SubmitJobFluentBuilder,
    types::{
        CeType, ComputeEnvironmentOrder, ContainerProperties, JobDefinitionType, JobDetail, JobStatus,
        ResourceRequirement, ResourceType,
    },
};
use local_batch::{Batch, Config, Machine, Processes, Runner};
use local_store::Store;
use tokio::{sync::oneshot, task::JoinHandle};

/// 2026-01-01.
pub(crate) const START_MS: u64 = 1_767_225_600_000;

/// A service that runs, with the queue `plain` (priority 10) over the environment `local`.
pub(crate) struct World {
    pub(crate) batch: Arc<Batch>,
    pub(crate) store: Store,
    pub(crate) client: Client,
    /// How often one looks at a job, and for how long: by tokio's clock, which paused time skips.
    look: (Duration, Duration),
    engine: JoinHandle<Result<(), local_batch::Error>>,
    shutdown: Option<oneshot::Sender<()>>,
}

pub(crate) fn machine(millivcpus: u64, memory_mib: u64) -> Machine {
    Machine { millivcpus, memory_mib, ..Machine::here() }
}

pub(crate) fn config(store: &Store, data_dir: &Path, runner: Arc<dyn Runner>) -> Config {
    Config {
        store: store.clone(),
        clock: Clock::starting_at(START_MS),
        ids: Ids::seeded(7),
        data_dir: data_dir.to_owned(),
        endpoint: "http://127.0.0.1:4510".to_owned(),
        region: "us-east-1".to_owned(),
        machine: machine(2000, 4096),
        path_prepend: Vec::new(),
        secrets: None,
        runner,
        emit: Arc::new(|_| true),
    }
}

impl World {
    /// With real processes that work under `data_dir`.
    pub(crate) async fn real(data_dir: &Path) -> Self {
        let store = Store::memory().unwrap();
        Self::over(Config { clock: Clock::System, ..config(&store, data_dir, Arc::new(Processes)) }).await
    }

    /// With played jobs, for paused time.
    pub(crate) async fn scripted(runner: &Arc<Scripted>) -> Self {
        let store = Store::memory().unwrap();
        let config = config(&store, Path::new("/nowhere"), Arc::clone(runner) as Arc<dyn Runner>);
        let mut world = Self::over(config).await;
        world.be_patient();
        world
    }

    /// For paused time: waits for up to an hour of it.
    pub(crate) fn be_patient(&mut self) {
        self.look = (Duration::from_millis(100), Duration::from_secs(3600));
    }

    /// Opens and runs the service of `config`, and makes what every test needs if it is not there.
    pub(crate) async fn over(config: Config) -> Self {
        let store = config.store.clone();
        let batch = Batch::open(config).unwrap();
        let client = client(&batch);
        let (shutdown, down) = oneshot::channel::<()>();
        let engine = tokio::spawn(Arc::clone(&batch).run(async move {
            let _ = down.await;
        }));
        let world = Self {
            batch,
            store,
            client,
            look: (Duration::from_millis(5), Duration::from_secs(30)),
            engine,
            shutdown: Some(shutdown),
        };
        if world.client.describe_job_queues().send().await.unwrap().job_queues().is_empty() {
            world.environment("local").await;
            world.queue("plain", 10, None).await;
        }
        world
    }

    pub(crate) async fn environment(&self, name: &str) {
        let create = self.client.create_compute_environment().compute_environment_name(name);
        create.r#type(CeType::Managed).send().await.unwrap();
    }

    pub(crate) async fn queue(&self, name: &str, priority: i32, policy: Option<&str>) {
        let order = ComputeEnvironmentOrder::builder().order(1).compute_environment("local").build();
        let create =
            self.client.create_job_queue().job_queue_name(name).priority(priority).compute_environment_order(order);
        create.set_scheduling_policy_arn(policy.map(str::to_owned)).send().await.unwrap();
    }

    /// A queue with a fair-share policy.
    pub(crate) async fn fair_queue(&self, name: &str, priority: i32) {
        let policy = self.client.create_scheduling_policy().name(format!("{name}-policy")).send().await.unwrap();
        self.queue(name, priority, Some(policy.arn().unwrap())).await;
    }

    /// A definition that runs `command` with a quarter of a vCPU and 64 MiB.
    pub(crate) async fn define(&self, name: &str, command: &[&str]) {
        self.define_sized(name, command, "0.25", "64").await;
    }

    pub(crate) async fn define_sized(&self, name: &str, command: &[&str], vcpu: &str, memory: &str) {
        let register = self.client.register_job_definition().job_definition_name(name);
        let register =
            register.r#type(JobDefinitionType::Container).container_properties(container(command, vcpu, memory));
        register.send().await.unwrap();
    }

    /// A submission of `definition` to the queue `plain`, to be completed and sent.
    pub(crate) fn submission(&self, definition: &str) -> SubmitJobFluentBuilder {
        self.client.submit_job().job_name(definition).job_queue("plain").job_definition(definition)
    }

    pub(crate) async fn submit(&self, definition: &str) -> String {
        id(self.submission(definition)).await
    }

    /// Defines and submits in one.
    pub(crate) async fn run(&self, name: &str, command: &[&str]) -> JobDetail {
        self.define(name, command).await;
        let id = self.submit(name).await;
        self.ended(&id).await
    }

    pub(crate) async fn job(&self, id: &str) -> JobDetail {
        let mut described = self.client.describe_jobs().jobs(id).send().await.unwrap();
        described.jobs.take().unwrap().pop().unwrap_or_else(|| panic!("no job {id}"))
    }

    /// The job once it has the status.
    pub(crate) async fn until(&self, id: &str, status: &JobStatus) -> JobDetail {
        self.look(id, |job| job.status() == Some(status)).await
    }

    /// The job once it has ended.
    pub(crate) async fn ended(&self, id: &str) -> JobDetail {
        self.look(id, |job| matches!(job.status(), Some(JobStatus::Succeeded | JobStatus::Failed))).await
    }

    async fn look(&self, id: &str, is: impl Fn(&JobDetail) -> bool) -> JobDetail {
        let looking = async {
            loop {
                let job = self.job(id).await;
                if is(&job) {
                    return job;
                }
                tokio::time::sleep(self.look.0).await;
            }
        };
        match tokio::time::timeout(self.look.1, looking).await {
            Ok(job) => job,
            Err(_) => panic!("{:?}", self.job(id).await),
        }
    }

    /// Takes all events there are.
    pub(crate) fn events(&self) -> Vec<serde_json::Value> {
        self.store.write(|transaction| self.batch.take_events(transaction, 100_000)).unwrap()
    }

    /// Ends the service as a signal would.
    pub(crate) async fn shut_down(mut self) {
        drop(self.shutdown.take());
        self.engine.await.unwrap().unwrap();
    }

    /// Ends the service as `kill -9` would: nothing more is written, and processes live on.
    pub(crate) async fn kill(self) {
        self.engine.abort();
        let _ = self.engine.await;
    }
}

pub(crate) async fn id(submission: SubmitJobFluentBuilder) -> String {
    submission.send().await.unwrap().job_id().unwrap().to_owned()
}

pub(crate) fn container(command: &[&str], vcpu: &str, memory: &str) -> ContainerProperties {
    let requirement = |kind, value: &str| ResourceRequirement::builder().r#type(kind).value(value).build();
    ContainerProperties::builder()
        .image("busybox")
        .set_command(Some(command.iter().map(|&argument| argument.to_owned()).collect()))
        .resource_requirements(requirement(ResourceType::Vcpu, vcpu))
        .resource_requirements(requirement(ResourceType::Memory, memory))
        .build()
}

fn client(batch: &Arc<Batch>) -> Client {
    let config = aws_sdk_batch::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(local_wire::client(Arc::clone(batch) as Arc<dyn local_wire::Service>))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .region(Region::new("us-east-1"))
        .endpoint_url("http://local")
        .build();
    Client::from_conf(config)
}

/// The sorted statuses of events, for those whose job has this id.
pub(crate) fn statuses(events: &[serde_json::Value], id: &str) -> Vec<String> {
    let of_job = events.iter().filter(|event| event["detail"]["jobId"] == id);
    of_job.map(|event| event["detail"]["status"].as_str().unwrap().to_owned()).collect()
}

/// The message of a request that was refused with `ClientException`.
pub(crate) async fn refused<T, E, F>(sent: F) -> String
where
    F: Future<Output = Result<T, SdkError<E>>>,
    E: ProvideErrorMetadata + std::fmt::Debug,
{
    let Err(error) = sent.await else { panic!("it was taken") };
    assert_eq!(error.code(), Some("ClientException"), "{error:?}");
    error.message().unwrap_or_default().to_owned()
}
