//! Everything random comes from one seed.

use std::hash::{DefaultHasher, Hash, Hasher};

use rand::{RngExt, SeedableRng, rngs::SmallRng};

/// Random choices that follow from a seed and the number of a case, so that each case can be made alone.
#[derive(Debug)]
pub struct Dice(SmallRng);

impl Dice {
    /// Of one case.
    pub fn of(seed: u64, case: u64) -> Self {
        let mut hasher = DefaultHasher::new();
        (seed, case).hash(&mut hasher);
        Self(SmallRng::seed_from_u64(hasher.finish()))
    }

    /// `true` once in `n` times.
    pub fn once_in(&mut self, n: u32) -> bool {
        self.0.random_range(0..n.max(1)) == 0
    }

    /// A number of the range, both ends included.
    pub fn between(&mut self, least: usize, most: usize) -> usize {
        self.0.random_range(least..=most.max(least))
    }

    /// A number that is mostly small, and below `most`: every order of magnitude has its turn.
    pub fn small(&mut self, most: usize) -> usize {
        let bits = usize::BITS - most.leading_zeros();
        let shift = self.0.random_range(0..=bits);
        self.0.random_range(0..=most) >> (bits - shift).min(usize::BITS - 1)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0.random()
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let last = of.len().checked_sub(1)?;
        of.get(self.between(0, last))
    }

    /// One of the words; an empty one if there is none.
    pub fn word<'a>(&mut self, of: &[&'a str]) -> &'a str {
        self.pick(of).copied().unwrap_or_default()
    }
}
