//! The real binaries, as a user starts `batchwright`.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use local_surface::{ENDPOINT_CREDENTIALS, REGION};

use crate::{Group, Result};

/// Where a binary of the workspace lies, which has its package's name: beside this executable, or, if this is a test, beside
/// its folder.
///
/// # Errors
/// If it has not been built.
pub fn binary(name: &str) -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    let found = this.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|binary| binary.is_file());
    found.ok_or_else(|| format!("{name} is missing beside {}: `make binaries` makes it", this.display()).into())
}

/// A command line of `batchwright`, in a surrounding that says nothing of where a server is.
///
/// # Errors
/// If it has not been built.
pub fn batchwright(arguments: &[&str]) -> Result<Command> {
    Ok(command(&binary("batchwright")?, arguments))
}

/// As [`batchwright`], of a binary that lies elsewhere.
pub fn command(binary: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command.args(arguments).stdin(Stdio::null());
    for variable in ["AWS_ENDPOINT_URL", "BATCHWRIGHT_DATA_DIR", "BATCHWRIGHT_LOG", "BATCHWRIGHT_STACK"] {
        command.env_remove(variable);
    }
    command
}

/// For AWS SDKs, over TCP, to a server at `endpoint`.
pub fn sdk(endpoint: &str) -> SdkConfig {
    let (access_key, secret_key) = ENDPOINT_CREDENTIALS;
    let credentials = Credentials::new(access_key, secret_key, None, None, "end-to-end");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

/// `batchwright up` on a free port. It is killed when it goes out of scope, and its jobs are.
pub struct Server {
    process: Process,
    data_dir: PathBuf,
}

/// One process of the server.
struct Process {
    child: Child,
    endpoint: String,
    /// Held open: the server may write to it.
    _stdout: BufReader<ChildStdout>,
}

impl Process {
    fn start(data_dir: &Path) -> Result<Self> {
        let folder = data_dir.to_str().ok_or("the folder's name is not text")?;
        let mut command = batchwright(&["up", "--port", "0", "--data-dir", folder])?;
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut stdout = BufReader::new(child.stdout.take().ok_or("no standard output")?);
        let mut first = String::new();
        stdout.read_line(&mut first)?;
        let endpoint = first.split_whitespace().find(|word| word.starts_with("http://"));
        let endpoint = endpoint.ok_or_else(|| format!("the server does not say where it listens: {first:?}"))?;
        Ok(Self { child, endpoint: endpoint.to_owned(), _stdout: stdout })
    }

    fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Server {
    /// Starts it, and waits until it says where it listens.
    ///
    /// # Errors
    /// If it does not.
    pub fn start(data_dir: &Path) -> Result<Self> {
        Ok(Self { process: Process::start(data_dir)?, data_dir: data_dir.to_owned() })
    }

    /// `kill -9`, which leaves it no time to do anything, and a new one on the same folder, to which its jobs are left.
    ///
    /// # Errors
    /// If it cannot be killed, or the new one does not start.
    pub fn kill_and_start(&mut self) -> Result<()> {
        self.process.kill()?;
        self.process = Process::start(&self.data_dir)?;
        Ok(())
    }

    /// Where it listens.
    pub fn endpoint(&self) -> &str {
        &self.process.endpoint
    }

    /// Runs a command against it, to its end.
    ///
    /// # Errors
    /// If it cannot be run.
    pub fn run(&self, arguments: &[&str]) -> Result<Output> {
        Ok(self.command(arguments)?.output()?)
    }

    /// A command against it.
    ///
    /// # Errors
    /// If the binary has not been built.
    pub fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = batchwright(arguments)?;
        command.env("AWS_ENDPOINT_URL", self.endpoint()).env("BATCHWRIGHT_DATA_DIR", &self.data_dir);
        Ok(command)
    }

    /// For AWS SDKs, over TCP.
    pub fn sdk(&self) -> SdkConfig {
        sdk(self.endpoint())
    }

    /// Its S3, over TCP.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.sdk()).force_path_style(true).build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// Asks it to stop, as Ctrl-C does, and waits. Its exit status.
    ///
    /// # Errors
    /// If it cannot be asked.
    pub fn interrupt(&mut self) -> Result<Option<i32>> {
        let pid = i32::try_from(self.process.child.id())?;
        let pid = rustix::process::Pid::from_raw(pid).ok_or("no process id")?;
        rustix::process::kill_process(pid, rustix::process::Signal::INT)?;
        Ok(self.process.child.wait()?.code())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        drop(Group(&self.data_dir));
    }
}
