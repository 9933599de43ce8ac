//! The sweep: every minute, whatever events missed.

use std::time::Duration;

use crate::{Control, Error, Invocation, RunId, table::run_item::Watched};

/// How many runs of a shard one sweep looks at. The next one, a minute later, takes the next most overdue.
const PER_SHARD: u16 = 50;

impl Control {
    /// Looks at the runs whose watch is due, the most overdue of each shard first. How many it looked at.
    ///
    /// # Errors
    /// If one of them, or an index, failed; the others were looked at all the same.
    pub async fn sweep(&self, invocation: &Invocation) -> Result<usize, Error> {
        let (mut looked, mut oldest, mut first_error) = (0, Duration::ZERO, None);
        for shard in 0..RunId::SHARDS {
            let now = self.now();
            let due = match self.table.watched(shard, now, PER_SHARD).await {
                Ok(due) => due,
                Err(error) => {
                    first_error = first_error.or(Some(error.into()));
                    continue;
                }
            };
            for Watched { run, watch_at } in due {
                oldest = oldest.max(now.since(watch_at));
                match Box::pin(self.look(&run, invocation)).await {
                    Ok(()) => looked += 1,
                    Err(error) => {
                        tracing::error!(%run, %error, "the sweep could not look at a run");
                        first_error = first_error.or(Some(error));
                    }
                }
            }
        }
        for woken in [self.wake_lane_for_waiting().await, self.wake_for_due_gatherings().await.map(drop)] {
            first_error = first_error.or(woken.err());
        }
        // An alarm watches it: a sweep that does not keep up is the one thing that nothing else finds.
        tracing::info!(oldest_watch_s = oldest.as_secs(), looked, "swept");
        first_error.map_or(Ok(looked), Err)
    }

    /// Whoever drained the lane may have died, and the wake-up of a stage come before the index showed it.
    async fn wake_lane_for_waiting(&self) -> Result<(), Error> {
        if self.table.waiting(1).await?.is_empty() { Ok(()) } else { self.wake_lane().await }
    }
}
