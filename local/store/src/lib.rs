//! One SQLite file, with grouped commits.
//!
//! **A write that returned from [`Store::write`] survives the loss of the process at once, and the loss of power as soon as
//! [`Store::durable`] returned.** The file is in WAL mode with `synchronous = NORMAL`: a commit appends to the log without
//! waiting for the disk. [`Store::durable`] waits for one `fsync` of the log that began after the call; all who wait share it,
//! so a slow disk delays each write once, and never queues one behind another.
//!
//! What a service acknowledged is durable: it calls `durable` before it answers.

mod log_sync;

pub use log_sync::LogSync;
pub use rusqlite;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, Transaction, TransactionBehavior};

/// Why the store failed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite refused.
    #[error("the store failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The disk failed.
    #[error("the store's log could not be written to disk: {0}")]
    Disk(String),
}

/// A SQLite database shared by the services of one process. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
    /// `None` in memory: nothing there outlives the process.
    sync: Option<LogSync>,
}

impl Store {
    /// Opens or creates the file.
    ///
    /// # Errors
    /// If it cannot be opened, or is not a database.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        Self::new(connection, Some(LogSync::of(path)))
    }

    /// A store in memory, for tests and simulations.
    ///
    /// # Errors
    /// If SQLite has no memory.
    pub fn memory() -> Result<Self, Error> {
        Self::new(Connection::open_in_memory()?, None)
    }

    fn new(connection: Connection, sync: Option<LogSync>) -> Result<Self, Error> {
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.set_prepared_statement_cache_capacity(256);
        Ok(Self { connection: Arc::new(Mutex::new(connection)), sync })
    }

    /// Creates what is missing of a service's tables: `CREATE TABLE IF NOT EXISTS …`.
    ///
    /// # Errors
    /// If the SQL fails.
    pub fn migrate(&self, sql: &str) -> Result<(), Error> {
        Ok(self.lock().execute_batch(sql)?)
    }

    /// Runs `work` in one transaction: all of it is written, or, if it fails, nothing. Not yet flushed: see
    /// [`durable`](Self::durable). `work` must be short: everyone waits for it.
    ///
    /// # Errors
    /// What `work` returns, or SQLite's.
    pub fn write<T, E: From<Error>>(&self, work: impl FnOnce(&Transaction<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut connection = self.lock();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Error::from)?;
        let done = work(&transaction)?;
        transaction.commit().map_err(Error::from)?;
        Ok(done)
    }

    /// Runs `work`, which only reads.
    ///
    /// # Errors
    /// What `work` returns.
    pub fn read<T, E>(&self, work: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        work(&self.lock())
    }

    /// Waits until all that was written before this call is on disk.
    ///
    /// # Errors
    /// If the disk fails: what was written may be lost with the power.
    pub async fn durable(&self) -> Result<(), Error> {
        match &self.sync {
            Some(sync) => sync.flushed().await,
            None => Ok(()),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Connection> {
        // A panic under the lock rolled its transaction back: the connection is sound.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
