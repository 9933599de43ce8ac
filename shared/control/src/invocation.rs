//! What one invocation may still do.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use tokio::time::Instant;

/// How many stages one invocation advances at most before it hands the rest to another.
const STAGES: usize = 100;

/// How much time before the end an invocation stops to begin new work: a submission's timeout and its record must fit.
const MARGIN: Duration = Duration::from_secs(15);

/// The bounds of one invocation of a Lambda. A cascade that does not fit goes on in the next, by a wake-up message.
#[derive(Debug)]
pub struct Invocation {
    deadline: Instant,
    stages_left: AtomicUsize,
}

impl Invocation {
    /// One that is stopped by the platform after `remaining`.
    pub fn ending_in(remaining: Duration) -> Self {
        Self { deadline: Instant::now() + remaining, stages_left: AtomicUsize::new(STAGES) }
    }

    /// Whether there is time to begin new work.
    pub(crate) fn has_time(&self) -> bool {
        Instant::now() + MARGIN < self.deadline
    }

    /// Takes the right to advance one more stage, if time and number allow.
    pub(crate) fn take(&self) -> bool {
        self.has_time()
            && self.stages_left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
    }
}
