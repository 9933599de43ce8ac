//! The sweep: every minute, whatever events missed.

use crate::{Control, Error, Invocation, RunId};

/// How many runs of a shard one sweep looks at. The next one, a minute later, takes the next most overdue.
const PER_SHARD: u16 = 50;

impl Control {
    /// Looks at the runs whose watch is due, the most overdue of each shard first. How many it looked at.
    ///
    /// # Errors
    /// If one of them, or an index, failed; the others were looked at all the same.
    pub async fn sweep(&self, invocation: &Invocation) -> Result<usize, Error> {
        let (mut looked, mut first_error) = (0, None);
        for shard in 0..RunId::SHARDS {
            let due = match self.table.watched(shard, self.now(), PER_SHARD).await {
                Ok(due) => due,
                Err(error) => {
                    first_error = first_error.or(Some(error.into()));
                    continue;
                }
            };
            for run in due {
                match Box::pin(self.look(&run, invocation)).await {
                    Ok(()) => looked += 1,
                    Err(error) => {
                        tracing::error!(%run, %error, "the sweep could not look at a run");
                        first_error = first_error.or(Some(error));
                    }
                }
            }
        }
        if let Err(error) = self.wake_lane_for_waiting().await {
            first_error = first_error.or(Some(error));
        }
        first_error.map_or(Ok(looked), Err)
    }

    /// Whoever drained the lane may have died, and the wake-up of a stage come before the index showed it.
    async fn wake_lane_for_waiting(&self) -> Result<(), Error> {
        if self.table.waiting(1).await?.is_empty() { Ok(()) } else { self.wake_lane().await }
    }
}
