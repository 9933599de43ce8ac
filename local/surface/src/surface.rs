//! The whole: opened, served, and stopped.

use std::{
    collections::BTreeMap,
    future::Future,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use ambient::{Clock, Ids};
use aws_config::SdkConfig;
use aws_sdk_batch::error::{DisplayErrorContext, SdkError};
use control::Control;
use local_batch::{Batch, Machine, Processes};
use local_s3::{EventName, Inbox, S3};
use local_scheduler::Scheduler;
use local_sqs::Sqs;
use local_store::Store;
use local_wire::{Answer, Body, Service};
use tokio::{net::TcpListener, task::JoinSet};

use crate::{
    dynamodb::DynamoDb,
    events,
    installation::{self, INBOX_BUCKET, REGION, SCHEDULE_GROUP, UPLOAD_QUEUE, WORK_BUCKET, queue_arn},
    lambda::{AsyncInvocations, Function, Functions, dead_letter_queue},
    mapping,
    router::Router,
};

/// What the surface takes from outside.
pub struct Options {
    /// Where everything is kept.
    pub data_dir: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
    /// Folders in which the programs of jobs are looked for first.
    pub path_prepend: Vec<PathBuf>,
    /// The file that the secrets of jobs are taken from, if there is one.
    pub secrets: Option<PathBuf>,
    /// The time.
    pub clock: Clock,
    /// Ids.
    pub ids: Ids,
}

/// Why the surface could not be opened, or stopped.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

impl Error {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    pub(crate) fn aws<E, R>(operation: &str, error: &SdkError<E, R>) -> Self
    where
        E: std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        Self(format!("{operation}: {}", DisplayErrorContext(error)))
    }
}

macro_rules! from_errors {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self(error.to_string())
            }
        })*
    };
}

from_errors!(
    std::io::Error,
    rusqlite::Error,
    local_store::Error,
    local_batch::Error,
    local_s3::Error,
    local_sqs::Error,
    local_scheduler::Error,
    dynoxide::DynoxideError,
    control::Error,
    control::table::Error,
    tokio::task::JoinError,
    tokio::sync::AcquireError,
);

/// Services that are made before the router that reaches them: the functions' clients go through it.
struct Late(Arc<OnceLock<Router>>);

impl Service for Late {
    fn call(&self, request: http::Request<Body>) -> Answer<'_> {
        match self.0.get() {
            Some(router) => router.call(request),
            None => Box::pin(async {
                local_wire::AwsError::server("ServiceUnavailable", "the services are being opened").response()
            }),
        }
    }
}

/// AWS on one machine, opened.
pub struct Surface {
    listener: TcpListener,
    address: SocketAddr,
    store: Store,
    clock: Clock,
    control: Arc<Control>,
    router: Router,
    batch: Arc<Batch>,
    s3: Arc<S3>,
    sqs: Arc<Sqs>,
    scheduler: Arc<Scheduler>,
    inbox: Inbox,
    invocations: Arc<AsyncInvocations>,
    functions: Functions,
}

impl Surface {
    /// Opens it: binds the port, opens what the data folder holds, and makes what is missing of the installation.
    ///
    /// # Errors
    /// In words: the port is taken, or the folder cannot be used.
    pub async fn open(options: Options) -> Result<Self, Error> {
        let Options { data_dir, address, path_prepend, secrets, clock, ids } = options;
        std::fs::create_dir_all(&data_dir)
            .map_err(|error| Error::new(format!("the folder {} cannot be made: {error}", data_dir.display())))?;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| Error::new(format!("{address} cannot be listened on: {error}; --port takes another")))?;
        let address = listener.local_addr()?;
        let endpoint = endpoint(address);
        let store = Store::open(&data_dir.join("batchwright.db"))?;

        let late = Arc::new(OnceLock::new());
        let sdk = installation::sdk_config(&endpoint, Arc::new(Late(Arc::clone(&late))));
        let control = Arc::new(Control::new(installation::config(&endpoint), &sdk, clock.clone(), ids.clone()));
        let functions = Functions::new(Arc::clone(&control));

        let sqs = Sqs::open(local_sqs::Config {
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            region: REGION.to_owned(),
            endpoint: endpoint.clone(),
        })?;
        let invocations =
            Arc::new(AsyncInvocations::open(store.clone(), clock.clone(), Arc::clone(&sqs), functions.clone())?);
        let s3 = S3::open(local_s3::Config {
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            data_dir: data_dir.clone(),
            region: REGION.to_owned(),
            notify: notification(Arc::clone(&sqs)),
        })?;
        let scheduler = Scheduler::open(local_scheduler::Config {
            store: store.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            region: REGION.to_owned(),
            fire: firing(clock.clone(), Arc::clone(&invocations)),
        })?;
        let batch = Batch::open(local_batch::Config {
            store: store.clone(),
            clock: clock.clone(),
            ids,
            data_dir: data_dir.clone(),
            endpoint,
            region: REGION.to_owned(),
            machine: Machine::here(),
            path_prepend,
            secrets,
            runner: Arc::new(Processes),
            emit: Arc::new(events::rule),
        })?;
        let router = Router {
            s3: s3.clone(),
            sqs: sqs.clone(),
            dynamodb: Arc::new(DynamoDb::open(&data_dir.join("dynamodb.db"))?),
            batch: batch.clone(),
            scheduler: scheduler.clone(),
        };
        let _ = late.set(router.clone());
        let inbox = Inbox::open(s3.clone(), data_dir.join("inbox"), INBOX_BUCKET.to_owned())?;
        let surface = Self {
            listener,
            address,
            store,
            clock,
            control,
            router,
            batch,
            s3,
            sqs,
            scheduler,
            inbox,
            invocations,
            functions,
        };
        surface.install(&sdk).await?;
        Ok(surface)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The services, for clients in this process.
    pub fn service(&self) -> Arc<dyn Service> {
        Arc::new(self.router.clone())
    }

