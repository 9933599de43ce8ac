//! `cron(0 6 * * ? *)`: the six fields of AWS, which are not those of Unix.
//!
//! Source: EventBridge Scheduler user guide, "Cron-based schedules". Days of the week are 1 (SUN) to 7 (SAT); one of the two
//! day fields must be `?`; `L` and `W` belong to days of the month, `L` and `#` to days of the week.

use super::ScheduleError;

struct Field {
    name: &'static str,
    least: u16,
    most: u16,
    words: &'static [&'static str],
    days: Days,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Days {
    None,
    OfMonth,
    OfWeek,
}

const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const FIELDS: [Field; 6] = [
    Field { name: "minutes", least: 0, most: 59, words: &[], days: Days::None },
    Field { name: "hours", least: 0, most: 23, words: &[], days: Days::None },
    Field { name: "day of month", least: 1, most: 31, words: &[], days: Days::OfMonth },
    Field { name: "month", least: 1, most: 12, words: MONTHS, days: Days::None },
    Field { name: "day of week", least: 1, most: 7, words: WEEKDAYS, days: Days::OfWeek },
    Field { name: "year", least: 1970, most: 2199, words: &[], days: Days::None },
];

const SIX: &str = "six fields: minutes, hours, day of month, month, day of week, year; daily at six is `0 6 * * ? *`";

/// The six fields, upper case, one space between them.
pub(super) fn check(text: &str) -> Result<String, ScheduleError> {
    let upper = text.to_ascii_uppercase();
    let fields: Vec<&str> = upper.split_whitespace().collect();
    if upper.trim_start().starts_with("CRON(") {
        return Err(ScheduleError::new(
            format!("`{text}` has the word cron around it"),
            format!("write only the {SIX}"),
        ));
    }
    let [_, _, of_month, _, of_week, _] = fields.as_slice() else {
        return Err(ScheduleError::new(format!("`{text}` has {} fields", fields.len()), format!("write {SIX}")));
    };
    for (field, text) in FIELDS.iter().zip(&fields) {
        field.check(text)?;
    }
    if (*of_month == "?") == (*of_week == "?") {
        return Err(ScheduleError::new(
            format!("the day of month is `{of_month}` and the day of week `{of_week}`"),
            "exactly one of the two must be `?`: the days follow from the other",
        ));
    }
    Ok(fields.join(" "))
}

impl Field {
    fn check(&self, text: &str) -> Result<(), ScheduleError> {
        let special = match self.days {
            Days::None => false,
            Days::OfMonth => text == "?" || self.is_special_day_of_month(text),
            Days::OfWeek => text == "?" || self.is_special_day_of_week(text),
        };
        if special || text.split(',').all(|part| self.is_part(part)) { Ok(()) } else { Err(self.wrong(text)) }
    }

    /// `*`, `5`, `1-5`, each with an optional step.
    fn is_part(&self, part: &str) -> bool {
        let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
        let step = step.is_none_or(|step| number(step).is_some_and(|step| (1..=self.most).contains(&step)));
        let range = range == "*"
            || match range.split_once('-') {
                None => self.value(range).is_some(),
                Some((from, to)) => self.value(from).zip(self.value(to)).is_some_and(|(from, to)| from <= to),
            };
        range && step
    }

    /// `L`, `15W`.
    fn is_special_day_of_month(&self, text: &str) -> bool {
        text == "L" || text.strip_suffix('W').is_some_and(|day| self.value(day).is_some())
    }

    /// `L`, `6L`, `6#3`.
    fn is_special_day_of_week(&self, text: &str) -> bool {
        let last = text.strip_suffix('L').is_some_and(|day| self.value(day).is_some());
        let nth = text.split_once('#').is_some_and(|(day, nth)| {
            self.value(day).is_some() && number(nth).is_some_and(|nth| (1..=5).contains(&nth))
        });
        text == "L" || last || nth
    }

    fn value(&self, text: &str) -> Option<u16> {
        let named = || (self.least..).zip(self.words).find(|(_, word)| **word == text).map(|(at, _)| at);
        number(text).filter(|value| (self.least..=self.most).contains(value)).or_else(named)
    }

    fn wrong(&self, text: &str) -> ScheduleError {
        let words = match (self.words.first(), self.words.last()) {
            (Some(first), Some(last)) => format!(" or {first}-{last}"),
            _ => String::new(),
        };
        let more = match self.days {
            Days::None => "`,` `-` `*` `/`",
            Days::OfMonth => "`,` `-` `*` `/` `?`, `L`, `15W`",
            Days::OfWeek => "`,` `-` `*` `/` `?`, `6L`, `6#3`",
        };
        ScheduleError::new(
            format!("`{text}` is not valid for the {}", self.name),
            format!("{}-{}{words}, with {more}", self.least, self.most),
        )
    }
}

fn number(text: &str) -> Option<u16> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_scheduler_takes() {
        for text in [
            "0 6 * * ? *",
            "0/15 8-17 ? * MON-FRI *",
            "15 10 L * ? *",
            "15 10 3W * ? 2026-2030",
            "0 0 15W JAN,JUL ? *",
            "0 10 ? * 6L *",
            "0 10 ? * TUE#2 *",
            "*/5 * * * ? *",
        ] {
            assert_eq!(check(text).as_deref(), Ok(text));
        }
        assert_eq!(check("0 6  ? * mon *").unwrap(), "0 6 ? * MON *");
    }

    #[test]
    fn what_it_does_not() {
        for text in [
            "",
            "0 6 * * *",
            "0 6 * * * *",
            "0 6 ? * ? *",
            "0 6 1 * MON *",
            "60 6 * * ? *",
            "0 24 * * ? *",
            "0 6 0 * ? *",
            "0 6 ? * 0 *",
            "0 6 ? * 8 *",
            "0 6 ? * MON#6 *",
            "0 6 * 13 ? *",
            "0 6 * * ? 1969",
            "5-1 6 * * ? *",
            "*/0 6 * * ? *",
            "0 L * * ? *",
            "0 6 ? * 3#1,6#3 *",
            ", 6 * * ? *",
            "cron(0 6 * * ? *)",
        ] {
            assert!(check(text).is_err(), "{text}");
        }
    }
}
