//! `batchwright cancel`

use clap::Args;
use control::RunId;
use machine::run::{Outcome, Status};
use serde_json::json;

use crate::{
    arguments::{Context, RunArgument},
    client::{Client, no_such_run},
    exit::{Exit, Failure},
    watch::{Progress, watch},
};

/// Cancel a run.
///
/// Its jobs are terminated, and what has not started never does. Ends with 0 once the cancel is taken; with --wait, once the run has ended. Ends with 1 if the run had ended otherwise.
#[derive(Debug, Args)]
pub(crate) struct Cancel {
    #[command(flatten)]
    run: RunArgument,
    /// Wait until every job has stopped.
    #[arg(long, short)]
    wait: bool,
}

impl Cancel {
    /// Asks for the cancel, and waits until it is taken.
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let client = context.client().await?;
        let run = client.find_run(&self.run.run).await?;
        // One that has ended needs no request, which would only be rejected.
        let mut status = status_of(&client, &run).await?;
        if is_open(status) {
            let sent = client.request(&json!({ "action": "cancel", "run_id": run.as_str() })).await?;
            let taken = async || Ok(Some(status_of(&client, &run).await?).filter(|status| !is_open(*status)));
            status = client.until(&sent, taken).await?;
        }
        if self.wait {
            watch(&client, &run, Progress::beside_result()).await?;
            status = status_of(&client, &run).await?;
        }
        context.output.line(format_args!("{run} {}", status.name()))?;
        Ok(match status {
            Status::Queued
            | Status::Running
            | Status::Cancelling
            | Status::Ended { outcome: Outcome::Cancelled, .. } => Exit::Done,
            Status::Ended { outcome: Outcome::Succeeded | Outcome::Failed | Outcome::Skipped, .. } => Exit::Failed,
        })
    }
}

/// Whether a cancel has yet to be taken.
fn is_open(status: Status) -> bool {
    matches!(status, Status::Queued | Status::Running)
}

async fn status_of(client: &Client, run: &RunId) -> Result<Status, Failure> {
    let record = client.table.run(run).await?;
    record.map(|record| record.value.run.status).ok_or_else(|| no_such_run(run))
}
