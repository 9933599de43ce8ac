//! How fast stages go through the whole of it.

use end_to_end::{Laptop, Result};
use machine::run::{Outcome, Status};
use serde_json::json;

/// Stages a second of a pipeline named `bench`, from the admission of its run to its end, on a laptop of its own.
pub(crate) async fn of(source: &str) -> Result<f64> {
    let laptop = Laptop::start().await?;
    laptop.register(source).await?;
    let run = laptop.run("bench", json!({})).await?;
    let whole = laptop.ended(&run).await?;
    laptop.stop().await?;
    let record = &whole.run.value;
    match record.run.status {
        Status::Ended { outcome: Outcome::Succeeded, at } => {
            let stages = f64::from(u32::try_from(whole.stages.len())?);
            Ok(stages / at.since(record.created_at).as_secs_f64())
        }
        Status::Ended { .. } | Status::Queued | Status::Running | Status::Cancelling => {
            Err("the run did not succeed".into())
        }
    }
}
