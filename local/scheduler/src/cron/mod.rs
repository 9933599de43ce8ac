//! The cron dialect of EventBridge Scheduler: six fields, and what they mean in a time zone.
//!
//! Source: EventBridge Scheduler User Guide, "Schedule types", sections "Cron-based schedules" and "Daylight savings time".

mod days;
mod field;

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};
use chrono_tz::Tz;

use crate::{invalid::Invalid, zone};
use days::{Days, MonthDays, WeekDays};
use field::Field;

/// The years that a cron expression may name.
const YEARS: (u32, u32) = (1970, 2199);

/// The times that a cron expression names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cron {
    minutes: BTreeSet<u32>,
    hours: BTreeSet<u32>,
    days: Days,
    months: BTreeSet<u32>,
    years: BTreeSet<u32>,
}

impl Cron {
    /// Reads six fields: minutes, hours, day of month, month, day of week, year.
    ///
    /// # Errors
    /// If there are not six, one is not legal, or not exactly one of the day fields is `?`.
    pub(crate) fn parse(text: &str) -> Result<Self, Invalid> {
        let fields: Vec<String> = text.split_whitespace().map(str::to_ascii_uppercase).collect();
        let [minutes, hours, month_days, months, week_days, years] = fields.as_slice() else {
            let count = fields.len();
            return Err(Invalid::new(format!(
                "cron has six fields (minutes hours day-of-month month day-of-week year), not {count}"
            )));
        };
        let days = match (month_days.as_str(), week_days.as_str()) {
            ("?", "?") => return Err(Invalid::new("one of day-of-month and day-of-week must say the days, not `?`")),
            ("?", week_days) => Days::OfWeek(WeekDays::parse(week_days)?),
            (month_days, "?") => Days::OfMonth(MonthDays::parse(month_days)?),
            _ => return Err(Invalid::new("day-of-month or day-of-week must be `?`: the days follow from the other")),
        };
        Ok(Self {
            minutes: Field::new("minutes", 0, 59, &[]).set(minutes)?,
            hours: Field::new("hours", 0, 23, &[]).set(hours)?,
            days,
            months: Field::new("month", 1, 12, &field::MONTHS).set(months)?,
            years: Field::new("year", YEARS.0, YEARS.1, &[]).set(years)?,
        })
    }

    /// The first time after `after_ms` in milliseconds since the Unix epoch. `None` if there is none until the last year.
    ///
    /// A local time that is skipped when clocks go forward does not fire; one that comes twice when they go back fires once,
    /// the first time.
    pub(crate) fn next_after(&self, zone: Tz, after_ms: u64) -> Option<u64> {
        // A local time before this one that exists came before `after_ms`, at least once.
        let from = zone::local(zone, after_ms)?;
        let times = self.days_from(from.date()).flat_map(|day| self.times_of(day));
        times.skip_while(|time| *time < from).filter_map(|time| zone::instant(zone, time)).find(|at| *at > after_ms)
    }

    /// The days, from `from` on.
    fn days_from(&self, from: NaiveDate) -> impl Iterator<Item = NaiveDate> {
        let first = from.year().try_into().unwrap_or(0);
        let months = self.years.range(first..).flat_map(|year| self.months.iter().map(move |month| (*year, *month)));
        let days = months.flat_map(|(year, month)| self.days.of(year, month));
        days.filter(move |day| *day >= from)
    }

    fn times_of(&self, day: NaiveDate) -> impl Iterator<Item = NaiveDateTime> {
        self.hours.iter().flat_map(move |hour| {
            self.minutes
                .iter()
                .filter_map(move |minute| Some(day.and_time(NaiveTime::from_hms_opt(*hour, *minute, 0)?)))
        })
    }
}
