//! How pairs of numeric columns move together: Pearson's coefficient over the records that have both.

use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::cell::DecimalMark;
use crate::plan::{Kind, Plan};
use crate::table::records::Records;
use crate::{Error, cell};

/// The most columns that are compared; the first ones are taken.
const MOST_COLUMNS: usize = 16;

/// The coefficients of every pair of the compared columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Correlations {
    /// The compared columns, by their position in the plan.
    pub columns: Vec<usize>,
    /// For each compared column but the first, its coefficients with those before it; nothing where one does not vary.
    pub rows: Vec<Vec<Option<f64>>>,
}

/// What has been counted of every pair.
#[derive(Debug, Clone)]
pub struct Tally {
    mark: DecimalMark,
    columns: Vec<usize>,
    pairs: Vec<Vec<Pair>>,
}

impl Tally {
    /// Nothing counted yet.
    pub fn of(plan: &Plan) -> Self {
        let numeric = plan.columns.iter().enumerate().filter(|(_, column)| matches!(column.kind, Kind::Number { .. }));
        let columns: Vec<usize> = numeric.map(|(position, _)| position).take(MOST_COLUMNS).collect();
        let pairs = (1..columns.len()).map(|before| vec![Pair::default(); before]).collect();
        Self { mark: plan.decimal, columns, pairs }
    }

    /// Counts all records that are left to read.
    pub fn add<R: Read>(&mut self, records: &mut Records<R>) -> Result<(), Error> {
        while let Some(record) = records.next()? {
            let number =
                |&position: &usize| record.get(position).and_then(|field| cell::number(&cell::text(field), self.mark));
            let numbers: Vec<Option<f64>> = self.columns.iter().map(number).collect();
            for (pairs, y) in self.pairs.iter_mut().zip(numbers.iter().skip(1)) {
                for (pair, x) in pairs.iter_mut().zip(&numbers) {
                    if let (Some(x), Some(y)) = (x, y) {
                        pair.observe(*x, *y);
                    }
                }
            }
        }
        Ok(())
    }

    /// The coefficients of what has been counted.
    pub fn correlations(&self) -> Correlations {
        let rows = self.pairs.iter().map(|row| row.iter().map(Pair::coefficient).collect());
        Correlations { columns: self.columns.clone(), rows: rows.collect() }
    }
}

/// Means and co-moments of two columns, updated as by Welford.
#[derive(Debug, Clone, Copy, Default)]
struct Pair {
    count: f64,
    mean_x: f64,
    mean_y: f64,
    xx: f64,
    yy: f64,
    xy: f64,
}

impl Pair {
    fn observe(&mut self, x: f64, y: f64) {
        self.count += 1.0;
        let (before_x, before_y) = (x - self.mean_x, y - self.mean_y);
        self.mean_x += before_x / self.count;
        self.mean_y += before_y / self.count;
        self.xx += before_x * (x - self.mean_x);
        self.yy += before_y * (y - self.mean_y);
        self.xy += before_x * (y - self.mean_y);
    }

    fn coefficient(&self) -> Option<f64> {
        let scale = self.xx.sqrt() * self.yy.sqrt();
        (scale > 0.0 && scale.is_finite()).then(|| (self.xy / scale).clamp(-1.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::survey::survey;
    use crate::table::dialect::Dialect;

    fn rows(text: &str) -> Vec<Vec<Option<f64>>> {
        let open = || Records::open(text.as_bytes(), Dialect::CHUNK).unwrap();
        let (records, columns) = survey(&mut open(), DecimalMark::Point).unwrap();
        let plan = Plan {
            source: String::new(),
            bytes: 0,
            records,
            chunks: 1,
            decimal: DecimalMark::Point,
            columns,
            map: None,
        };
        let mut tally = Tally::of(&plan);
        tally.add(&mut open()).unwrap();
        tally.correlations().rows
    }

    #[test]
    fn perfect_opposite_and_undefined() {
        let rows = rows("a,b,c,d\n1,2,9,5\n2,4,6,5\n3,6,3,5\n4,,1,5\n");
        assert!((rows[0][0].unwrap() - 1.0).abs() < 1e-12);
        assert!(rows[1][0].unwrap() < -0.98);
        assert_eq!(rows[2], [None, None, None]);
    }

    #[test]
    fn a_table_without_numbers_has_none() {
        assert!(rows("a,b\nx,y\n").is_empty());
    }
}
