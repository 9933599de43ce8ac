//! What needs no server.

use std::{io::Read, process::Stdio};

use crate::program::{VALID, batchwright, run, text};

#[test]
fn a_command_line_that_cannot_be_meant_ends_with_2() {
    let output = run(&["run", "hello", "--param", "name"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("name=value"), "{}", text(&output.stderr));
}

#[test]
fn without_a_server_it_says_how_to_start_one_and_ends_with_4() {
    let endpoint = "http://127.0.0.1:1";
    for command in [&["ps"][..], &["show", "latest"], &["run", "hello"], &["rejected"], &["cancel", "abc"]] {
        let output = batchwright(command).env("AWS_ENDPOINT_URL", endpoint).output().unwrap();
        assert_eq!(output.status.code(), Some(4), "{command:?}");
        let said = text(&output.stderr);
        assert!(said.contains(endpoint) && said.contains("batchwright up"), "{said}");
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
