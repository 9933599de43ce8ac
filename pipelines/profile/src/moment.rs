//! Points in time: reading the ways in which tables write them, and counting by calendar periods.
//!
//! Times are seconds since 1970-01-01T00:00:00Z in the proleptic Gregorian calendar, for the years 1 to 9999; a cell
//! without an offset is taken as UTC.

use serde::{Deserialize, Serialize};

/// The order of year, month and day in a column's dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum DateOrder {
    /// `2020-11-18`, `2020/11/18`, `2020-11`, each with or without a time of day.
    YearFirst,
    /// `11/18/2020`.
    MonthFirst,
    /// `18/11/2020`, `18.11.2020`.
    DayFirst,
}

impl DateOrder {
    /// Every order, likeliest first: where a column can be read in two ways, the earlier one is taken.
    pub const ALL: [Self; 3] = [Self::YearFirst, Self::MonthFirst, Self::DayFirst];

    /// Reads a date with or without a time of day, or nothing.
    pub fn read(self, cell: &str) -> Option<i64> {
        let cell = cell.trim();
        let (date, time) = cell.split_once(['T', ' ']).map_or((cell, None), |(date, time)| (date, Some(time)));
        let days = self.read_date(date)?;
        Some(days * 86_400 + time.map_or(Some(0), time_of_day)?)
    }

    fn read_date(self, date: &str) -> Option<i64> {
        let separator = date.chars().find(|c| !c.is_ascii_digit()).filter(|c| ['-', '/', '.'].contains(c))?;
        let mut parts = date.splitn(3, separator);
        let (first, second, third) = (parts.next()?, parts.next()?, parts.next());
        let (year, month, day) = match self {
            Self::YearFirst if separator == '.' => return None,
            Self::YearFirst => (first, second, third.unwrap_or("1")),
            Self::MonthFirst => (third?, first, second),
            Self::DayFirst => (third?, second, first),
        };
        if year.len() != 4 {
            return None;
        }
        days_from_civil(digits(year)?, digits(month)?, digits(day)?)
    }
}

/// A calendar period by which a column's times are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Period {
    /// One calendar year.
    Year,
    /// One calendar month.
    Month,
    /// One day, in UTC.
    Day,
    /// One hour, in UTC.
    Hour,
}

impl Period {
    /// The period that cuts a span of time (in seconds) into a number of parts that still shows in a picture.
    pub fn fitting(span: i64) -> Self {
        const DAY: i64 = 86_400;
        match span / DAY {
            ..=4 => Self::Hour,
            5..=120 => Self::Day,
            121..=36_525 => Self::Month,
            _ => Self::Year,
        }
    }

    /// The number of the period that holds a time; neighbours in time have neighbouring numbers.
    pub fn index(self, seconds: i64) -> i64 {
        let (year, month, _) = civil_from_days(seconds.div_euclid(86_400));
        match self {
            Self::Year => year,
            Self::Month => year * 12 + month - 1,
            Self::Day => seconds.div_euclid(86_400),
            Self::Hour => seconds.div_euclid(3_600),
        }
    }

    /// What a person calls the period with this number.
    pub fn label(self, index: i64) -> String {
        match self {
            Self::Year => format!("{index}"),
            Self::Month => format!("{:04}-{:02}", index.div_euclid(12), index.rem_euclid(12) + 1),
            Self::Day => date(index * 86_400),
            Self::Hour => format!("{} {:02}:00", date(index * 3_600), index.rem_euclid(24)),
        }
    }

    /// `year`, `month`, `day` or `hour`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Hour => "hour",
        }
    }
}

/// The date of a time, as `2020-11-18`.
pub fn date(seconds: i64) -> String {
    let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
    format!("{year:04}-{month:02}-{day:02}")
}

/// Seconds since midnight, of `hh:mm[:ss[.fff]]` with an optional `Z` or `±hh[:]mm`, which is subtracted.
fn time_of_day(text: &str) -> Option<i64> {
    let (clock, offset) = match text.trim().find(['Z', 'z', '+', '-']) {
        Some(at) => (text.trim().get(..at)?, utc_offset(text.trim().get(at..)?)?),
        None => (text.trim(), 0),
    };
    let mut parts = clock.trim().split(':');
    let (hour, minute) = (digits(parts.next()?)?, digits(parts.next()?)?);
    let second = parts.next().map_or(Some(0), |text| digits(text.split('.').next()?))?;
    let valid = hour < 24 && minute < 60 && second <= 60 && parts.next().is_none();
    valid.then_some(hour * 3_600 + minute * 60 + second - offset)
}

fn utc_offset(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let clock = text.get(1..)?.replace(':', "");
    let (hours, minutes) =
        (digits(clock.get(..2)?)?, clock.get(2..).filter(|m| !m.is_empty()).map_or(Some(0), digits)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

fn digits(text: &str) -> Option<i64> {
    let plain = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

/// Days since 1970-01-01, counting years from March so that the leap day is the last of its year.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if year == 0 || !(1..=length).contains(&day) {
        return None;
    }
    let march_year = if month <= 2 { year - 1 } else { year };
    let march_month = (month + 9) % 12;
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    let leap_days = march_year.div_euclid(4) - march_year.div_euclid(100) + march_year.div_euclid(400);
    Some(march_year * 365 + leap_days + day_of_year - 719_468)
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day_of_year - (153 * march_month + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_ways_tables_write_times() {
        let midnight = 1_605_657_600; // 2020-11-18T00:00:00Z
        for (cell, after) in [
            ("2020-11-18", 0),
            ("2020/11/18", 0),
            ("2020-11-18T06:00:00Z", 21_600),
            ("2020-11-18 06:00", 21_600),
            ("2020-11-18T06:00:00.123+02:00", 14_400),
            ("2020-11-18T06:00:00-0530", 41_400),
        ] {
            assert_eq!(DateOrder::YearFirst.read(cell), Some(midnight + after), "{cell}");
        }
        assert_eq!(DateOrder::MonthFirst.read("11/18/2020"), Some(midnight));
        assert_eq!(DateOrder::DayFirst.read("18.11.2020"), Some(midnight));
    }

    #[test]
    fn what_is_no_time() {
        for cell in [
            "",
            "2020",
            "20-11-18",
            "2020-13-01",
            "2021-02-29",
            "0000-01-01",
            "2020-11-18T25:00",
            "1.5",
            "a-b-c",
            "2020-11-18T",
        ] {
            assert_eq!(DateOrder::YearFirst.read(cell), None, "{cell}");
        }
        assert_eq!(DateOrder::MonthFirst.read("18/11/2020"), None);
    }

    proptest! {
        #[test]
        fn dates_round_trip(days in -719_162_i64..2_932_896) {
            let seconds = days * 86_400;
            prop_assert_eq!(DateOrder::YearFirst.read(&date(seconds)), Some(seconds));
        }

        #[test]
        fn periods_keep_the_order_of_time(a in -62_135_596_800_i64..253_402_300_799, b in -62_135_596_800_i64..253_402_300_799) {
            for period in [Period::Year, Period::Month, Period::Day, Period::Hour] {
                prop_assert!(period.index(a.min(b)) <= period.index(a.max(b)));
            }
        }

        #[test]
        fn any_text_is_read_without_a_panic(cell in "\\PC{0,24}") {
            for order in DateOrder::ALL {
                let _ = order.read(&cell);
            }
        }
    }
}
