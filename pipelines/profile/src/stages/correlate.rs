//! `profile correlate`: how the numeric columns move together, over the whole table.

use super::{open_chunk, read_plan};
use crate::Error;
use crate::correlation::Tally;
use crate::location::Work;
use crate::objects::Objects;
use crate::progress::say;

/// Reads every chunk and leaves the correlations in `work`.
pub async fn correlate(objects: &Objects, work: &Work) -> Result<(), Error> {
    let plan = read_plan(objects, work).await?;
    let mut tally = Tally::of(&plan);
    for number in 0..plan.chunks {
        tally.add(&mut open_chunk(objects, work, number).await?)?;
        say("correlate", &format_args!("read chunk {} of {}", number + 1, plan.chunks));
    }
    let correlations = tally.correlations();
    objects.write_json(&correlations, &work.correlations()).await?;
    say("correlate", &format_args!("compared {} numeric columns", correlations.columns.len()));
    Ok(())
}
