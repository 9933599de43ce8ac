//! The engine: it starts what waits when there is room, and writes down what ended.

mod environment;
mod forget;
mod place;
mod recover;
mod start;
mod supervise;

use std::{future::Future, pin::pin, sync::Arc};

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::{
    Batch, Error,
    container::Demand,
    job::{Ending, conclude},
    table::jobs,
};
use supervise::Halt;

/// A job whose process runs.
pub(crate) struct Live {
    demand: Demand,
    halt: UnboundedSender<Halt>,
}

/// The job with this number ended an attempt.
type End = (i64, Ending);

impl Batch {
    /// Runs jobs until `shutdown` resolves; then ends those that run, as if their host had been taken away, and returns. One
    /// call at a time.
    ///
    /// # Errors
    /// If the store fails. Nothing is known to run then: the next start looks after what does.
    pub async fn run(self: Arc<Self>, shutdown: impl Future<Output = ()> + Send) -> Result<(), Error> {
        self.recover().await?;
        let (ends, mut ended) = mpsc::unbounded_channel();
        let mut shutdown = pin!(shutdown);
        let mut forget = pin!(self.forget());
        loop {
            let more = self.place(&ends)?;
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                Some(end) = ended.recv() => self.write_ends(end, &mut ended)?,
                () = self.wake.notified() => {}
                // Others have their turn between two rounds.
                () = tokio::task::yield_now(), if more => {}
                never = &mut forget => match never? {},
            }
        }
        self.shut_down(ended).await
    }

    /// Writes down `first` and all ends that have come since, together.
    fn write_ends(&self, first: End, more: &mut UnboundedReceiver<End>) -> Result<(), Error> {
        let mut ends = vec![first];
        while let Ok(end) = more.try_recv() {
            ends.push(end);
        }
        self.conclude(&ends)?;
        let mut live = self.live();
        for (number, _) in &ends {
            live.remove(number);
        }
        Ok(())
    }

    fn conclude(&self, ends: &[End]) -> Result<(), Error> {
        self.commit(|ledger| {
            for (number, ending) in ends {
                let Some(mut job) = jobs::numbered(ledger.transaction, *number)? else { continue };
                let spec = ledger.spec(&job)?;
                if conclude(&mut job, &spec.retry, ending, ledger.now_ms) {
                    ledger.set(&job)?;
                }
            }
            Ok(())
        })
    }

    /// Ends the processes of these jobs, if they have any.
    pub(crate) fn halt(&self, numbers: &[i64]) {
        let live = self.live();
        for number in numbers {
            if let Some(job) = live.get(number) {
                // Who has just ended needs no halt.
                let _ = job.halt.send(Halt::Asked);
            }
        }
    }

    async fn shut_down(&self, mut ended: UnboundedReceiver<End>) -> Result<(), Error> {
        for job in self.live().values() {
            let _ = job.halt.send(Halt::Shutdown);
        }
        while !self.live().is_empty() {
            let Some(end) = ended.recv().await else { break };
            self.write_ends(end, &mut ended)?;
        }
        Ok(self.config.store.durable().await?)
    }
}
