//! Statistics of some records, which can be merged: those of any cut, merged, are those of the whole table.

pub mod column;
pub mod distinct;
pub mod moments;
pub mod places;
pub mod top;

use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::plan::Plan;
use crate::table::records::Records;
use crate::{Error, cell};
use column::ColumnStats;
use places::Places;

/// The statistics of a number of records under one plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// Records counted.
    pub records: u64,
    /// Those among them with fewer or more fields than the header.
    pub ragged: u64,
    /// One for each column of the plan.
    pub columns: Vec<ColumnStats>,
    /// Where the records lie; empty if the plan knows no coordinates.
    pub places: Places,
}

impl Stats {
    /// The statistics of no records.
    pub fn none(plan: &Plan) -> Self {
        let columns = plan.columns.iter().map(|column| ColumnStats::none(&column.kind)).collect();
        Self { records: 0, ragged: 0, columns, places: Places::default() }
    }

    /// Counts all records that are left to read.
    pub fn of<R: Read>(records: &mut Records<R>, plan: &Plan) -> Result<Self, Error> {
        let mut stats = Self::none(plan);
        while let Some(record) = records.next()? {
            let texts: Vec<_> = record.iter().map(cell::text).collect();
            let cells: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
            stats.observe(&cells, plan);
        }
        Ok(stats)
    }

    fn observe(&mut self, cells: &[&str], plan: &Plan) {
        self.records += 1;
        self.ragged += u64::from(cells.len() != plan.columns.len());
        for (position, (stats, column)) in self.columns.iter_mut().zip(&plan.columns).enumerate() {
            stats.observe(cells.get(position).copied().unwrap_or(""), &column.kind, plan.decimal);
        }
        if let Some(map) = &plan.map {
            self.places.observe(cells, map, plan.decimal);
        }
    }

    /// Adds the statistics of other records, counted under the same plan. False if they were not.
    #[must_use]
    pub fn merge(&mut self, other: &Self) -> bool {
        self.records += other.records;
        self.ragged += other.ragged;
        self.places.merge(&other.places);
        let columns = self.columns.iter_mut().zip(&other.columns);
        let merged = columns.fold(true, |all, (column, other)| column.merge(other) && all);
        merged && self.columns.len() == other.columns.len()
    }
}
