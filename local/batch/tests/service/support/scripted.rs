//! A runner that plays jobs: their command says what they do.

use std::{
    future::Future,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use local_batch::{Exit, Runner, Signal, StartError, Started, Survivor, Task};
use tokio::sync::mpsc;

/// Plays `sleep <seconds>`, `exit <code>`, `stubborn <seconds>` (it ignores `SIGTERM`) and `missing`.
#[derive(Default)]
pub(crate) struct Scripted {
    /// What was started, in order.
    pub(crate) tasks: Mutex<Vec<Task>>,
    /// What was ended for a former server.
    pub(crate) ended: Mutex<Vec<Survivor>>,
    /// The folders that were removed.
    pub(crate) removed: Mutex<Vec<PathBuf>>,
}

impl Scripted {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The ids of the jobs that were started, in order.
    pub(crate) fn started(&self) -> Vec<String> {
        let tasks = self.tasks.lock().unwrap();
        tasks.iter().map(|task| task.job.to_string()).collect()
    }
}

impl Runner for Scripted {
    fn start(&self, task: &Task) -> Result<Started, StartError> {
        self.tasks.lock().unwrap().push(task.clone());
        let (signals, mut received) = mpsc::unbounded_channel();
        let number = || task.command[1].parse::<u64>().unwrap();
        let exit: Pin<Box<dyn Future<Output = Exit> + Send>> = match task.command[0].as_str() {
            "exit" => Box::pin(std::future::ready(Exit { code: i32::try_from(number()).unwrap() })),
            "missing" => return Err(StartError("CannotStartContainerError: it is missing".to_owned())),
            kind => {
                let (span, stubborn) = (Duration::from_secs(number()), kind == "stubborn");
                Box::pin(async move {
                    tokio::select! {
                        biased;
                        code = death(&mut received, stubborn) => Exit { code },
                        () = tokio::time::sleep(span) => Exit { code: 0 },
                    }
                })
            }
        };
        Ok(Started {
            process: None,
            exit,
            signal: Box::new(move |signal| {
                let _ = signals.send(signal);
            }),
        })
    }

    fn end<'a>(&'a self, survivor: &'a Survivor) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.ended.lock().unwrap().push(survivor.clone());
        Box::pin(std::future::ready(()))
    }

    fn remove<'a>(&'a self, folder: &'a Path) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.removed.lock().unwrap().push(folder.to_owned());
        Box::pin(std::future::ready(()))
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
