//! Expressions against a matcher that looks at every minute.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use local_scheduler::next_after;
use proptest::prelude::*;

const MINUTE_MS: u64 = 60_000;
/// How far the naive matcher looks: 12 days.
const HORIZON: u64 = 12 * 1_440;

/// A field that names numbers.
#[derive(Debug, Clone)]
enum Numbers {
    Any,
    List(Vec<u32>),
    Range(u32, u32),
    Step(u32, u32),
}

impl Numbers {
    fn text(&self) -> String {
        match self {
            Self::Any => "*".into(),
            Self::List(values) => values.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
            Self::Range(from, to) => format!("{from}-{to}"),
            Self::Step(from, step) => format!("{from}/{step}"),
        }
    }

    fn names(&self, value: u32) -> bool {
        match self {
            Self::Any => true,
            Self::List(values) => values.contains(&value),
            Self::Range(from, to) => (*from..=*to).contains(&value),
            Self::Step(from, step) => value >= *from && (value - from).is_multiple_of(*step),
        }
    }
}

/// What names the days.
#[derive(Debug, Clone)]
enum Which {
    OfMonth(Numbers),
    Last,
    LastWorkDay,
    NearestWorkDay(u32),
    OfWeek(Numbers),
    LastOfWeek(u32),
    Nth(u32, u32),
}

fn is_work_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

fn month_of(day: NaiveDate) -> Vec<NaiveDate> {
    let first = day.with_day(1).unwrap();
    first.iter_days().take_while(|other| other.month() == first.month()).collect()
}

impl Which {
    fn texts(&self) -> (String, String) {
        let of_month = |text: String| (text, "?".to_owned());
        let of_week = |text: String| ("?".to_owned(), text);
        match self {
            Self::OfMonth(numbers) => of_month(numbers.text()),
            Self::Last => of_month("L".into()),
            Self::LastWorkDay => of_month("LW".into()),
            Self::NearestWorkDay(day) => of_month(format!("{day}W")),
            Self::OfWeek(numbers) => of_week(numbers.text()),
            Self::LastOfWeek(day) => of_week(format!("{day}L")),
            Self::Nth(day, nth) => of_week(format!("{day}#{nth}")),
        }
    }

    fn names(&self, day: NaiveDate) -> bool {
        let month = month_of(day);
        let week_day = day.weekday().num_days_from_sunday() + 1;
        match self {
            Self::OfMonth(numbers) => numbers.names(day.day()),
            Self::Last => day == *month.last().unwrap(),
            Self::LastWorkDay => month.iter().rev().find(|day| is_work_day(**day)) == Some(&day),
            Self::NearestWorkDay(wanted) => {
                let exists = month.iter().any(|day| day.day() == *wanted);
                let nearest =
                    month.iter().filter(|day| is_work_day(**day)).min_by_key(|day| day.day().abs_diff(*wanted));
                exists && nearest == Some(&day)
            }
            Self::OfWeek(numbers) => numbers.names(week_day),
            Self::LastOfWeek(wanted) => {
                week_day == *wanted && day.checked_add_days(Days::new(7)).unwrap().month() != day.month()
            }
            Self::Nth(wanted, nth) => week_day == *wanted && day.day().div_ceil(7) == *nth,
        }
    }
}

#[derive(Debug, Clone)]
struct Expression {
    minutes: Numbers,
    hours: Numbers,
    day: Which,
    months: Numbers,
}

impl Expression {
    fn text(&self) -> String {
        let (of_month, of_week) = self.day.texts();
        let (minutes, hours, months) = (self.minutes.text(), self.hours.text(), self.months.text());
        format!("cron({minutes} {hours} {of_month} {months} {of_week} *)")
    }

    fn names(&self, time: NaiveDateTime) -> bool {
        self.minutes.names(time.minute())
            && self.hours.names(time.hour())
            && self.months.names(time.month())
            && self.day.names(time.date())
    }

    /// The first minute after `after_ms` whose local time is named and was not there within the three hours before.
    fn next(&self, zone: Tz, after_ms: u64) -> Option<u64> {
        let local = |ms: u64| -> NaiveDateTime {
            DateTime::<Utc>::from_timestamp_millis(ms.try_into().unwrap()).unwrap().with_timezone(&zone).naive_local()
        };
        let first = (after_ms / MINUTE_MS + 1) * MINUTE_MS;
        (0..HORIZON).map(|minute| first + minute * MINUTE_MS).find(|at| {
            let time = local(*at);
            self.names(time) && (1..180).all(|before| local(at - before * MINUTE_MS) != time)
        })
    }
}

fn numbers(least: u32, most: u32) -> impl Strategy<Value = Numbers> {
    let range = (least..=most, least..=most).prop_map(|(a, b)| Numbers::Range(a.min(b), a.max(b)));
    prop_oneof![
        2 => Just(Numbers::Any),
        2 => prop::collection::vec(least..=most, 1..4).prop_map(Numbers::List),
        1 => range,
        1 => (least..=most, 1..=most).prop_map(|(from, step)| Numbers::Step(from, step)),
    ]
}

fn day() -> impl Strategy<Value = Which> {
    prop_oneof![
        3 => numbers(1, 31).prop_map(Which::OfMonth),
        1 => Just(Which::Last),
        1 => Just(Which::LastWorkDay),
        2 => (1..=31u32).prop_map(Which::NearestWorkDay),
        3 => numbers(1, 7).prop_map(Which::OfWeek),
        1 => (1..=7u32).prop_map(Which::LastOfWeek),
        2 => (1..=7u32, 1..=5u32).prop_map(|(day, nth)| Which::Nth(day, nth)),
    ]
}

fn expression() -> impl Strategy<Value = Expression> {
    let months = prop_oneof![3 => Just(Numbers::Any), 1 => numbers(1, 12)];
    (numbers(0, 59), numbers(0, 23), day(), months).prop_map(|(minutes, hours, day, months)| Expression {
        minutes,
        hours,
        day,
        months,
    })
}

fn zone() -> impl Strategy<Value = Tz> {
    prop::sample::select(vec![
        Tz::UTC,
        Tz::Europe__Berlin,
        Tz::America__New_York,
        Tz::Asia__Kolkata,
        Tz::Australia__Lord_Howe,
    ])
}

/// Any minute of some years; or a day before the clocks change, which is where mistakes are.
fn after() -> impl Strategy<Value = u64> {
    let hours_around = |at: &str| {
        let at: u64 = at.parse::<DateTime<Utc>>().unwrap().timestamp_millis().try_into().unwrap();
        at - 36 * 60 * MINUTE_MS..at + 6 * 60 * MINUTE_MS
    };
    prop_oneof![
        1_700_000_000_000..1_900_000_000_000u64,
        hours_around("2026-03-29T01:00:00Z"),
        hours_around("2026-10-25T01:00:00Z"),
        hours_around("2026-03-08T07:00:00Z"),
        hours_around("2026-11-01T06:00:00Z"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_next_time_is_the_first_that_matches(expression in expression(), zone in zone(), after in after()) {
        let next = next_after(&expression.text(), zone.name(), after).unwrap();
        prop_assert!(next.is_none_or(|next| next > after));
        let naive = expression.next(zone, after);
        let horizon = (after / MINUTE_MS + 1 + HORIZON) * MINUTE_MS;
        prop_assert_eq!(next.filter(|next| *next < horizon), naive, "{} in {}", expression.text(), zone);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(cron|rate|at)\\([0-9*?/LW#, A-Z-]{0,40}\\)", after: u64) {
        let _ = next_after(&text, "Europe/Berlin", after);
    }
}
