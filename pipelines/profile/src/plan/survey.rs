//! The one pass that decides how each column is read.

use std::io::Read;

use super::bins::Bins;
use super::{Column, Kind};
use crate::cell::DecimalMark;
use crate::moment::{DateOrder, Period};
use crate::table::records::Records;
use crate::{Error, cell};

/// The share of a column's values that must be numbers, or times, for it to be read so.
const ENOUGH: f64 = 0.95;

/// Reads all records; returns how many there are, and how each column is to be read.
pub fn survey<R: Read>(records: &mut Records<R>, mark: DecimalMark) -> Result<(u64, Vec<Column>), Error> {
    let names = records.names();
    let mut seen = vec![Seen::default(); names.len()];
    let mut count = 0;
    while let Some(record) = records.next()? {
        count += 1;
        for (column, field) in seen.iter_mut().zip(record) {
            column.observe(&cell::text(field), mark);
        }
    }
    let columns = names.into_iter().zip(&seen).map(|(name, seen)| Column { name, kind: seen.kind() });
    Ok((count, columns.collect()))
}

/// What has been seen of one column.
#[derive(Debug, Clone, Default)]
struct Seen {
    values: u64,
    numbers: Range<f64>,
    fractions: bool,
    times: [Range<i64>; DateOrder::ALL.len()],
}

impl Seen {
    fn observe(&mut self, cell: &str, mark: DecimalMark) {
        if cell::is_missing(cell) {
            return;
        }
        self.values += 1;
        if let Some(number) = cell::number(cell, mark) {
            self.numbers.observe(number);
            self.fractions |= number.fract() != 0.0;
            return;
        }
        for (order, range) in DateOrder::ALL.into_iter().zip(&mut self.times) {
            order.read(cell).into_iter().for_each(|time| range.observe(time));
        }
    }

    fn kind(&self) -> Kind {
        if let Some((low, high)) = self.numbers.bounds(self.values) {
            return Kind::Number { bins: Bins::covering(low, high, !self.fractions) };
        }
        let most = self.times.iter().map(|range| range.count).max().unwrap_or(0);
        let best = DateOrder::ALL.into_iter().zip(&self.times).find(|(_, range)| range.count == most);
        match best.and_then(|(order, range)| Some((order, range.bounds(self.values)?))) {
            Some((order, (first, last))) => Kind::Time { order, period: Period::fitting(last - first) },
            None => Kind::Text,
        }
    }
}

/// How many values were seen, and the least and greatest.
#[derive(Debug, Clone, Copy, Default)]
struct Range<T> {
    count: u64,
    bounds: Option<(T, T)>,
}

impl<T: PartialOrd + Copy> Range<T> {
    fn observe(&mut self, value: T) {
        self.count += 1;
        let (low, high) = self.bounds.unwrap_or((value, value));
        self.bounds = Some((if value < low { value } else { low }, if value > high { value } else { high }));
    }

    /// The bounds, if these are enough of all `values`.
    fn bounds(&self, values: u64) -> Option<(T, T)> {
        self.bounds.filter(|_| self.count as f64 >= values as f64 * ENOUGH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::dialect::Dialect;

    fn kinds(text: &str) -> Vec<Kind> {
        let mut records = Records::open(text.as_bytes(), Dialect::CHUNK).unwrap();
        survey(&mut records, DecimalMark::Point).unwrap().1.into_iter().map(|column| column.kind).collect()
    }

    #[test]
    fn kinds_of_columns() {
        let found = kinds("n,w,t,s,id,none\n1.5,1,2020-01-01,x,007,\n,3,2020-01-03,2,008,NA\n2.5,2,,y,1,\n");
        assert_eq!(found[0], Kind::Number { bins: Bins::covering(1.5, 2.5, false) });
        assert_eq!(found[1], Kind::Number { bins: Bins::covering(1.0, 3.0, true) });
        assert_eq!(found[2], Kind::Time { order: DateOrder::YearFirst, period: Period::Hour });
        assert_eq!(found[3..], [Kind::Text, Kind::Text, Kind::Text]);
    }

    #[test]
    fn the_day_comes_first_where_the_month_cannot() {
        let order = |text: &str| match kinds(text).remove(0) {
            Kind::Time { order, .. } => order,
            Kind::Number { .. } | Kind::Text => panic!("not read as times: {text}"),
        };
        assert_eq!(order("d\n01/02/2020\n31/12/2020\n"), DateOrder::DayFirst);
        assert_eq!(order("d\n01/02/2020\n12/31/2020\n"), DateOrder::MonthFirst);
    }
}
