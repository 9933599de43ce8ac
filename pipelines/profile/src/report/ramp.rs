//! Colours for numbers: a few classes with round limits.

use crate::plan::bins::round_step;

/// How many classes; the style sheet has a colour for each.
pub(super) const CLASSES: usize = 7;

/// The limits between classes, ascending.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ramp {
    limits: Vec<f64>,
}

impl Ramp {
    /// Classes over the middle 96 % of some numbers, so that a few far ones do not take all the colour.
    pub(super) fn over(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |share: usize| values.get(values.len().saturating_sub(1) * share / 100).copied().unwrap_or(0.0);
        let (low, high) = (at(2), at(98));
        let step = round_step((high - low) / (CLASSES as f64 - 0.5));
        let first = (low / step).floor() * step + step;
        let limits = (0..CLASSES - 1).map(|index| first + step * index as f64);
        Self { limits: limits.collect() }
    }

    /// The class of a number, from 0.
    pub(super) fn class(&self, value: f64) -> usize {
        self.limits.iter().filter(|&&limit| value >= limit).count()
    }

    /// The limits between classes.
    pub(super) fn limits(&self) -> &[f64] {
        &self.limits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_round_limits() {
        let ramp = Ramp::over((10..=160).map(f64::from).collect());
        assert_eq!(ramp.limits().len(), CLASSES - 1);
        assert!(ramp.limits().iter().all(|limit| limit % 5.0 == 0.0), "{ramp:?}");
        assert_eq!((ramp.class(-1e9), ramp.class(1e9)), (0, CLASSES - 1));
    }

    #[test]
    fn no_numbers_are_no_fault() {
        assert_eq!(Ramp::over(Vec::new()).class(3.0), 3);
    }
}
