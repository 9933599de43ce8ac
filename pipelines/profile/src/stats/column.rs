//! The statistics of one column.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::distinct::Distinct;
use super::moments::Moments;
use super::top::Top;
use crate::cell::{self, DecimalMark};
use crate::moment::{DateOrder, Period};
use crate::plan::Kind;
use crate::plan::bins::Bins;

/// What was counted of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnStats {
    /// Cells without a value.
    pub missing: u64,
    /// How many different values.
    pub distinct: Distinct,
    /// What was counted of the values.
    pub values: Values,
}

/// What was counted of a column's values, by the kind that the plan gave it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Values {
    /// Of numbers.
    Number {
        /// Mean, deviation and bounds.
        moments: Moments,
        /// How many numbers fall into each of the plan's bins.
        histogram: Vec<u64>,
        /// Values that are no numbers.
        unreadable: u64,
    },
    /// Of points in time.
    Time {
        /// How many fall into each period, by the period's number.
        periods: BTreeMap<i64, u64>,
        /// The first and the last, in seconds since 1970.
        bounds: Option<(i64, i64)>,
        /// Values that are no times.
        unreadable: u64,
    },
    /// Of anything else.
    Text {
        /// The commonest values.
        top: Top,
    },
}

impl ColumnStats {
    /// The statistics of no cells.
    pub fn none(kind: &Kind) -> Self {
        let values = match kind {
            Kind::Number { bins } => Values::Number {
                moments: Moments::default(),
                histogram: vec![0; usize::from(bins.count)],
                unreadable: 0,
            },
            Kind::Time { .. } => Values::Time { periods: BTreeMap::new(), bounds: None, unreadable: 0 },
            Kind::Text => Values::Text { top: Top::default() },
        };
        Self { missing: 0, distinct: Distinct::default(), values }
    }

    /// Adds one cell; `kind` is what these statistics were begun with.
    pub fn observe(&mut self, cell: &str, kind: &Kind, mark: DecimalMark) {
        if cell::is_missing(cell) {
            self.missing += 1;
            return;
        }
        self.distinct.observe(cell.trim());
        match (&mut self.values, kind) {
            (Values::Number { moments, histogram, unreadable }, Kind::Number { bins }) => {
                match cell::number(cell, mark) {
                    Some(number) => count_number(number, bins, moments, histogram),
                    None => *unreadable += 1,
                }
            }
            (Values::Time { periods, bounds, unreadable }, Kind::Time { order, period }) => {
                let read = count_time(cell, *order, *period, periods, bounds);
                *unreadable += u64::from(read.is_none());
            }
            (Values::Text { top }, _) => top.observe(cell),
            (Values::Number { unreadable, .. }, Kind::Time { .. } | Kind::Text)
            | (Values::Time { unreadable, .. }, Kind::Number { .. } | Kind::Text) => *unreadable += 1,
        }
    }

    /// Adds other cells of the same column. False if they were counted under another plan.
    #[must_use]
    pub fn merge(&mut self, other: &Self) -> bool {
        self.missing += other.missing;
        self.distinct.merge(&other.distinct);
        self.values.merge(&other.values)
    }
}

impl Values {
    fn merge(&mut self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Number { moments, histogram, unreadable },
                Self::Number { moments: more, histogram: other, unreadable: others },
            ) => {
                moments.merge(more);
                histogram.iter_mut().zip(other).for_each(|(bin, other)| *bin += other);
                *unreadable += others;
                histogram.len() == other.len()
            }
            (
                Self::Time { periods, bounds, unreadable },
                Self::Time { periods: other, bounds: more, unreadable: others },
            ) => {
                other.iter().for_each(|(period, count)| *periods.entry(*period).or_default() += count);
                more.iter().for_each(|&more| *bounds = Some(widen(*bounds, more)));
                *unreadable += others;
                true
            }
            (Self::Text { top }, Self::Text { top: other }) => {
                top.merge(other);
                true
            }
            (Self::Number { .. }, Self::Time { .. } | Self::Text { .. })
            | (Self::Time { .. }, Self::Number { .. } | Self::Text { .. })
            | (Self::Text { .. }, Self::Number { .. } | Self::Time { .. }) => false,
        }
    }
}

fn count_number(number: f64, bins: &Bins, moments: &mut Moments, histogram: &mut [u64]) {
    moments.observe(number);
    if let Some(bin) = histogram.get_mut(usize::from(bins.index(number))) {
        *bin += 1;
    }
}

fn count_time(
    cell: &str,
    order: DateOrder,
    period: Period,
    periods: &mut BTreeMap<i64, u64>,
    bounds: &mut Option<(i64, i64)>,
) -> Option<()> {
    let time = order.read(cell)?;
    *periods.entry(period.index(time)).or_default() += 1;
    *bounds = Some(widen(*bounds, (time, time)));
    Some(())
}

fn widen(bounds: Option<(i64, i64)>, (first, last): (i64, i64)) -> (i64, i64) {
    bounds.map_or((first, last), |(a, b)| (a.min(first), b.max(last)))
}
