//! `profile chunk`: the statistics of one chunk.

use super::{open_chunk, read_plan};
use crate::Error;
use crate::location::Work;
use crate::objects::Objects;
use crate::progress::say;
use crate::stats::Stats;

/// Counts chunk `number` and leaves its statistics in `work`. An array job that is larger than the plan has children
/// with nothing to do; they say so and succeed.
pub async fn chunk(objects: &Objects, work: &Work, number: u32) -> Result<(), Error> {
    let plan = read_plan(objects, work).await?;
    if number >= plan.chunks {
        say("chunk", &format_args!("nothing to do: the plan has {} chunks, and this is number {number}", plan.chunks));
        return Ok(());
    }
    let mut records = open_chunk(objects, work, number).await?;
    let stats = Stats::of(&mut records, &plan)?;
    objects.write_json(&stats, &work.stats(number)).await?;
    say("chunk", &format_args!("counted {} records in chunk {} of {}", stats.records, number + 1, plan.chunks));
    Ok(())
}
