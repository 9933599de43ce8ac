//! Schedule expressions: `cron(…)`, `rate(…)` and `at(…)`.

use chrono::NaiveDateTime;
use chrono_tz::Tz;

use crate::{cron::Cron, invalid::Invalid, zone};

/// When a schedule fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    kind: Kind,
    zone: Tz,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Cron(Box<Cron>),
    /// So often.
    Rate {
        every_ms: u64,
    },
    /// Once.
    At {
        at_ms: u64,
    },
}

impl Expression {
    /// Reads an expression, evaluated in a time zone of the IANA database.
    ///
    /// # Errors
    /// If it is none of the three, or there is no such zone.
    pub fn parse(text: &str, timezone: &str) -> Result<Self, Invalid> {
        let zone = zone::parse(timezone)?;
        let forms = "an expression is `cron(…)`, `rate(…)` or `at(…)`";
        let inner = text.strip_suffix(')').and_then(|text| text.split_once('('));
        let kind = match inner {
            Some(("cron", fields)) => Kind::Cron(Box::new(Cron::parse(fields)?)),
            Some(("rate", rate)) => Kind::Rate { every_ms: every_ms(rate)? },
            Some(("at", time)) => Kind::At { at_ms: at_ms(time, zone)? },
            _ => return Err(Invalid::new(forms)),
        };
        Ok(Self { kind, zone })
    }

    /// The first time after `after_ms`. A rate counts from `anchor_ms`, and fires then for the first time. All in milliseconds
    /// since the Unix epoch. `None` if there is none.
    ///
    /// Pure and bounded: an expression that names no date ends quickly.
    pub fn next_after(&self, anchor_ms: u64, after_ms: u64) -> Option<u64> {
        match &self.kind {
            Kind::Cron(cron) => cron.next_after(self.zone, after_ms),
            Kind::Rate { every_ms } if after_ms >= anchor_ms => {
                let passed = (after_ms - anchor_ms).checked_div(*every_ms)?;
                anchor_ms.checked_add(passed.checked_add(1)?.checked_mul(*every_ms)?)
            }
            Kind::Rate { .. } => Some(anchor_ms),
            Kind::At { at_ms } => Some(*at_ms).filter(|at_ms| *at_ms > after_ms),
        }
    }

    /// Whether it fires once, at most.
    pub fn is_one_time(&self) -> bool {
        match self.kind {
            Kind::At { .. } => true,
            Kind::Cron(_) | Kind::Rate { .. } => false,
        }
    }
}

/// The first time after `after_ms` at which `expression` fires in `timezone`, in milliseconds since the Unix epoch; a rate counts
/// from `after_ms`. `None` if there is none.
///
/// # Errors
/// If the expression or the time zone is not legal.
pub fn next_after(expression: &str, timezone: &str, after_ms: u64) -> Result<Option<u64>, Invalid> {
    Ok(Expression::parse(expression, timezone)?.next_after(after_ms, after_ms))
}

/// `5 minutes`. A day is 24 hours, also when clocks change.
fn every_ms(text: &str) -> Result<u64, Invalid> {
    let wrong = || Invalid::new(format!("`{text}`: a rate is a positive number and minute(s), hour(s) or day(s)"));
    let mut words = text.split_whitespace();
    let (Some(value), Some(unit), None) = (words.next(), words.next(), words.next()) else { return Err(wrong()) };
    let unit_ms = match unit {
        "minute" | "minutes" => 60_000,
        "hour" | "hours" => 3_600_000,
        "day" | "days" => 86_400_000,
        _ => return Err(wrong()),
    };
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let value = digits.then(|| value.parse::<u64>().ok()).flatten().filter(|value| *value > 0);
    value.and_then(|value| value.checked_mul(unit_ms)).ok_or_else(wrong)
}

/// `2026-11-24T17:00:00`.
fn at_ms(text: &str, zone: Tz) -> Result<u64, Invalid> {
    let form = "a time is written as `2026-11-24T17:00:00`";
    let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S");
    let time = time.map_err(|_| Invalid::new(format!("`{text}`: {form}")))?;
    zone::instant(zone, time)
        .ok_or_else(|| Invalid::new(format!("`{text}`: there is no such time in {zone} since 1970")))
}
