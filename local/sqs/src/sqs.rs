//! The service: what it is made of, and how it is opened.

use std::{fmt, sync::Arc};

use ambient::{Clock, Ids};
use local_store::Store;

use crate::{Error, table, wakes::Wakes};

/// What the service takes from outside.
#[derive(Clone)]
pub struct Config {
    /// Where queues and messages are kept, in tables whose names begin with `sqs_`.
    pub store: Store,
    /// The wall clock. It and tokio's time must advance together.
    pub clock: Clock,
    /// The ids of messages and receipts.
    pub ids: Ids,
    /// The region of everything here, such as `us-east-1`.
    pub region: String,
    /// Scheme and host of queue URLs, such as `http://127.0.0.1:4510`, where a request names no host.
    pub endpoint: String,
}

/// SQS on one machine. Its API is a [`local_wire::Service`]; the surface also calls it in process.
pub struct Sqs {
    pub(crate) config: Config,
    pub(crate) wakes: Wakes,
}

impl fmt::Debug for Sqs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqs").field("region", &self.config.region).finish_non_exhaustive()
    }
}

impl Sqs {
    /// Opens the service over its tables, and makes them if they are missing.
    ///
    /// # Errors
    /// If the tables cannot be made.
    pub fn open(config: Config) -> Result<Arc<Self>, Error> {
        config.store.migrate(table::SCHEMA)?;
        Ok(Arc::new(Self { config, wakes: Wakes::default() }))
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.config.clock.now_ms()
    }
}

/// Seconds in milliseconds.
pub(crate) fn millis(seconds: u32) -> u64 {
    u64::from(seconds) * 1_000
}
