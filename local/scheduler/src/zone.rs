//! Local times of a time zone.

use chrono::{DateTime, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

use crate::invalid::Invalid;

/// The time zone of this name in the IANA database, such as `Europe/Berlin`.
///
/// # Errors
/// If there is none.
pub(crate) fn parse(name: &str) -> Result<Tz, Invalid> {
    name.parse()
        .map_err(|_| Invalid::new(format!("`{name}` is no time zone; they are named like `Europe/Berlin` and `UTC`")))
}

/// The local time at an instant. `None` beyond the calendar.
pub(crate) fn local(zone: Tz, at_ms: u64) -> Option<NaiveDateTime> {
    let at = DateTime::from_timestamp_millis(i64::try_from(at_ms).ok()?)?;
    Some(at.with_timezone(&zone).naive_local())
}

/// The first instant at which clocks show a local time. `None` if they skip it, or if it is before 1970.
pub(crate) fn instant(zone: Tz, local: NaiveDateTime) -> Option<u64> {
    u64::try_from(zone.from_local_datetime(&local).earliest()?.timestamp_millis()).ok()
}

/// An instant in the form of AWS's context attributes, such as `2026-11-24T17:00:00Z`.
pub(crate) fn iso(at_ms: u64) -> String {
    let at = i64::try_from(at_ms).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default();
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
