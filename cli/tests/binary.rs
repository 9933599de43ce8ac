//! The binary itself: its exit statuses, and what it says where.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

const VALID: &str = "pipeline: hello\nstages:\n  greet: { image: busybox, command: [echo, hello] }\n";

fn batchwright(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_batchwright"));
    command.args(arguments).stdin(Stdio::null());
    for variable in ["AWS_ENDPOINT_URL", "BATCHWRIGHT_DATA_DIR", "NO_COLOR", "BATCHWRIGHT_LOG"] {
        command.env_remove(variable);
    }
    command
}

fn run(arguments: &[&str]) -> Output {
    batchwright(arguments).output().unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_command_line_that_cannot_be_meant_ends_with_2() {
    let output = run(&["run", "hello", "--param", "name"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("name=value"), "{}", text(&output.stderr));
}

#[test]
fn without_a_server_it_says_how_to_start_one_and_ends_with_4() {
    // Nobody listens on a port that was bound and given back.
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{address}");
    for command in [&["ps"][..], &["show", "latest"], &["run", "hello"], &["rejected"], &["cancel", "abc"]] {
        let output = batchwright(command).env("AWS_ENDPOINT_URL", &endpoint).output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{command:?}");
        let said = text(&output.stderr);
        assert!(said.contains(&endpoint) && said.contains("batchwright up"), "{said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn validate_tells_of_every_fault_in_every_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let valid = file("valid.yaml", VALID.as_bytes());
    let faulty = file("faulty.yaml", VALID.replace("image", "imgae").replace("pipeline", "pipline").as_bytes());
    let binary = file("binary.yaml", b"\xff\xfe");
    let output = run(&["validate", &valid]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
    let output = run(&["validate", &valid, &faulty, &binary]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    for part in ["pipeline hello is valid", "pipline", "imgae", "faults"] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(!said.contains('\x1b'), "colours are for terminals");
    assert!(text(&output.stderr).contains("not UTF-8"));
    let output = run(&["validate", "--json", &valid, &faulty, &binary]);
    assert_eq!(output.status.code(), Some(1));
    let documents: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let verdicts: Vec<_> = documents.as_array().unwrap().iter().map(|document| &document["valid"]).collect();
    assert_eq!(verdicts, [true, false, false]);
}

#[test]
fn a_reader_that_leaves_is_no_reason_to_panic() {
    let mut child = batchwright(&["schema"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(141), ""));
}

/// A server that is stopped at the end of a test.
struct Server {
    child: Child,
    endpoint: String,
}

impl Server {
    fn start(data_dir: &Path) -> Self {
        let mut child = batchwright(&["up", "--port", "0", "--data-dir", data_dir.to_str().unwrap()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let endpoint = first.trim().rsplit(' ').next().unwrap().to_owned();
        assert!(endpoint.starts_with("http://127.0.0.1:"), "{first}");
        Self { child, endpoint }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        batchwright(arguments).env("AWS_ENDPOINT_URL", &self.endpoint).output().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_folder_serves_one_server_and_a_port_too() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::start(one.path());
    let port = server.endpoint.rsplit(':').next().unwrap();
    let output = run(&["up", "--port", "0", "--data-dir", one.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("another server uses the data folder"), "{}", text(&output.stderr));
    let output = run(&["up", "--port", port, "--data-dir", other.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("--port"), "{}", text(&output.stderr));
}

#[test]
fn a_pipeline_is_registered_run_shown_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path());
    let file = folder.path().join("hello.yaml");
    std::fs::write(&file, VALID).unwrap();
    let output = server.run(&["register", file.to_str().unwrap()]);
    assert_eq!(text(&output.stdout), "hello v1\n", "{}", text(&output.stderr));
    let output = server.run(&["run", "hello", "--dedupe-key", "once", "--wait"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let run = text(&output.stdout).trim().to_owned();
    assert!(text(&output.stderr).contains("greet SUCCEEDED"), "{}", text(&output.stderr));
    let again = server.run(&["run", "hello", "--dedupe-key", "once"]);
    assert_eq!(text(&again.stdout).trim(), run, "the same key is the same run");
    let output = server.run(&["show", &run[..8], "--json", "--watch"]);
    let shown: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&shown["run_id"], &shown["status"]), (&run.as_str().into(), &"SUCCEEDED".into()));
    assert_eq!(shown["stages"][0]["attempt"], 1);
    let data_dir = folder.path().to_str().unwrap();
    let output = server.run(&["logs", "latest", "greet", "--follow", "--data-dir", data_dir]);
    assert_eq!(text(&output.stdout), "hello\n", "{}", text(&output.stderr));
    let output = server.run(&["cancel", &run]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), format!("{run} SUCCEEDED\n").as_str()));
    let output = server.run(&["retry", &run]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("rejected: run"), "{}", text(&output.stderr));
    let output = server.run(&["rejected", "--json"]);
    let rejected: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rejected.as_array().map(Vec::len), Some(1));
    assert_eq!(server.run(&["run", "nobody"]).status.code(), Some(4));
}
