//! The service: what it is made of, and how it is opened.

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ambient::{Clock, Ids};
use local_store::Store;
use rusqlite::Transaction;
use serde_json::Value;
use tokio::sync::Notify;

use crate::{
    Error, Machine, Runner,
    engine::Live,
    event::Change,
    ledger::Ledger,
    table::{self, outbox},
};

/// Which state changes are told: asked before an event is written.
pub type Emit = Arc<dyn Fn(&Change<'_>) -> bool + Send + Sync>;

/// What the service takes from outside.
pub struct Config {
    /// Where jobs are kept. Its tables here begin with `batch_`.
    pub store: Store,
    /// The wall clock.
    pub clock: Clock,
    /// The ids of jobs and of their attempts.
    pub ids: Ids,
    /// Jobs work and log in `jobs/` under it. A relative path is taken from the current directory.
    pub data_dir: PathBuf,
    /// The URL of the local AWS surface, which jobs get as `AWS_ENDPOINT_URL`.
    pub endpoint: String,
    /// The region of everything here.
    pub region: String,
    /// What jobs may use.
    pub machine: Machine,
    /// Folders in which programs are looked for before those of the machine.
    pub path_prepend: Vec<PathBuf>,
    /// The file that secrets are taken from, if there is one. It is read when a job that has secrets starts.
    pub secrets: Option<PathBuf>,
    /// What runs jobs.
    pub runner: Arc<dyn Runner>,
    /// Which state changes are told; the others cost nothing.
    pub emit: Emit,
}

/// AWS Batch on one machine. Its API is a [`local_wire::Service`]; its engine is [`Batch::run`].
pub struct Batch {
    pub(crate) config: Config,
    /// There may be something to start.
    pub(crate) wake: Notify,
    /// There may be events.
    events: Notify,
    live: Mutex<BTreeMap<i64, Live>>,
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("data_dir", &self.config.data_dir).finish_non_exhaustive()
    }
}

impl Batch {
    /// Opens the service over its tables. What ran when the last server ended is taken care of when [`run`](Self::run) starts.
    ///
    /// # Errors
    /// If the tables cannot be made.
    pub fn open(mut config: Config) -> Result<Arc<Self>, Error> {
        config.store.migrate(table::SCHEMA)?;
        config.data_dir = std::path::absolute(&config.data_dir)?;
        Ok(Arc::new(Self { config, wake: Notify::new(), events: Notify::new(), live: Mutex::default() }))
    }

    /// Waits until there are events to take. For one waiter at a time.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn events_ready(&self) -> Result<(), Error> {
        while !self.config.store.read(outbox::any)? {
            self.events.notified().await;
        }
        Ok(())
    }

    /// Takes up to `limit` events out of the outbox, oldest first, in a transaction of the caller, who writes them elsewhere in
    /// the same transaction, and makes it [`durable`](Store::durable) before anyone hears of them. Each is an EventBridge event
    /// as AWS Batch sends it.
    ///
    /// # Errors
    /// If the store fails.
    pub fn take_events(&self, transaction: &Transaction<'_>, limit: u32) -> Result<Vec<Value>, Error> {
        outbox::take(transaction, limit)
    }

    /// Writes a batch of changes in one transaction, and wakes whom they concern.
    pub(crate) fn commit<T>(&self, work: impl FnOnce(&mut Ledger<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let (done, told) = self.config.store.write(|transaction| {
            let mut ledger = Ledger::new(transaction, &self.config);
            let done = work(&mut ledger)?;
            Ok::<_, Error>((done, ledger.settle()?))
        })?;
        if told.runnable {
            self.wake.notify_one();
        }
        if told.events {
            self.events.notify_one();
        }
        Ok(done)
    }

    /// The jobs whose processes run, by number.
    pub(crate) fn live(&self) -> MutexGuard<'_, BTreeMap<i64, Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
