//! From Batch's events to invocations of the function: at least once, in no particular order.

use std::{convert::Infallible, sync::Arc, time::Duration};

use local_batch::Batch;
use local_store::Store;
use rusqlite::{Connection, params};
use tokio::task::JoinSet;

use crate::{Result, emulator::Emulator, rule::Rule};

const SCHEMA: &str =
    "CREATE TABLE IF NOT EXISTS engine_event (id INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL);";

/// How many events are under way at once.
const AT_ONCE: u32 = 16;
/// How long it rests when the emulator does not answer.
const PAUSE: Duration = Duration::from_millis(200);

/// What stands between Batch and the function. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Delivery {
    store: Store,
    batch: Arc<Batch>,
    rule: Rule,
    emulator: Arc<Emulator>,
    function: String,
}

impl Delivery {
    /// Opens it over its table, which holds what a former process did not deliver.
    pub(crate) fn open(
        store: Store,
        batch: Arc<Batch>,
        rule: Rule,
        emulator: Arc<Emulator>,
        function: String,
    ) -> Result<Self> {
        store.migrate(SCHEMA)?;
        Ok(Self { store, batch, rule, emulator, function })
    }

    /// Delivers for ever.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn run(self) -> Result<Infallible> {
        loop {
            let events = self.store.read(|connection| oldest(connection, AT_ONCE))?;
            if events.is_empty() {
                self.batch.events_ready().await?;
                self.take_over()?;
                continue;
            }
            let mut under_way: JoinSet<_> =
                events.into_iter().map(|(id, event)| self.clone().settle(id, event)).collect();
            while let Some(settled) = under_way.join_next().await {
                settled??;
            }
        }
    }

    /// Takes events out of Batch's outbox: they are in the one table or in the other.
    fn take_over(&self) -> Result<()> {
        self.store.write(|transaction| {
            for event in self.batch.take_events(transaction, 10 * AT_ONCE)? {
                transaction
                    .execute("INSERT INTO engine_event (event) VALUES (?1)", params![event.to_string()])
                    .map_err(local_store::Error::from)?;
            }
            Ok(())
        })
    }

    /// Tries until the emulator has answered, and forgets the event.
    async fn settle(self, id: i64, event: String) -> Result<()> {
        while let Err(error) = self.attempt(&event).await {
            tracing::warn!(%error, "an event is delivered again");
            tokio::time::sleep(PAUSE).await;
        }
        self.store.write(|transaction| {
            transaction
                .execute("DELETE FROM engine_event WHERE id = ?1", params![id])
                .map_err(local_store::Error::from)?;
            Ok(())
        })
    }

    async fn attempt(&self, event: &str) -> Result<()> {
        if self.rule.matches(event).await? {
            let path = format!("/2015-03-31/functions/{}/invocations", self.function);
            self.emulator.post("lambda", &path, &[("x-amz-invocation-type", "Event")], event).await?;
        }
        Ok(())
    }
}

fn oldest(connection: &Connection, limit: u32) -> Result<Vec<(i64, String)>> {
    let mut statement = connection.prepare_cached("SELECT id, event FROM engine_event ORDER BY id LIMIT ?1")?;
    let rows = statement.query_map(params![limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
