//! `batchwright up`, to be killed.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use end_to_end::Result;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

/// How long a server may take to stop in order.
const STOP: Duration = Duration::from_secs(60);

/// The binary under test, and where it keeps everything.
#[derive(Debug)]
pub(crate) struct Program {
    binary: PathBuf,
    /// The data folder.
    pub(crate) data_dir: PathBuf,
    /// What the servers say on standard error.
    pub(crate) stderr: PathBuf,
}

impl Program {
    /// A copy in `folder`: what is built meanwhile does not change what is under test.
    ///
    /// # Errors
    /// If it was not built, or cannot be copied.
    pub(crate) fn copied_to(folder: &Path) -> Result<Self> {
        let binary = folder.join("batchwright");
        fs::copy(end_to_end::binary("batchwright")?, &binary)?;
        Ok(Self { binary, data_dir: folder.join("data"), stderr: folder.join("stderr") })
    }

    /// A command line of it, which is killed when it is dropped.
    ///
    /// # Errors
    /// If the folder's name is not text.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = end_to_end::command(&self.binary, arguments);
        command.env("BATCHWRIGHT_DATA_DIR", &self.data_dir);
        let mut command = Command::from(command);
        command.kill_on_drop(true);
        command
    }
}

/// One process of the server, from its start to its end.
pub(crate) struct Server {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts it, and does not wait.
    ///
    /// # Errors
    /// If there can be no process.
    pub(crate) fn start(program: &Program) -> Result<Self> {
        let stderr = File::options().create(true).append(true).open(&program.stderr)?;
        let mut child = program.command(&["up", "--port", "0"]).stdout(Stdio::piped()).stderr(stderr).spawn()?;
        let stdout = child.stdout.take().ok_or("no standard output")?;
        Ok(Self { child, said: BufReader::new(stdout).lines() })
    }

    /// Waits until it listens. Where it does.
    ///
    /// # Errors
    /// If it ended instead.
    pub(crate) async fn endpoint(&mut self) -> Result<String> {
        while let Some(line) = self.said.next_line().await? {
            if let Some(endpoint) = line.split_whitespace().find(|word| word.starts_with("http://")) {
                return Ok(endpoint.to_owned());
            }
        }
        Err(format!("the server does not start: it ended with {}", self.child.wait().await?).into())
    }

    /// `kill -9`, which leaves it no time to do anything.
    ///
    /// # Errors
    /// If it has ended by itself.
    pub(crate) async fn kill(mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            return Err(format!("the server ended by itself, with {status}").into());
        }
        Ok(self.child.kill().await?)
    }

    /// Asks it to stop, as Ctrl-C does, and waits.
    ///
    /// # Errors
    /// If it does not stop in time, or not as it should.
    pub(crate) async fn stop(mut self) -> Result<()> {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw);
        kill_process(pid.ok_or("the server ended by itself")?, Signal::INT)?;
        let status = timeout(STOP, self.child.wait()).await.map_err(|_| "the server does not stop")??;
        if status.success() { Ok(()) } else { Err(format!("the server stopped with {status}").into()) }
    }
}
