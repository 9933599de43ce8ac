//! The wall clock.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Tells the wall-clock time. Cheap to clone; clones of one virtual clock agree.
///
/// For measuring spans within one process take [`tokio::time::Instant`] instead: it never jumps.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that starts at a given time and advances as tokio's time does, paused time included.
    Virtual {
        /// Milliseconds since the Unix epoch at `start`.
        epoch_ms: u64,
        /// When the clock was made.
        start: Instant,
    },
}

impl Clock {
    /// A clock that reads `epoch_ms` now and advances with tokio's time.
    pub fn starting_at(epoch_ms: u64) -> Self {
        Self::Virtual { epoch_ms, start: Instant::now() }
    }

    /// The same virtual clock, ahead by `skew`: two machines never quite agree. The system clock is returned as it is.
    pub fn ahead_by(&self, skew: Duration) -> Self {
        match self {
            Self::System => Self::System,
            Self::Virtual { epoch_ms, start } => {
                Self::Virtual { epoch_ms: epoch_ms.saturating_add(millis(skew)), start: *start }
            }
        }
    }

    /// Milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> u64 {
        match self {
            Self::System => millis(system_now()),
            Self::Virtual { epoch_ms, start } => epoch_ms.saturating_add(millis(start.elapsed())),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
fn system_now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_virtual_clock_advances_with_tokio_time_only() {
        let clock = Clock::starting_at(1_000);
        assert_eq!(clock.now_ms(), 1_000);
        tokio::time::advance(Duration::from_millis(250)).await;
        assert_eq!(clock.now_ms(), 1_250);
        assert_eq!(clock.ahead_by(Duration::from_secs(2)).now_ms(), 3_250);
    }
}
