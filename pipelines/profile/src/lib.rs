//! The job program of the example pipeline `csv-profile`: it profiles a CSV file of any size in parallel and draws a report. The other
//! examples copy with it where there is no `aws` ([`stages::copy`]).
//!
//! ```text
//! split ─┬─▶ chunk 0 … n-1 ─┬─▶ report
//!        └─▶ correlate ─────┘
//! ```
//! The stages meet only in objects under one S3 prefix ([`location::Work`]), and each writes the same objects when it
//! is run again, so that a retried attempt is harmless. What holds everywhere:
//!
//! - A chunk never breaks a record, and merging the statistics of any cut equals profiling the whole.
//! - Memory is bounded by the number of columns and by [`table::MAX_RECORD_BYTES`], not by the size of the file.
//! - Cell values are hostile: they reach the report only through [`report::html::escape`].

pub mod arguments;
pub mod cell;
pub mod correlation;
pub mod error;
pub mod location;
pub mod moment;
pub mod objects;
pub mod plan;
pub mod progress;
pub mod report;
pub mod stages;
pub mod stats;
pub mod table;

pub use error::Error;
