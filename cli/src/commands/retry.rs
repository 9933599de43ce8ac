//! `batchwright retry`

use clap::Args;
use serde_json::json;

use crate::{
    arguments::{Context, RunArgument},
    client::no_such_run,
    exit::{Exit, Failure},
    watch::{Progress, watch},
};

/// Run again what did not succeed in a run.
///
/// The run must have failed, been cancelled, or been skipped because its concurrency group was full. What succeeded is kept. With --wait, ends as the run does: with 0 if it succeeded, 1 if it failed, 3 if it was cancelled.
#[derive(Debug, Args)]
pub(crate) struct Retry {
    #[command(flatten)]
    run: RunArgument,
    /// Wait until the run has ended.
    #[arg(long, short)]
    wait: bool,
}

impl Retry {
    /// Asks for the retry, and waits until it is taken.
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let client = context.client().await?;
        let run = client.find_run(&self.run.run).await?;
        let before = client.table.run(&run).await?.ok_or_else(|| no_such_run(&run))?.value.run.epoch;
        let sent = client.request(&json!({ "action": "retry", "run_id": run.as_str() })).await?;
        client
            .until(&sent, async || {
                let record = client.table.run(&run).await?;
                Ok(record.filter(|record| record.value.run.epoch > before).map(|_| ()))
            })
            .await?;
        context.output.line(&run)?;
        if !self.wait {
            return Ok(Exit::Done);
        }
        let view = watch(&client, &run, Progress::beside_result()).await?;
        Ok(view.outcome.map_or(Exit::Failed, Exit::from))
    }
}
