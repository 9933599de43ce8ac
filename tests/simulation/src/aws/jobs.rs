//! Jobs are played: they take virtual time, and end as their fate says.

use std::{
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use control::jobs::name::JobName;
use local_batch::{Exit, Runner, Signal, StartError, Started, Survivor, Task};
use local_s3::S3;
use machine::Attempt;
use tokio::sync::mpsc;

use crate::aws::{Ending, Fate, Fates, Written};

/// Plays jobs.
pub(super) struct Played {
    pub(super) fates: Fates,
    /// Where outputs are put.
    pub(super) s3: Arc<S3>,
    /// Where they are written first.
    pub(super) folder: PathBuf,
}

impl Runner for Played {
    fn start(&self, task: &Task) -> Result<Started, StartError> {
        let name = name(task).ok_or_else(|| StartError("a job without a name of ours".to_owned()))?;
        let array = task.job.child.is_some();
        let duration = match self.fates.of(&name, array) {
            Fate::Runs => Some(Duration::from_millis(self.fates.duration_ms(&name, task.attempt))),
            // What Batch forgets, or never starts, does not end by itself.
            Fate::Vanishes { .. } | Fate::Stuck => None,
        };
        // Only the first child of an array has a fate of its own.
        let ending = match task.job.child {
            Some(1..) => Ending::Succeeds,
            Some(0) | None => self.fates.ending(&name, array, task.attempt),
        };
        let stubborn = self.fates.stubborn(&name);
        let outputs = task.environment.get("BATCHWRIGHT_OUTPUTS").filter(|_| ending == Ending::Succeeds);
        let outputs = outputs.map(|uri| self.outputs(uri, self.fates.outputs(&name)));
        let (signals, mut received) = mpsc::unbounded_channel();
        let exit: Pin<Box<dyn Future<Output = Exit> + Send>> = Box::pin(async move {
            tokio::select! {
                biased;
                code = death(&mut received, stubborn) => Exit { code },
                () = lasting(duration) => {
                    if let Some(outputs) = outputs {
                        outputs.await;
                    }
                    Exit { code: code(ending) }
                }
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

impl Played {
    /// Puts what a job writes to the S3 URI that it is given.
    fn outputs(&self, uri: &str, written: Written) -> impl Future<Output = ()> + Send + 'static {
        let content = match written {
            Written::Right => Some(r#"{"n": 3}"#),
            Written::Nonsense => Some("3 of them"),
            Written::Nothing => None,
        };
        let at = uri.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
        let at = at.map(|(bucket, key)| (bucket.to_owned(), key.to_owned()));
        let (s3, file) = (Arc::clone(&self.s3), self.folder.join("outputs.json"));
        async move {
            let (Some((bucket, key)), Some(content)) = (at, content) else { return };
            // Written and put without a pause in between: nobody else comes to the file.
            if std::fs::write(&file, content).is_ok() {
                let _ = s3.put_file(&bucket, &key, &file).await;
            }
        }
    }
}

fn name(task: &Task) -> Option<JobName> {
    let variable = |name: &str| task.environment.get(name);
    Some(JobName {
        run: control::RunId::parse(variable("BATCHWRIGHT_RUN")?).ok()?,
        stage: variable("BATCHWRIGHT_STAGE")?.clone(),
        chunk: match variable("BATCHWRIGHT_CHUNK") {
            Some(chunk) => Some(control::place::parse_chunk(chunk)?),
            None => None,
        },
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
