//! Waiting for a condition, up to a deadline.

use std::time::Duration;

use tokio::time::Instant;

use crate::Result;

/// How long anything may take. Far more than it does, so that a busy machine fails no test.
pub const PATIENCE: Duration = Duration::from_secs(60);

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Looks until there is something to see.
///
/// # Errors
/// If `look` fails, or sees nothing within [`PATIENCE`]: then `what` was waited for in vain.
pub async fn eventually<T>(what: &str, look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    within(PATIENCE, what, look).await
}

/// As [`eventually`], with a deadline of its own.
///
/// # Errors
/// If `look` fails, or sees nothing in time.
pub async fn within<T>(patience: Duration, what: &str, mut look: impl AsyncFnMut() -> Result<Option<T>>) -> Result<T> {
    let (deadline, mut pause) = (Instant::now() + patience, FIRST_PAUSE);
    loop {
        if let Some(seen) = look().await? {
            return Ok(seen);
        }
        if Instant::now() > deadline {
            return Err(format!("waited {} s in vain: {what}", patience.as_secs()).into());
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
