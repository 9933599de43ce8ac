//! `batchwright redrive`

use clap::Args;

use crate::{
    arguments::Context,
    exit::{Exit, Failure},
    output::note,
};

/// Send back to its queue what lies in a dead-letter queue.
///
/// A message that could not be handled is dead-lettered after five tries. Once the cause is gone, this has it handled. A request that was handled all
/// the same, before it was dead-lettered, is not carried out a second time.
#[derive(Debug, Args)]
pub(crate) struct Redrive {
    /// The queue, by its name or URL; that of requests, if none is named.
    queue: Option<String>,
}

impl Redrive {
    /// Redrives the messages.
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let client = context.client().await?;
        let redriven = client.redrive(self.queue.as_deref()).await?;
        context.output.line(redriven)?;
        let queue = self.queue.as_deref().unwrap_or("the queue of requests");
        let messages = if redriven == 1 { "message was" } else { "messages were" };
        note(format_args!("{redriven} {messages} sent back to {queue}"));
        Ok(Exit::Done)
    }
}
