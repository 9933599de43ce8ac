//! The plan: what `split` learns from one pass over the table, so that every chunk counts into the same bins.

pub mod bins;
pub mod column;
pub mod map;
pub mod survey;

use serde::{Deserialize, Serialize};

use crate::cell::DecimalMark;
pub use column::{Column, Kind};
pub use map::MapPlan;

/// What every later stage needs to know of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Where the table lies, as it was given to `split`.
    pub source: String,
    /// The table's size in bytes.
    pub bytes: u64,
    /// Records without the header; at least one.
    pub records: u64,
    /// How many chunks were written; at least one.
    pub chunks: u32,
    /// How the table's numbers are written.
    pub decimal: DecimalMark,
    /// The columns, in the header's order.
    pub columns: Vec<Column>,
    /// How to count places, if the table has coordinates.
    pub map: Option<MapPlan>,
}
