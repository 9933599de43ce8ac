//! With a server, over TCP.

use crate::program::{Server, VALID, run, text};

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
