//! The fields that name days.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, Weekday};

use super::field::{Field, WEEK_DAYS, number};
use crate::invalid::Invalid;

const OF_MONTH: Field = Field::new("day-of-month", 1, 31, &[]);
const OF_WEEK: Field = Field::new("day-of-week", 1, 7, &WEEK_DAYS);

/// The days that an expression names, by one of its two day fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Days {
    OfMonth(MonthDays),
    OfWeek(WeekDays),
}

impl Days {
    /// The days of a month, in order. None if there is no such month.
    pub(super) fn of(&self, year: u32, month: u32) -> BTreeSet<NaiveDate> {
        let Some(month) = i32::try_from(year).ok().and_then(|year| Month::new(year, month)) else {
            return BTreeSet::new();
        };
        match self {
            Self::OfMonth(days) => days.0.iter().flat_map(|term| term.of(month)).collect(),
            Self::OfWeek(days) => days.0.iter().flat_map(|term| term.of(month)).collect(),
        }
    }
}

#[derive(Clone, Copy)]
struct Month {
    first: NaiveDate,
    last: NaiveDate,
}

impl Month {
    fn new(year: i32, month: u32) -> Option<Self> {
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        let last = first.checked_add_months(chrono::Months::new(1))?.pred_opt()?;
        Some(Self { first, last })
    }

    fn day(self, day: u32) -> Option<NaiveDate> {
        self.first.with_day(day)
    }

    fn days(self) -> impl Iterator<Item = NaiveDate> {
        self.first.iter_days().take_while(move |day| *day <= self.last)
    }

    /// The days of a month that are the day `day` of the week, 1 = Sunday.
    fn week_days(self, day: u32) -> impl Iterator<Item = NaiveDate> {
        self.days().filter(move |date| date.weekday().number_from_sunday() == day)
    }

    /// The day from Monday to Friday that is nearest to `day`, within the month.
    fn nearest_work_day(self, day: NaiveDate) -> Option<NaiveDate> {
        match day.weekday() {
            Weekday::Sat if day == self.first => self.day(3),
            Weekday::Sat => day.pred_opt(),
            Weekday::Sun if day == self.last => self.day(day.day().saturating_sub(2)),
            Weekday::Sun => day.succ_opt(),
            Weekday::Mon | Weekday::Tue | Weekday::Wed | Weekday::Thu | Weekday::Fri => Some(day),
        }
    }
}

/// What the day-of-month field says: any of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MonthDays(Vec<MonthTerm>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum MonthTerm {
    /// These days.
    Days(BTreeSet<u32>),
    /// `L`: the last day.
    Last,
    /// `LW`: the last day from Monday to Friday.
    LastWorkDay,
    /// `15W`: the day from Monday to Friday that is nearest to the 15th, in the same month.
    NearestWorkDay(u32),
}

impl MonthDays {
    pub(super) fn parse(text: &str) -> Result<Self, Invalid> {
        text.split(',').map(MonthTerm::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl MonthTerm {
    fn parse(text: &str) -> Result<Self, Invalid> {
        match (text, text.strip_suffix('W')) {
            ("L", _) => Ok(Self::Last),
            ("LW", _) => Ok(Self::LastWorkDay),
            (_, Some(day)) => OF_MONTH.value(day).map(Self::NearestWorkDay),
            _ => OF_MONTH.part(text).map(|days| Self::Days(days.collect())),
        }
    }

    fn of(&self, month: Month) -> Vec<NaiveDate> {
        match self {
            Self::Days(days) => days.iter().filter_map(|day| month.day(*day)).collect(),
            Self::Last => vec![month.last],
            Self::LastWorkDay => month.nearest_work_day(month.last).into_iter().collect(),
            Self::NearestWorkDay(day) => {
                month.day(*day).and_then(|day| month.nearest_work_day(day)).into_iter().collect()
            }
        }
    }
}

/// What the day-of-week field says: any of these. 1 is Sunday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WeekDays(Vec<WeekTerm>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum WeekTerm {
    /// These days of every week.
    Days(BTreeSet<u32>),
    /// `6L`: the last one of the month.
    LastOfMonth(u32),
    /// `3#2`: the second one of the month.
    Nth { day: u32, nth: u32 },
}

impl WeekDays {
    pub(super) fn parse(text: &str) -> Result<Self, Invalid> {
        text.split(',').map(WeekTerm::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl WeekTerm {
    fn parse(text: &str) -> Result<Self, Invalid> {
        if let Some((day, nth)) = text.split_once('#') {
            let nth = number(nth).filter(|nth| (1..=5).contains(nth));
            let nth = nth.ok_or_else(|| OF_WEEK.wrong(text, "after `#` comes which one of the month, 1 to 5"))?;
            return Ok(Self::Nth { day: OF_WEEK.value(day)?, nth });
        }
        match (text, text.strip_suffix('L')) {
            // The last day of the week.
            ("L", _) => Ok(Self::Days(BTreeSet::from([7]))),
            (_, Some(day)) => OF_WEEK.value(day).map(Self::LastOfMonth),
            _ => OF_WEEK.part(text).map(|days| Self::Days(days.collect())),
        }
    }

    fn of(&self, month: Month) -> Vec<NaiveDate> {
        match self {
            Self::Days(days) => days.iter().flat_map(|day| month.week_days(*day)).collect(),
            Self::LastOfMonth(day) => month.week_days(*day).last().into_iter().collect(),
            Self::Nth { day, nth } => {
                let before = usize::try_from(nth.saturating_sub(1)).unwrap_or(usize::MAX);
                month.week_days(*day).nth(before).into_iter().collect()
            }
        }
    }
}
