//! Times and spans as they are shown.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use machine::Timestamp;
use serde::{Serialize, Serializer};

/// A time, shown and written to JSON as ISO 8601 in UTC with milliseconds: `2026-03-01T12:00:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(pub Timestamp);

impl Time {
    /// ISO 8601, to the millisecond.
    pub(crate) fn iso(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// For people: `2026-03-01 12:00:00Z`.
    pub(crate) fn to_the_second(self) -> String {
        self.utc().format("%F %TZ").to_string()
    }

    /// The time of day, UTC.
    pub(crate) fn of_day(self) -> String {
        self.utc().format("%T").to_string()
    }

    /// What is not within chrono's years is no time of ours.
    fn utc(self) -> DateTime<Utc> {
        i64::try_from(self.0.as_ms()).ok().and_then(DateTime::from_timestamp_millis).unwrap_or(DateTime::UNIX_EPOCH)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.iso())
    }
}

/// A span for people: `0.4 s`, `12 s`, `3 m 05 s`, `2 h 07 m`, `3 d 04 h`.
pub(crate) fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..10 => format!("{seconds}.{} s", span.subsec_millis() / 100),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} m {:02} s", seconds % 60),
        3600..86_400 => format!("{hours} h {:02} m", minutes % 60),
        86_400.. => format!("{days} d {:02} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_as_long_as_they_are_useful() {
        let shown = |ms| span(Duration::from_millis(ms));
        assert_eq!(shown(0), "0.0 s");
        assert_eq!(shown(9_999), "9.9 s");
        assert_eq!(shown(59_999), "59 s");
        assert_eq!(shown(185_000), "3 m 05 s");
        assert_eq!(shown(7_620_000), "2 h 07 m");
        assert_eq!(shown(273_600_000), "3 d 04 h");
    }

    #[test]
    fn times_are_iso_8601_in_utc() {
        let time = Time(Timestamp::from_ms(1_772_366_400_123));
        assert_eq!(time.iso(), "2026-03-01T12:00:00.123Z");
        assert_eq!(time.to_the_second(), "2026-03-01 12:00:00Z");
        assert_eq!(Time(Timestamp::from_ms(u64::MAX)).iso(), "1970-01-01T00:00:00.000Z");
    }
}
