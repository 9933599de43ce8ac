//! The command line.

use clap::{Parser, Subcommand, value_parser};

use crate::location::{Location, Work};
use crate::stages::End;

/// Profiles a CSV file in S3, in parallel, and draws a report.
///
/// Exit status: 0 done; 1 the file cannot be profiled; 2 called wrongly; 75 S3 or the disk failed, try again.
#[derive(Debug, PartialEq, Parser)]
#[command(name = "profile", version)]
pub struct Arguments {
    /// What is to be done.
    #[command(subcommand)]
    pub stage: Stage,
}

/// A stage of the pipeline.
#[derive(Debug, PartialEq, Subcommand)]
pub enum Stage {
    /// Plan the profile of a CSV file and cut it into chunks.
    Split {
        /// The CSV file, as s3://bucket/key.
        source: Location,
        /// How many chunks; as many as the array job has children.
        #[arg(long, value_parser = value_parser!(u32).range(1..=10_000))]
        chunks: u32,
        /// The prefix of this run, as s3://bucket/prefix/.
        #[arg(long)]
        work: Work,
    },
    /// Count one chunk: the one with this array job child's number.
    Chunk {
        /// The prefix of this run, as s3://bucket/prefix/.
        #[arg(long)]
        work: Work,
        /// The chunk's number, counted from 0; AWS Batch sets it for each child of an array job.
        #[arg(long, env = "AWS_BATCH_JOB_ARRAY_INDEX")]
        number: Option<u32>,
    },
    /// Compare the numeric columns.
    Correlate {
        /// The prefix of this run, as s3://bucket/prefix/.
        #[arg(long)]
        work: Work,
    },
    /// Merge everything and draw the report.
    Report {
        /// The prefix of this run, as s3://bucket/prefix/.
        #[arg(long)]
        work: Work,
        /// The report's heading; any text, be it like an option.
        #[arg(long, allow_hyphen_values = true)]
        title: String,
        /// Where the report goes, as s3://bucket/key.
        #[arg(long)]
        output: Location,
    },
    /// Copy one object from or to S3, as `aws s3 cp` does. One of the two is s3://bucket/key.
    Copy {
        /// From: an object, a file, or - for the standard input.
        from: End,
        /// To: an object, a file, or - for the standard output.
        to: End,
    },
}
