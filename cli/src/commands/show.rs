//! `batchwright show`

use clap::Args;

use crate::{
    arguments::{Context, RunArgument},
    client::no_such_run,
    exit::{Exit, Failure},
    run_view::Viewer,
    watch::{Progress, watch},
};

/// Show a run and its stages.
///
/// With --watch, shows what changes until the run has ended, and ends as the run does: with 0 if it succeeded, 1 if it failed,
/// 3 if it was cancelled. Without, ends with 0 whatever the run does.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    run: RunArgument,
    /// Stay until the run has ended.
    #[arg(long, short)]
    watch: bool,
    /// Print JSON; with --watch, once the run has ended.
    #[arg(long)]
    json: bool,
}

impl Show {
    /// Shows it.
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let client = context.client().await?;
        let run = client.find_run(&self.run.run).await?;
        let output = context.output;
        if self.watch {
            let progress = if self.json { Progress::Silent } else { Progress::as_result(output) };
            let view = watch(&client, &run, progress).await?;
            if self.json {
                output.json(&view)?;
            }
            return Ok(view.outcome.map_or(Exit::Failed, Exit::from));
        }
        let view = Viewer::new(&client, run.clone()).read().await?;
        let view = view.ok_or_else(|| no_such_run(&run))?;
        if self.json {
            output.json(&view)?
        } else {
            output.line(view.text(output.colour))?
        }
        Ok(Exit::Done)
    }
}
