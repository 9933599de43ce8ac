//! What EventBridge does: the Batch rule, and the sweep's schedule.

use std::{sync::Arc, time::Duration};

use ambient::Clock;
use local_batch::{Batch, Change, Status};
use local_store::Store;
use serde_json::json;
use tokio::time::MissedTickBehavior;

use crate::{
    lambda::{AsyncInvocations, Function, Functions},
    surface::Error,
};

/// How many events are taken over at once.
const EVENTS: u32 = 500;
/// How often the sweep runs.
const SWEEP_EVERY: Duration = Duration::from_secs(60);

/// The stack's rule, for every queue of this machine: our own job names, terminal states, no array children.
pub fn rule(change: &Change<'_>) -> bool {
    let terminal = matches!(change.status, Status::Succeeded | Status::Failed);
    terminal && !change.child && change.job_name.starts_with("bw-")
}

/// Takes Batch's events over into the queue of invocations of `on-job-change`, for ever. Both are in one database: an event is
/// in the one or in the other.
pub(crate) async fn run_rule(
    store: Store,
    clock: Clock,
    batch: Arc<Batch>,
    invocations: Arc<AsyncInvocations>,
) -> Result<(), Error> {
    loop {
        batch.events_ready().await?;
        store.write(|transaction| {
            for event in batch.take_events(transaction, EVENTS)? {
                AsyncInvocations::put(transaction, Function::OnJobChange, &event.to_string(), clock.now_ms())?;
            }
            Ok::<_, Error>(())
        })?;
        invocations.wake();
    }
}

/// Runs the sweep every minute, for ever.
pub(crate) async fn run_sweep(functions: Functions) -> Result<(), Error> {
    let mut minutes = tokio::time::interval(SWEEP_EVERY);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        minutes.tick().await;
        let event = json!({ "source": "aws.scheduler", "detail-type": "Scheduled Event", "detail": {} });
        if let Err(error) = functions.call(Function::Sweep, event).await {
            tracing::error!(%error, "the sweep failed; the next one tries again");
        }
    }
}
