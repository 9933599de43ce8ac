//! Runs the binary, and a server of it.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

/// A valid definition.
pub(crate) const VALID: &str = "pipeline: hello\nstages:\n  greet: { image: busybox, command: [echo, hello] }\n";

pub(crate) fn batchwright(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_batchwright"));
    command.args(arguments).stdin(Stdio::null());
    for variable in ["AWS_ENDPOINT_URL", "BATCHWRIGHT_STACK", "BATCHWRIGHT_DATA_DIR", "NO_COLOR", "BATCHWRIGHT_LOG"] {
        command.env_remove(variable);
    }
    command
}

pub(crate) fn run(arguments: &[&str]) -> Output {
    batchwright(arguments).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A server that is stopped at the end of a test.
pub(crate) struct Server {
    child: Child,
    /// Open as long as the server lives, as a terminal is.
    _stdout: BufReader<ChildStdout>,
    /// Where it listens.
    pub(crate) endpoint: String,
}

impl Server {
    /// With that data folder, on a free port.
    pub(crate) fn start(data_dir: &Path) -> Self {
        let mut child = batchwright(&["up", "--port", "0", "--data-dir", data_dir.to_str().unwrap()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut first).unwrap();
        let endpoint = first.trim().rsplit(' ').next().unwrap().to_owned();
        assert!(endpoint.starts_with("http://127.0.0.1:"), "{first}");
        Self { child, _stdout: stdout, endpoint }
    }

    /// Runs the binary as its client.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        batchwright(arguments).env("AWS_ENDPOINT_URL", &self.endpoint).output().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
