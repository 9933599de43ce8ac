//! Count, mean and variance in one pass (Welford), and of a union (Chan, Golub and LeVeque).

use serde::{Deserialize, Serialize};

/// The moments of some numbers, and their bounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// How many numbers.
    pub count: u64,
    /// Their mean; 0 if there are none.
    pub mean: f64,
    /// The sum of their squared distances from the mean.
    squares: f64,
    /// The least and the greatest.
    pub bounds: Option<(f64, f64)>,
}

impl Moments {
    /// Adds one number.
    pub fn observe(&mut self, value: f64) {
        self.merge(&Self { count: 1, mean: value, squares: 0.0, bounds: Some((value, value)) });
    }

    /// Adds other numbers.
    pub fn merge(&mut self, other: &Self) {
        let Some((low, high)) = other.bounds else { return };
        let (ours, theirs) = (self.count as f64, other.count as f64);
        let share = theirs / (ours + theirs);
        let distance = other.mean - self.mean;
        self.count += other.count;
        self.mean += distance * share;
        self.squares += other.squares + distance * distance * ours * share;
        let (least, greatest) = self.bounds.unwrap_or((low, high));
        self.bounds = Some((least.min(low), greatest.max(high)));
    }

    /// The standard deviation of a sample; nothing for fewer than two numbers.
    pub fn deviation(&self) -> Option<f64> {
        (self.count > 1).then(|| (self.squares / (self.count - 1) as f64).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[f64]) -> Moments {
        let mut moments = Moments::default();
        values.iter().for_each(|&value| moments.observe(value));
        moments
    }

    #[test]
    fn known_values() {
        let moments = of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
        assert_eq!((moments.count, moments.mean, moments.bounds), (8, 5.0, Some((2.0, 9.0))));
        assert!((moments.deviation().unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
        assert_eq!(of(&[1.0]).deviation(), None);
    }

    proptest! {
        #[test]
        fn merging_any_cut_is_the_whole(values in proptest::collection::vec(-1e6_f64..1e6, 0..60), at in 0_usize..60) {
            let (left, right) = values.split_at(at.min(values.len()));
            let (whole, mut merged) = (of(&values), of(left));
            merged.merge(&of(right));
            prop_assert_eq!((merged.count, merged.bounds), (whole.count, whole.bounds));
            prop_assert!((merged.mean - whole.mean).abs() <= 1e-6);
            prop_assert!((merged.squares - whole.squares).abs() <= 1e-9 * whole.squares + 1e-3);
        }
    }
}
