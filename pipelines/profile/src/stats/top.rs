//! The commonest values in bounded memory (Misra and Gries; merged as by Agarwal and others, 2012).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Values kept. Up to so many different ones, all counts are exact.
const KEPT: usize = 256;

/// Characters kept of a value.
const KEPT_CHARS: usize = 80;

/// Counts of the commonest values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Top {
    counts: BTreeMap<String, u64>,
    /// How much too low a count may be; 0 as long as all are exact.
    pub error: u64,
}

impl Top {
    /// Adds one value.
    pub fn observe(&mut self, value: &str) {
        let shortened = shorten(value);
        if let Some(count) = self.counts.get_mut(shortened) {
            *count += 1;
            return;
        }
        self.counts.insert(shortened.to_owned(), 1);
        self.shrink();
    }

    /// Adds the values of another.
    pub fn merge(&mut self, other: &Self) {
        self.error += other.error;
        for (value, count) in &other.counts {
            *self.counts.entry(value.clone()).or_default() += count;
        }
        self.shrink();
    }

    /// The commonest values, commonest first, then by name.
    pub fn commonest(&self, most: usize) -> Vec<(&str, u64)> {
        let mut values: Vec<_> = self.counts.iter().map(|(value, &count)| (value.as_str(), count)).collect();
        values.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        values.truncate(most);
        values
    }

    /// If there are too many, lowers all counts by the greatest that must go.
    fn shrink(&mut self) {
        if self.counts.len() <= KEPT {
            return;
        }
        let mut counts: Vec<u64> = self.counts.values().copied().collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let lower_by = counts.get(KEPT).copied().unwrap_or(0);
        self.error += lower_by;
        self.counts.retain(|_, count| {
            *count = count.saturating_sub(lower_by);
            *count > 0
        });
    }
}

fn shorten(value: &str) -> &str {
    let value = value.trim();
    value.char_indices().nth(KEPT_CHARS).and_then(|(end, _)| value.get(..end)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[u16]) -> Top {
        let mut top = Top::default();
        values.iter().for_each(|value| top.observe(&value.to_string()));
        top
    }

    #[test]
    fn a_long_value_is_cut_between_characters() {
        let mut top = Top::default();
        top.observe(&"é".repeat(500));
        assert_eq!(top.commonest(1), [("é".repeat(80).as_str(), 1)]);
    }

    proptest! {
        #[test]
        fn merging_any_cut_is_the_whole_while_counts_are_exact(values in proptest::collection::vec(0_u16..250, 0..400), at in 0_usize..400) {
            let (left, right) = values.split_at(at.min(values.len()));
            let mut merged = of(left);
            merged.merge(&of(right));
            prop_assert_eq!(merged, of(&values));
        }

        #[test]
        fn a_count_is_never_too_high_and_too_low_by_the_error_at_most(values in proptest::collection::vec(0_u16..2_000, 0..3_000), at in 0_usize..3_000) {
            let (left, right) = values.split_at(at.min(values.len()));
            let mut top = of(left);
            top.merge(&of(right));
            for (value, count) in top.commonest(usize::MAX) {
                let truth = values.iter().filter(|v| v.to_string() == value).count() as u64;
                prop_assert!(count <= truth && truth <= count + top.error);
            }
        }
    }
}