    /// Makes what is missing of the installation, as the stack's template does on AWS.
    async fn install(&self, sdk: &SdkConfig) -> Result<(), Error> {
        self.control.table().create().await?;
        for (queue, function) in mapping::MAPPINGS {
            let dead_letters = dead_letter_queue(function);
            self.sqs.ensure_queue(&dead_letters, &BTreeMap::new())?;
            let redrive = format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":5}}"#, queue_arn(&dead_letters));
            let attributes = [("VisibilityTimeout", "360"), ("RedrivePolicy", redrive.as_str())];
            let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
            self.sqs.ensure_queue(queue, &BTreeMap::from(attributes))?;
            // Whoever had received them is gone with the process.
            self.sqs.release(queue)?;
        }
        for function in Function::ALL {
            self.sqs.ensure_queue(&dead_letter_queue(function), &BTreeMap::new())?;
        }
        self.s3.create_bucket(INBOX_BUCKET).await?;
        self.s3.create_bucket(WORK_BUCKET).await?;
        self.scheduler.create_group(SCHEDULE_GROUP)?;
        installation::create_job_queues(sdk).await
    }

    /// Serves until `shutdown` resolves, or a part of it breaks.
    ///
    /// # Errors
    /// If a part breaks. Nothing that was acknowledged is lost.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send + 'static) -> Result<(), Error> {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let until = |mut stopped: tokio::sync::watch::Receiver<bool>| async move {
            // An error means that the sender is gone, which is a stop too.
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        let mut parts: JoinSet<Result<(), Error>> = JoinSet::new();
        for (queue, function) in mapping::MAPPINGS {
            parts.spawn(mapping::run(Arc::clone(&self.sqs), self.functions.clone(), queue.to_owned(), function));
        }
        parts.spawn(mapping::run_triggers(Arc::clone(&self.sqs), self.functions.clone(), Arc::clone(&self.control)));
        parts.spawn(events::run_rule(
            self.store.clone(),
            self.clock.clone(),
            Arc::clone(&self.batch),
            Arc::clone(&self.invocations),
        ));
        parts.spawn(events::run_sweep(self.functions.clone()));
        parts.spawn(Arc::clone(&self.invocations).run());
        parts.spawn(async move { Ok(self.scheduler.run().await?) });
        parts.spawn(async move {
            self.inbox.run().await;
            Ok(())
        });
        let mut engine = tokio::spawn(Arc::clone(&self.batch).run(until(stopped.clone())));
        let router = Arc::new(self.router.clone());
        parts.spawn(async move {
            local_wire::serve(self.listener, router, std::future::pending()).await;
            Ok(())
        });
        let ended = tokio::select! {
            () = shutdown => Ok(()),
            Some(ended) = parts.join_next() => ended?,
            ended = &mut engine => return Ok(ended??),
        };
        // Job processes are stopped by the engine, and find the endpoint as long as they live.
        let _ = stop.send(true);
        engine.await??;
        ended
    }
}

/// How the services are reached from this machine, also when they listen on all interfaces.
fn endpoint(address: SocketAddr) -> String {
    let host = if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address.ip() };
    format!("http://{}", SocketAddr::new(host, address.port()))
}

/// Objects of every bucket but that of the runs themselves are told to `on-upload`, by way of its queue, in the transaction that
/// makes them visible.
fn notification(sqs: Arc<Sqs>) -> local_s3::Hook {
    Arc::new(move |transaction, event| {
        let created = match event.name {
            EventName::CreatedPut | EventName::CreatedCopy | EventName::CreatedCompleteMultipartUpload => true,
            EventName::RemovedDelete | EventName::RemovedDeleteMarkerCreated => false,
        };
        if created && event.bucket != WORK_BUCKET {
            sqs.send_in(transaction, UPLOAD_QUEUE, &event.message("batchwright"), 0)?;
        }
        Ok(())
    })
}

/// A schedule's firing is an invocation of the function that is its target.
fn firing(clock: Clock, invocations: Arc<AsyncInvocations>) -> local_scheduler::Hook {
    Arc::new(move |transaction, firing| {
        let function = firing.target_arn.rsplit(":batchwright-").next().and_then(Function::from_name);
        match function {
            Some(function) => AsyncInvocations::put(transaction, function, &firing.input, clock.now_ms())?,
            None => tracing::warn!(target = firing.target_arn, "the target of a schedule is not here"),
        }
        invocations.wake();
        Ok(())
    })
}
