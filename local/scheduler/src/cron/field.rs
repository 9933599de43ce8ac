//! A field that names numbers: values, ranges, steps and lists.

use std::collections::BTreeSet;

use crate::invalid::Invalid;

/// The months from 1 on.
pub(super) const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
/// The days of the week from 1 on.
pub(super) const WEEK_DAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// What a field may say.
#[derive(Clone, Copy)]
pub(super) struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    /// Words for the values from `least` on.
    words: &'static [&'static str],
}

impl Field {
    pub(super) const fn new(name: &'static str, least: u32, most: u32, words: &'static [&'static str]) -> Self {
        Self { name, least, most, words }
    }

    /// The numbers that a list names. `text` is in upper case.
    ///
    /// # Errors
    /// If a part is not `*`, a value, or a range, with or without a step.
    pub(super) fn set(&self, text: &str) -> Result<BTreeSet<u32>, Invalid> {
        text.split(',').try_fold(BTreeSet::new(), |mut set, part| {
            set.extend(self.part(part)?);
            Ok(set)
        })
    }

    /// The numbers that a part of a list names.
    pub(super) fn part(&self, part: &str) -> Result<impl Iterator<Item = u32> + use<>, Invalid> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(self.step(step)?)),
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (self.least, self.most),
            Some((from, to)) => (self.value(from)?, self.value(to)?),
            // A value with a step goes on to the end.
            None if step.is_some() => (self.value(range)?, self.most),
            None => (self.value(range)?, self.value(range)?),
        };
        if from > to {
            return Err(self.wrong(part, "a range goes from the lower value to the higher one"));
        }
        Ok((from..=to).step_by(step.unwrap_or(1)))
    }

    /// A number or a word.
    pub(super) fn value(&self, text: &str) -> Result<u32, Invalid> {
        let word = || (self.least..).zip(self.words).find(|(_, word)| **word == text).map(|(value, _)| value);
        let value = number(text).filter(|value| (self.least..=self.most).contains(value)).or_else(word);
        value
            .ok_or_else(|| self.wrong(text, &format!("its values are {} to {}{}", self.least, self.most, self.named())))
    }

    fn step(&self, text: &str) -> Result<usize, Invalid> {
        let step = number(text).filter(|step| (1..=self.most).contains(step));
        let step = step.and_then(|step| usize::try_from(step).ok());
        step.ok_or_else(|| self.wrong(text, &format!("a step is from 1 to {}", self.most)))
    }

    fn named(&self) -> String {
        match (self.words.first(), self.words.last()) {
            (Some(first), Some(last)) => format!(" or {first} to {last}"),
            _ => String::new(),
        }
    }

    pub(super) fn wrong(&self, text: &str, right: &str) -> Invalid {
        Invalid::new(format!("`{text}` in the {} field: {right}", self.name))
    }
}

/// Digits only: no sign.
pub(super) fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}
