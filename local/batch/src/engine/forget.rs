//! Jobs that ended long ago are forgotten, and their folders with them.

use std::{convert::Infallible, time::Duration};

use crate::{Batch, Error, logs::job_folder, table::jobs};

/// AWS describes a job that has ended for at least seven days.
const KEEP: Duration = Duration::from_hours(7 * 24);
/// Jobs that are forgotten in one transaction, children each for itself.
const AT_ONCE: u32 = 100;
/// How long the next ones wait, for others to have their turn.
const PAUSE: Duration = Duration::from_millis(100);

impl Batch {
    /// Forgets for ever, beside the engine: the disk may be slow.
    ///
    /// # Errors
    /// If the store fails.
    pub(super) async fn forget(&self) -> Result<Infallible, Error> {
        loop {
            let next = self.forget_some().await?;
            tokio::time::sleep(next).await;
        }
    }

    /// Forgets some of what is due, and says how long there is to wait for more.
    async fn forget_some(&self) -> Result<Duration, Error> {
        let now_ms = self.config.clock.now_ms();
        let before_ms = now_ms.saturating_sub(millis(KEEP));
        let old = self.config.store.read(|connection| jobs::ended_before(connection, before_ms, AT_ONCE))?;
        // The folders first: a job that is still known is looked at again.
        for (_, job) in &old {
            self.config.runner.remove(&job_folder(&self.config.data_dir, job)).await;
        }
        let oldest_ms = self.config.store.write(|transaction| {
            old.iter().try_for_each(|(number, _)| jobs::forget(transaction, *number))?;
            jobs::oldest_end(transaction)
        })?;
        // What ends from now on is due after the whole time.
        let due_ms = oldest_ms.unwrap_or(now_ms).saturating_add(millis(KEEP));
        Ok(Duration::from_millis(due_ms.saturating_sub(now_ms)).max(PAUSE))
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
