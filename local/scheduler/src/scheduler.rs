//! The service: what it is made of, and how it is opened.

use std::{fmt, sync::Arc};

use ambient::{Clock, Ids};
use local_store::Store;
use rusqlite::Transaction;
use tokio::sync::Notify;

use crate::{Error, Firing, table};

/// Called with every firing, in the transaction that moves its schedule on: it writes down there what is to be invoked. If it
/// fails, nothing fired, and [`Scheduler::run`] ends with its error.
pub type Hook = Arc<dyn Fn(&Transaction<'_>, &Firing) -> rusqlite::Result<()> + Send + Sync>;

/// What the service takes from outside.
#[derive(Clone)]
pub struct Config {
    /// Where schedules are kept, in tables whose names begin with `scheduler_`.
    pub store: Store,
    /// The wall clock. It and tokio's time must advance together.
    pub clock: Clock,
    /// Execution ids, and the moment within a flexible window.
    pub ids: Ids,
    /// The region of everything here, such as `us-east-1`.
    pub region: String,
    /// Called with every firing.
    pub fire: Hook,
}

/// EventBridge Scheduler on one machine. Its API is a [`local_wire::Service`]; [`Scheduler::run`] fires.
pub struct Scheduler {
    pub(crate) config: Config,
    /// A schedule changed: the next firing may be another.
    pub(crate) changed: Notify,
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scheduler").field("region", &self.config.region).finish_non_exhaustive()
    }
}

impl Scheduler {
    /// Opens the service over its tables, and makes them and the group `default` if they are missing.
    ///
    /// # Errors
    /// If that fails.
    pub fn open(config: Config) -> Result<Arc<Self>, Error> {
        config.store.migrate(table::SCHEMA)?;
        let scheduler = Self { config, changed: Notify::new() };
        scheduler.create_group(table::group::DEFAULT)?;
        Ok(Arc::new(scheduler))
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.config.clock.now_ms()
    }
}
