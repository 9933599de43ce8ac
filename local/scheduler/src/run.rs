//! Firing.

use std::{pin::pin, sync::Arc, time::Duration};

use rusqlite::Transaction;
use tokio::time::sleep;

use crate::{
    Error, Firing, RetryPolicy, Scheduler,
    definition::AfterCompletion,
    firing::Occasion,
    table::schedule::{self, Schedule},
    timing::{Due, Timing},
};

/// How many schedules fire in one transaction.
const BATCH: u32 = 64;

/// The longest sleep. A machine that is suspended stops tokio's time and not the clock: after it woke, the clock is looked at
/// within this time.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

impl Scheduler {
    /// Fires what is due, for ever. One at a time for a scheduler.
    ///
    /// # Errors
    /// If the store or the hook fails: what was to fire then fires after a restart.
    pub async fn run(self: Arc<Self>) -> Result<(), Error> {
        loop {
            // Registered before the look: what changes after it wakes.
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            while self.fire_due()? {
                tokio::task::yield_now().await;
            }
            let next_ms = self.config.store.read(schedule::next_fire_ms)?;
            let pause = match next_ms {
                Some(next_ms) => Duration::from_millis(next_ms.saturating_sub(self.now_ms())).min(LONGEST_SLEEP),
                None => LONGEST_SLEEP,
            };
            tokio::select! {
                biased;
                () = changed => {}
                () = sleep(pause) => {}
            }
        }
    }

    /// Fires what is due, up to a batch. Whether there was any.
    fn fire_due(&self) -> Result<bool, Error> {
        let now_ms = self.now_ms();
        self.config.store.write(|transaction| {
            let due = schedule::due(transaction, now_ms, BATCH)?;
            for schedule in &due {
                self.fire(transaction, schedule, now_ms)?;
            }
            Ok(!due.is_empty())
        })
    }

    fn fire(&self, transaction: &Transaction<'_>, schedule: &Schedule, now_ms: u64) -> Result<(), Error> {
        let (name, definition) = (&schedule.name, &schedule.definition);
        let timing = match definition.timing() {
            Ok(timing) => timing,
            Err(error) => {
                // It was legal once. It must not stop the others.
                tracing::error!(schedule = %name, %error, "a schedule cannot be read any more, and does not fire");
                return Ok(schedule::set_next(transaction, schedule.id, None)?);
            }
        };
        let max_age_ms = u64::from(RetryPolicy::of(definition).max_age_s) * 1_000;
        let scheduled_ms = schedule.next.map_or(now_ms, |next| next.scheduled_ms);
        let Due { fires, skipped, next } = timing.due(schedule.created_ms, scheduled_ms, max_age_ms, now_ms);
        if skipped > 0 {
            tracing::warn!(schedule = %name, skipped, "firings were missed while nothing ran");
        }
        if let Some(scheduled_ms) = fires {
            self.hand_over(transaction, schedule, scheduled_ms)?;
        }
        match (next, definition.action_after_completion) {
            (None, AfterCompletion::Delete) => Ok(schedule::delete(transaction, schedule.id)?),
            (next, AfterCompletion::None | AfterCompletion::Delete) => {
                let next = next.map(|scheduled_ms| self.plan(&timing, scheduled_ms));
                Ok(schedule::set_next(transaction, schedule.id, next)?)
            }
        }
    }

    fn hand_over(&self, transaction: &Transaction<'_>, schedule: &Schedule, scheduled_ms: u64) -> Result<(), Error> {
        let occasion = Occasion {
            region: &self.config.region,
            group: &schedule.group,
            schedule: &schedule.name,
            scheduled_ms,
            execution_id: self.config.ids.uuid(),
        };
        let firing = Firing::new(&schedule.definition, occasion);
        tracing::info!(schedule = %firing.schedule_arn, target = %firing.target_arn, "a schedule fires");
        Ok((self.config.fire)(transaction, &firing)?)
    }

    /// Picks the moment within the window.
    pub(crate) fn plan(&self, timing: &Timing, scheduled_ms: u64) -> schedule::Next {
        let delay_ms = match timing.window_ms {
            0 => 0,
            window_ms => self.config.ids.below(window_ms),
        };
        schedule::Next { scheduled_ms, fire_ms: scheduled_ms.saturating_add(delay_ms) }
    }
}
