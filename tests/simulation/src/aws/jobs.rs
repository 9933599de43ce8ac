//! Jobs are played: they take virtual time, and end as their fate says.

use std::{future::Future, path::Path, pin::Pin, time::Duration};

use control::jobs::name::JobName;
use local_batch::{Exit, Runner, Signal, StartError, Started, Survivor, Task};
use machine::Attempt;
use tokio::sync::mpsc;

use crate::aws::{Ending, Fate, Fates};

/// Plays jobs.
#[derive(Debug)]
pub struct Played(pub Fates);

impl Runner for Played {
    fn start(&self, task: &Task) -> Result<Started, StartError> {
        let name = name(task).ok_or_else(|| StartError("a job without a name of ours".to_owned()))?;
        let array = task.job.child.is_some();
        let duration = match self.0.of(&name, array) {
            Fate::Runs => Some(Duration::from_millis(self.0.duration_ms(&name, task.attempt))),
            // What Batch forgets, or never starts, does not end by itself.
            Fate::Vanishes { .. } | Fate::Stuck => None,
        };
        // Only the first child of an array has a fate of its own.
        let ending = match task.job.child {
            Some(1..) => Ending::Succeeds,
            Some(0) | None => self.0.ending(&name, array, task.attempt),
        };
        let stubborn = self.0.stubborn(&name);
        let (signals, mut received) = mpsc::unbounded_channel();
        let exit: Pin<Box<dyn Future<Output = Exit> + Send>> = Box::pin(async move {
            tokio::select! {
                biased;
                code = death(&mut received, stubborn) => Exit { code },
                () = lasting(duration) => Exit { code: code(ending) },
            }
        });
        let signal = Box::new(move |signal| {
            // Who has ended hears nothing.
            let _ = signals.send(signal);
        });
        Ok(Started { process: None, exit, signal })
    }

    fn remove<'a>(&'a self, _: &'a Path) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(std::future::ready(()))
    }

    fn end<'a>(&'a self, _: &'a Survivor) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(std::future::ready(()))
    }
}

fn name(task: &Task) -> Option<JobName> {
    let variable = |name: &str| task.environment.get(name);
    Some(JobName {
        run: control::RunId::parse(variable("BATCHWRIGHT_RUN")?).ok()?,
        stage: variable("BATCHWRIGHT_STAGE")?.clone(),
        attempt: Attempt(variable("BATCHWRIGHT_ATTEMPT")?.parse().ok()?),
    })
}

fn code(ending: Ending) -> i32 {
    match ending {
        Ending::Succeeds => 0,
        Ending::Fails => 3,
        Ending::HostLost => 143,
        Ending::HostLostSilently | Ending::OutOfMemory => 137,
    }
}

async fn lasting(duration: Option<Duration>) {
    match duration {
        Some(duration) => tokio::time::sleep(duration).await,
        None => std::future::pending().await,
    }
}

async fn death(signals: &mut mpsc::UnboundedReceiver<Signal>, stubborn: bool) -> i32 {
    while let Some(signal) = signals.recv().await {
        match signal {
            Signal::Terminate if stubborn => {}
            Signal::Terminate => return 143,
            Signal::Kill => return 137,
        }
    }
    std::future::pending().await
}
