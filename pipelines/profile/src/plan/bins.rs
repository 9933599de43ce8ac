//! Histogram bins of equal width, chosen once for a whole column.

use serde::{Deserialize, Serialize};

const MOST_WHOLE: f64 = 32.0;
const ABOUT: f64 = 28.0;

/// Equal bins with round limits that cover a column's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bins {
    /// The smallest number of the column.
    pub low: f64,
    /// The largest number of the column.
    pub high: f64,
    /// How many bins: at least one.
    pub count: u16,
    /// True if each bin is exactly one whole number.
    pub whole: bool,
    start: f64,
    step: f64,
}

impl Bins {
    /// Bins for numbers from `low` to `high`; a few whole numbers get one bin each.
    pub fn covering(low: f64, high: f64, all_whole: bool) -> Self {
        let whole = all_whole && high - low < MOST_WHOLE;
        let step = if whole { 1.0 } else { round_step((high - low) / ABOUT) };
        let start = if whole { low } else { (low / step).floor() * step };
        let count = floor((high - start) / step).min(63) + 1;
        Self { low, high, count, whole, start, step }
    }

    /// The bin that holds a number; numbers outside fall into the nearest bin.
    pub fn index(&self, value: f64) -> u16 {
        floor((value - self.start) / self.step).min(self.count - 1)
    }

    /// Where a bin begins.
    pub fn start(&self, index: u16) -> f64 {
        self.start + f64::from(index) * self.step
    }
}

/// The whole part of a number, held within 0 and `u16::MAX`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to u16 first; NaN becomes 0"
)]
pub fn floor(value: f64) -> u16 {
    value.clamp(0.0, f64::from(u16::MAX)) as u16
}

/// The next 1, 2, 2.5 or 5 times a power of ten; 1 for what is no positive number.
pub fn round_step(step: f64) -> f64 {
    if !(step.is_normal() && step > 1e-200) {
        return 1.0;
    }
    let power = 10_f64.powf(step.log10().floor());
    let factor = [1.0, 2.0, 2.5, 5.0].into_iter().find(|factor| factor * power >= step * 0.999_999);
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn few_whole_numbers_have_a_bin_each() {
        let bins = Bins::covering(-1.0, 5.0, true);
        assert_eq!((bins.count, bins.index(-1.0), bins.index(5.0), bins.start(6)), (7, 0, 6, 5.0));
    }

    #[test]
    fn limits_are_round() {
        let bins = Bins::covering(7.2, 51.9, false);
        assert_eq!((bins.start(0), bins.start(1), bins.count), (6.0, 8.0, 23));
    }

    #[test]
    fn one_value_has_one_bin() {
        assert_eq!(Bins::covering(3.5, 3.5, false).count, 1);
    }

    #[test]
    fn round_steps() {
        assert_eq!([0.9, 1.0, 1.2, 23.0, 0.0].map(round_step), [1.0, 1.0, 2.0, 25.0, 1.0]);
    }

    proptest! {
        #[test]
        fn every_number_has_a_bin_and_bins_keep_the_order(a in -1e100_f64..1e100, b in any::<f64>(), value in any::<f64>()) {
            let b = if b.abs() <= 1e100 { b } else { a + 1.0 };
            let bins = Bins::covering(a.min(b), a.max(b), false);
            prop_assert!(bins.index(value) < bins.count && bins.count <= 64);
            prop_assert!(bins.index(bins.low) <= bins.index(bins.high));
        }
    }
}
