//! CSV as people really have it: reading records one at a time, and cutting a table between records.

pub mod cut;
pub mod dialect;
pub mod records;

/// The longest record that is read, in bytes. What is longer is a quote that was never closed.
pub const MAX_RECORD_BYTES: u64 = 4 << 20;

/// The most columns that a table may have; each costs memory in every stage.
pub const MAX_COLUMNS: usize = 1_000;
