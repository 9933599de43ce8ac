//! The stages of the pipeline, as the program's subcommands run them: objects in, objects out.

mod chunk;
mod copy;
mod correlate;
mod report;
mod split;

pub use chunk::chunk;
pub use copy::{End, copy};
pub use correlate::correlate;
pub use report::report;
pub use split::split;

use std::io::BufReader;

use crate::Error;
use crate::location::Work;
use crate::objects::Objects;
use crate::plan::Plan;
use crate::table::dialect::Dialect;
use crate::table::records::Records;

/// The records of one chunk, on this machine's disk.
type ChunkRecords = Records<BufReader<tempfile::NamedTempFile>>;

async fn read_plan(objects: &Objects, work: &Work) -> Result<Plan, Error> {
    objects.json(&work.plan(), "`profile split`").await
}

async fn open_chunk(objects: &Objects, work: &Work, number: u32) -> Result<ChunkRecords, Error> {
    let file = objects.download(&work.chunk(number)).await?;
    Records::open(BufReader::new(file), Dialect::CHUNK)
}
