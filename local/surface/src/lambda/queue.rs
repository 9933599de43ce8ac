//! Asynchronous invocations: kept until they succeed, tried three times as Lambda does, then dead-lettered.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use ambient::Clock;
use local_sqs::Sqs;
use local_store::Store;
use rusqlite::{Connection, Transaction, params};
use tokio::{sync::Notify, task::JoinSet};

use crate::{
    lambda::{Function, Functions},
    surface::Error,
};

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS lambda_invocation (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        function TEXT NOT NULL,
        payload TEXT NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0,
        due_ms INTEGER NOT NULL
    );
    CREATE INDEX IF NOT EXISTS lambda_invocation_due ON lambda_invocation (due_ms, id);
";

/// How many run at once.
const CONCURRENCY: usize = 32;
/// Lambda tries an asynchronous invocation twice more.
const TRIES: u32 = 3;
/// After one minute, and after two.
const RETRY_AFTER_MS: u64 = 60_000;

/// How long nothing is begun after the store failed.
const REST: Duration = Duration::from_secs(1);

/// The queue of asynchronous invocations.
pub(crate) struct AsyncInvocations {
    store: Store,
    clock: Clock,
    sqs: Arc<Sqs>,
    functions: Functions,
    changed: Notify,
}

struct Due {
    id: i64,
    function: Function,
    payload: String,
    tries: u32,
}

impl AsyncInvocations {
    /// Opens the queue. What ran when the process was lost runs again.
    pub(crate) fn open(store: Store, clock: Clock, sqs: Arc<Sqs>, functions: Functions) -> Result<Self, Error> {
        store.migrate(SCHEMA)?;
        store.write(forget_unknown)?;
        Ok(Self { store, clock, sqs, functions, changed: Notify::new() })
    }

    /// Puts an invocation into the queue, in a transaction of the caller, who then calls [`wake`](Self::wake).
    pub(crate) fn put(
        transaction: &Transaction<'_>,
        function: Function,
        payload: &str,
        now_ms: u64,
    ) -> rusqlite::Result<()> {
        transaction
            .prepare_cached("INSERT INTO lambda_invocation (function, payload, due_ms) VALUES (?1, ?2, ?3)")?
            .execute(params![function.name(), payload, now_ms as i64])
            .map(drop)
    }

    /// Says that there is something new.
    pub(crate) fn wake(&self) {
        self.changed.notify_one();
    }

    /// Runs what is due, for ever.
    pub(crate) async fn run(self: Arc<Self>) -> Result<(), Error> {
        let mut running = JoinSet::new();
        let mut under_way = BTreeSet::new();
        loop {
            let now = self.clock.now_ms();
            let room = CONCURRENCY.saturating_sub(under_way.len());
            let due = self.store.read(|connection| due(connection, now, &under_way, room))?;
            if !due.is_empty() {
                // Nobody acts on what is not on disk: a job that ended must not run again after the power was lost.
                self.store.durable().await?;
            }
            for due in due {
                under_way.insert(due.id);
                running.spawn(Arc::clone(&self).attempt(due));
            }
            let next = self.store.read(|connection| next_due(connection, &under_way))?;
            let pause = next.map_or(Duration::from_secs(3600), |ms| Duration::from_millis(ms.saturating_sub(now)));
            let full = under_way.len() >= CONCURRENCY;
            tokio::select! {
                Some(done) = running.join_next() => {
                    let (id, settled) = done?;
                    under_way.remove(&id);
                    if let Err(error) = settled {
                        tracing::error!(%error, "an invocation ran, but that was not written down: it runs again");
                        tokio::time::sleep(REST).await;
                    }
                }
                () = self.changed.notified(), if !full => {}
                () = tokio::time::sleep(pause), if !full => {}
            }
        }
    }

    async fn attempt(self: Arc<Self>, due: Due) -> (i64, Result<(), Error>) {
        (due.id, self.settle(due).await)
    }

    async fn settle(&self, due: Due) -> Result<(), Error> {
        let event = serde_json::from_str(&due.payload).unwrap_or_default();
        let outcome = self.functions.call(due.function, event).await;
        let tries = due.tries + 1;
        match outcome {
            Ok(_) => self.store.write(|transaction| forget(transaction, due.id))?,
            Err(error) if tries < TRIES => {
                tracing::error!(function = due.function.name(), %error, "an invocation failed, and is tried again");
                let at = self.clock.now_ms() + u64::from(tries) * RETRY_AFTER_MS;
                self.store.write(|transaction| put_off(transaction, due.id, tries, at))?;
            }
            Err(error) => {
                tracing::error!(function = due.function.name(), %error, "an invocation failed for good: dead-lettered");
                let queue = dead_letter_queue(due.function);
                self.store.write(|transaction| {
                    self.sqs.send_in(transaction, &queue, &due.payload, 0).map_err(local_store::Error::from)?;
                    forget(transaction, due.id)
                })?;
            }
        }
        Ok(())
    }
}

/// The dead-letter queue behind a function.
pub(crate) fn dead_letter_queue(function: Function) -> String {
    format!("batchwright-{}-dead-letters", function.name())
}

fn due(connection: &Connection, now: u64, under_way: &BTreeSet<i64>, room: usize) -> Result<Vec<Due>, Error> {
    let mut statement = connection.prepare_cached(
        "SELECT id, function, payload, tries FROM lambda_invocation WHERE due_ms <= ?1 ORDER BY due_ms, id LIMIT ?2",
    )?;
    // Those under way are among the first, so there may be that many more.
    let limit = room + under_way.len();
    let rows = statement.query_map(params![now as i64, limit as i64], |row| {
        Ok((row.get(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get(3)?))
    })?;
    let mut found = Vec::new();
    for row in rows {
        let (id, function, payload, tries) = row?;
        match Function::from_name(&function) {
            Some(function) if !under_way.contains(&id) && found.len() < room => {
                found.push(Due { id, function, payload, tries });
            }
            Some(_) | None => {}
        }
    }
    Ok(found)
}

fn next_due(connection: &Connection, under_way: &BTreeSet<i64>) -> Result<Option<u64>, Error> {
    let mut statement =
        connection.prepare_cached("SELECT id, due_ms FROM lambda_invocation ORDER BY due_ms, id LIMIT ?1")?;
    let rows = statement
        .query_map(params![under_way.len() as i64 + 1], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    for row in rows {
        let (id, due) = row?;
        if !under_way.contains(&id) {
            return Ok(Some(due.unsigned_abs()));
        }
    }
    Ok(None)
}

fn forget(transaction: &Transaction<'_>, id: i64) -> Result<(), Error> {
    transaction.prepare_cached("DELETE FROM lambda_invocation WHERE id = ?1")?.execute(params![id])?;
    Ok(())
}

/// An invocation of a function that there is no more, since an earlier release put it here, can never run.
fn forget_unknown(transaction: &Transaction<'_>) -> Result<(), Error> {
    let known = Function::ALL.map(Function::name).join(",");
    let forgotten = transaction
        .execute("DELETE FROM lambda_invocation WHERE instr(',' || ?1 || ',', ',' || function || ',') = 0", [known])?;
    if forgotten > 0 {
        tracing::warn!(forgotten, "invocations of functions that there are no more were dropped");
    }
    Ok(())
}

fn put_off(transaction: &Transaction<'_>, id: i64, tries: u32, due_ms: u64) -> Result<(), Error> {
    transaction
        .prepare_cached("UPDATE lambda_invocation SET tries = ?2, due_ms = ?3 WHERE id = ?1")?
        .execute(params![id, tries, due_ms as i64])?;
    Ok(())
}
