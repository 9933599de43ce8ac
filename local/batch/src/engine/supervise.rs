//! One attempt, from its start to its end.

use std::time::Duration;

use tokio::{sync::mpsc::UnboundedReceiver, time::sleep};

use crate::{
    job::Ending,
    runner::{Signal, Started},
};

/// Why a process is to be ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Halt {
    /// Someone asked for it.
    Asked,
    /// The server goes down.
    Shutdown,
}

/// How long a process has between `SIGTERM` and `SIGKILL`, as with ECS.
const GRACE: Duration = Duration::from_secs(30);
/// The same when the server goes down: someone waits at a terminal.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

/// Waits for the end of an attempt, and sees to it if it runs longer than `timeout` or is halted.
pub(super) async fn supervise(
    mut started: Started,
    timeout: Option<Duration>,
    mut halts: UnboundedReceiver<Halt>,
) -> Ending {
    let halt = tokio::select! {
        biased;
        exit = &mut started.exit => return Ending::Exited(exit),
        Some(halt) = halts.recv() => Some(halt),
        () = elapsed(timeout) => None,
    };
    (started.signal)(Signal::Terminate);
    let grace = if halt == Some(Halt::Shutdown) { SHUTDOWN_GRACE } else { GRACE };
    let exit = tokio::select! {
        biased;
        exit = &mut started.exit => Some(exit),
        () = shutdown(&mut halts) => None,
        () = sleep(grace) => None,
    };
    let exit = match exit {
        Some(exit) => exit,
        None => {
            (started.signal)(Signal::Kill);
            started.exit.await
        }
    };
    match halt {
        Some(Halt::Asked) => Ending::Stopped(exit),
        Some(Halt::Shutdown) => Ending::HostLost,
        None => Ending::TimedOut(exit),
    }
}

async fn elapsed(timeout: Option<Duration>) {
    match timeout {
        Some(timeout) => sleep(timeout).await,
        None => std::future::pending().await,
    }
}

/// Resolves if the server goes down.
async fn shutdown(halts: &mut UnboundedReceiver<Halt>) {
    while let Some(halt) = halts.recv().await {
        if halt == Halt::Shutdown {
            return;
        }
    }
    std::future::pending().await
}
