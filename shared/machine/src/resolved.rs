//! What has resolved of all that a machine needs.

use std::collections::BTreeSet;

use pipeline::StageIndex;

use crate::{Outcome, Verdict};

/// The needs that have resolved, each with its verdict.
///
/// It only grows, and adding is commutative and idempotent, so that a need resolves by one blind upsert into a DynamoDB number
/// set. Its numbers are `position × 8 + verdict`: small, so that 500 of them stay small.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Resolved(BTreeSet<u32>);

/// A number that [`Resolved`] never wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a stage's position and verdict")]
pub struct UnknownVerdict(pub u32);

impl Resolved {
    /// Adds the verdict of a need.
    #[must_use]
    pub fn with(mut self, need: StageIndex, verdict: Verdict) -> Self {
        self.0.insert(Self::number(need, verdict));
        self
    }

    /// The number that stands for a need's verdict.
    pub fn number(need: StageIndex, verdict: Verdict) -> u32 {
        let outcome = match verdict.outcome {
            Outcome::Succeeded => 0,
            Outcome::Failed => 1,
            Outcome::Skipped => 2,
            Outcome::Cancelled => 3,
        };
        u32::from(need.get()) * 8 + u32::from(verdict.tainted) * 4 + outcome
    }

    /// From the numbers of an item.
    ///
    /// # Errors
    /// If one of them stands for no verdict.
    pub fn from_numbers(numbers: impl IntoIterator<Item = u32>) -> Result<Self, UnknownVerdict> {
        let set: BTreeSet<u32> = numbers.into_iter().collect();
        match set.last() {
            Some(&largest) if largest / 8 > u32::from(u16::MAX) => Err(UnknownVerdict(largest)),
            _ => Ok(Self(set)),
        }
    }

    /// The numbers to keep in an item.
    pub fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.iter().copied()
    }

    /// How many needs have resolved.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no need has resolved.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a need has resolved.
    pub fn contains(&self, need: StageIndex) -> bool {
        let first = u32::from(need.get()) * 8;
        self.0.range(first..first + 8).next().is_some()
    }

    /// The verdicts, in the order of the definition.
    pub fn verdicts(&self) -> impl Iterator<Item = (StageIndex, Verdict)> + '_ {
        self.0.iter().map(|number| {
            let outcome = match number % 4 {
                0 => Outcome::Succeeded,
                1 => Outcome::Failed,
                2 => Outcome::Skipped,
                _ => Outcome::Cancelled,
            };
            let verdict = Verdict { outcome, tainted: number % 8 >= 4 };
            (StageIndex::new(u16::try_from(number / 8).unwrap_or(u16::MAX)), verdict)
        })
    }

    /// Whether any need is tainted.
    pub fn tainted(&self) -> bool {
        self.verdicts().any(|(_, verdict)| verdict.tainted)
    }
}
