//! `profile report`: merges what the chunks counted, and draws the page.

use super::read_plan;
use crate::Error;
use crate::location::{Location, Work};
use crate::objects::Objects;
use crate::progress::say;
use crate::report::{Profile, page};
use crate::stats::Stats;

/// Merges everything in `work` and writes the report to `output`.
pub async fn report(objects: &Objects, work: &Work, title: &str, output: &Location) -> Result<(), Error> {
    let plan = read_plan(objects, work).await?;
    let mut stats = Stats::none(&plan);
    for number in 0..plan.chunks {
        let writer = format!("`profile chunk` number {number} (an array job of {} children)", plan.chunks);
        let chunk: Stats = objects.json(&work.stats(number), &writer).await?;
        if !stats.merge(&chunk) {
            let stale = work.stats(number);
            return Err(Error::Wiring(format!(
                "{stale} belongs to another table: use a --work prefix of its own for each run"
            )));
        }
    }
    if stats.records != plan.records {
        let (counted, planned) = (stats.records, plan.records);
        return Err(Error::Wiring(format!(
            "the chunks hold {counted} records, but the table has {planned}: run split and chunk again"
        )));
    }
    say("report", &format_args!("merged {} chunks, {} records", plan.chunks, stats.records));
    let correlations = objects.json(&work.correlations(), "`profile correlate`").await?;
    let html = page(title, &Profile { plan: &plan, stats: &stats, correlations: &correlations });
    let bytes = html.len();
    objects.write(html.into_bytes(), output, "text/html; charset=utf-8").await?;
    say("report", &format_args!("wrote {output} ({bytes} bytes)"));
    Ok(())
}
