//! How many different values: exact up to a bound, then estimated from the smallest hashes (k minimum values).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Hashes kept. The estimate's standard error is about 1/√KEPT: 2 %.
const KEPT: usize = 2_048;

/// A sketch of the set of values seen. The sketch of a union is the union's sketch, exactly.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distinct {
    smallest: BTreeSet<u64>,
    /// True once hashes were dropped.
    estimated: bool,
}

impl Distinct {
    /// Adds one value.
    pub fn observe(&mut self, value: &str) {
        self.insert(hash(value));
    }

    /// Adds the values of another sketch.
    pub fn merge(&mut self, other: &Self) {
        self.estimated |= other.estimated;
        other.smallest.iter().for_each(|&hash| self.insert(hash));
    }

    /// How many different values there are, and whether that is only estimated.
    pub fn count(&self) -> (u64, bool) {
        let kept = self.smallest.len() as u64;
        match self.smallest.last() {
            Some(&largest) if self.estimated => {
                let estimate = u128::from(kept - 1) * u128::from(u64::MAX) / u128::from(largest.max(1));
                (u64::try_from(estimate).unwrap_or(u64::MAX), true)
            }
            _ => (kept, false),
        }
    }

    fn insert(&mut self, hash: u64) {
        if self.smallest.len() >= KEPT && self.smallest.last().is_some_and(|&largest| hash > largest) {
            self.estimated = true;
            return;
        }
        self.smallest.insert(hash);
        if self.smallest.len() > KEPT {
            self.smallest.pop_last();
            self.estimated = true;
        }
    }
}

/// FNV-1a, finished by the mixer of SplitMix64 so that all bits are even. It must be the same in every chunk and build.
fn hash(value: &str) -> u64 {
    let fnv = value
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (fnv ^ (fnv >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: impl Iterator<Item = u32>) -> Distinct {
        let mut distinct = Distinct::default();
        values.for_each(|value| distinct.observe(&value.to_string()));
        distinct
    }

    #[test]
    fn exact_when_few_and_close_when_many() {
        assert_eq!(of((0..2_048).chain(0..500)).count(), (2_048, false));
        let (estimate, estimated) = of(0..100_000).count();
        assert!(estimated && (90_000..110_000).contains(&estimate), "{estimate}");
    }

    proptest! {
        #[test]
        fn merging_any_cut_is_the_whole(a in 0_u32..6_000, b in 0_u32..6_000, from in 0_u32..6_000) {
            let mut merged = of(0..a);
            merged.merge(&of(from..from + b));
            prop_assert_eq!(merged, of((0..a).chain(from..from + b)));
        }
    }
}
