//! Jobs as processes of this machine.
//!
//! Each attempt is a process group of its own: a signal reaches all of it, and when its leader ends, what it left behind is
//! killed, as a container's processes are when the first of them ends. No shell is ever involved.

mod log;
mod program;
mod survivor;

use std::{
    fs,
    future::Future,
    io,
    os::unix::process::{CommandExt, ExitStatusExt},
    path::{Path, PathBuf},
    pin::Pin,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use rustix::process::Pid;
use tokio::{
    process::{Child, Command},
    task::JoinHandle,
    time::timeout,
};

use crate::runner::{Exit, ProcessId, Runner, Signal, StartError, Started, Survivor, Task};

/// Runs attempts as processes. The image of a job is not looked at: its command is found on the job's `PATH`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Processes;

/// How long the log is still read after a process has ended: only one that left its group can hold it open longer.
const LOG_GRACE: Duration = Duration::from_secs(1);

impl Runner for Processes {
    fn start(&self, task: &Task) -> Result<Started, StartError> {
        let (child, output) = spawn(task)?;
        let copying = match log::open(&task.folder).and_then(|log| Ok((log, log::reader(output)?))) {
            Ok((log, reader)) => tokio::spawn(log::copy(reader, log)),
            Err(error) => return Err(refuse(&format!("its log cannot be written: {error}"))),
        };
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        let process = child.id().map(|pid| ProcessId { pid, started: survivor::started(pid) });
        Ok(Started {
            process,
            exit: Box::pin(wait(child, group, copying)),
            signal: Box::new(move |signal| send(group, signal)),
        })
    }

    fn end<'a>(&'a self, survivor: &'a Survivor) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(survivor::end(survivor))
    }

    fn remove<'a>(&'a self, folder: &'a Path) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(remove(folder))
    }
}

async fn remove(folder: &Path) {
    match tokio::fs::remove_dir_all(folder).await {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => tracing::warn!(folder = %folder.display(), %error, "a job's folder could not be removed"),
    }
}

fn spawn(task: &Task) -> Result<(Child, io::PipeReader), StartError> {
    let [name, arguments @ ..] = task.command.as_slice() else {
        return Err(refuse("no command is specified: give the job definition or the submission a command"));
    };
    let work = task.folder.join("work");
    fresh(&work).map_err(|error| refuse(&format!("the folder {} cannot be made: {error}", work.display())))?;
    let program = find(name, task, &work)?;
    let (reader, writer) = io::pipe().map_err(|error| refuse(&format!("no pipe can be made: {error}")))?;
    let second = writer.try_clone().map_err(|error| refuse(&format!("no pipe can be made: {error}")))?;
    let mut command = std::process::Command::new(&program);
    // The name as it was given: some programs go by it.
    command.arg0(name).args(arguments).env_clear().envs(&task.environment).current_dir(&work);
    command.stdin(Stdio::null()).stdout(writer).stderr(second).process_group(0);
    let child = Command::from(command).spawn();
    Ok((child.map_err(|error| refuse(&format!("{} cannot be run: {error}", program.display())))?, reader))
}

/// Makes the folder, empty. It is there already if the same attempt began before the power was lost.
fn fresh(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)
}

fn find(name: &str, task: &Task, work: &Path) -> Result<PathBuf, StartError> {
    let path = task.environment.get("PATH").map(String::as_str).unwrap_or_default();
    program::find(name, path, work).ok_or_else(|| {
        refuse(&format!(
            "exec: {name:?}: executable file not found in $PATH ({path}): install it on this machine, put its folder on \
             PATH, or give the command by its absolute path (jobs run as processes here, their image is not used)"
        ))
    })
}

/// In the words of a container runtime, which `evaluateOnExit` rules and people know.
fn refuse(why: &str) -> StartError {
    StartError(format!("CannotStartContainerError: {why}"))
}

/// Waits for the leader, kills what is left of its group, and sees the log to its end.
async fn wait(mut child: Child, group: Option<Pid>, mut copying: JoinHandle<()>) -> Exit {
    let status = child.wait().await;
    // The group's number cannot have been taken by another yet if any of it is left: the kernel keeps it for them.
    send(group, Signal::Kill);
    if timeout(LOG_GRACE, &mut copying).await.is_err() {
        copying.abort();
    }
    Exit { code: status.map_or(1, code) }
}

fn code(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1)
}

fn send(group: Option<Pid>, signal: Signal) {
    let signal = match signal {
        Signal::Terminate => rustix::process::Signal::TERM,
        Signal::Kill => rustix::process::Signal::KILL,
    };
    if let Some(group) = group {
        // A group that is gone needs no signal.
        let _ = rustix::process::kill_process_group(group, signal);
    }
}
