//! The README's tour, by the binary and by an SDK over TCP.

use std::path::{Path, PathBuf};

use end_to_end::{Result, Server, eventually, processes_in};
use serde_json::Value;

use crate::output::{ended, json};

const GREET: &str = "
pipeline: greet
on: [{ s3: { prefix: names/ } }]
stages:
  say: { image: busybox, command: [echo, hello, \"${{ trigger.s3.key | default('world') }}\"] }
";
const SLOW: &str = "
pipeline: slow
stages:
  wait: { image: busybox, command: [sleep, '600'] }
";
const BROKEN: &str = "
pipeline: broken
stages:
  fail: { image: busybox, command: [sh, -c, 'echo out of luck; exit 7'] }
";

fn write(folder: &Path, name: &str, content: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    std::fs::write(&path, content)?;
    Ok(path)
}

/// A server with all three registered.
fn server(folder: &Path) -> Result<Server> {
    let server = Server::start(&folder.join("data"))?;
    let mut arguments = vec!["register".to_owned()];
    for (name, source) in [("greet.yaml", GREET), ("slow.yaml", SLOW), ("broken.yaml", BROKEN)] {
        arguments.push(write(folder, name, source)?.display().to_string());
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    assert_eq!(ended(&server.run(&arguments)?, 0), "greet v1\nslow v1\nbroken v1\n");
    Ok(server)
}

async fn runs(server: &Server, pipeline: &str, at_least: usize) -> Result<Vec<Value>> {
    eventually(&format!("{at_least} runs of {pipeline}"), async || {
        let listed = json(&server.run(&["ps", "--json", "--pipeline", pipeline])?)?;
        let runs = listed.as_array().cloned().unwrap_or_default();
        Ok((runs.len() >= at_least).then_some(runs))
    })
    .await
}

fn id(run: &Value) -> Result<String> {
    Ok(run["run_id"].as_str().ok_or("a run without an id")?.to_owned())
}

#[tokio::test]
async fn an_upload_by_an_sdk_and_a_file_in_the_inbox_folder_run_a_pipeline() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = server(folder.path())?;
    let put = server.s3().put_object().bucket("batchwright-inbox").key("names/Ada Lovelace");
    put.body(b"x".to_vec().into()).send().await?;
    let run = id(&runs(&server, "greet", 1).await?[0])?;
    ended(&server.run(&["show", &run, "--watch"])?, 0);
    assert_eq!(ended(&server.run(&["logs", &run, "say"])?, 0), "hello names/Ada Lovelace\n");
    let shown = json(&server.run(&["show", &run, "--json"])?)?;
    assert_eq!((&shown["status"], &shown["stages"][0]["status"]), (&"SUCCEEDED".into(), &"SUCCEEDED".into()));
    assert_eq!(shown["trigger"]["s3"]["key"], "names/Ada Lovelace");

    let inbox = folder.path().join("data/inbox/names");
    std::fs::create_dir_all(&inbox)?;
    std::fs::write(inbox.join("Grace + Hopper"), "x")?;
    runs(&server, "greet", 2).await?;
    ended(&server.run(&["show", "latest", "--watch"])?, 0);
    assert_eq!(ended(&server.run(&["logs", "latest", "say"])?, 0), "hello names/Grace + Hopper\n");
    assert_eq!(server.interrupt()?, Some(0));
    Ok(())
}

#[tokio::test]
async fn exit_statuses_are_the_outcomes_of_runs() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = server(folder.path())?;
    ended(&server.run(&["run", "greet", "--wait"])?, 0);
    let output = server.run(&["run", "broken", "--wait"])?;
    let broken = ended(&output, 1).trim().to_owned();
    assert!(String::from_utf8_lossy(&output.stderr).contains("exit code 7"));
    ended(&server.run(&["show", &broken, "--watch"])?, 1);
    ended(&server.run(&["show", &broken])?, 0);
    assert_eq!(ended(&server.run(&["logs", &broken, "fail"])?, 0), "out of luck\n");
    ended(&server.run(&["show", "aaaaaaaaaaaaaaaaaaaaaaaa"])?, 4);
    ended(&server.run(&["run", "nobody"])?, 4);
    Ok(())
}

#[tokio::test]
async fn a_cancel_ends_the_run_and_its_process() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = server(folder.path())?;
    let run = ended(&server.run(&["run", "slow"])?, 0).trim().to_owned();
    let data_dir = folder.path().join("data");
    let jobs = data_dir.join("jobs");
    eventually("the job to run", async || Ok((processes_in(&jobs).len() == 1).then_some(()))).await?;
    let mut watching = server.command(&["show", &run, "--watch"])?.spawn()?;
    assert_eq!(ended(&server.run(&["cancel", &run, "--wait"])?, 0), format!("{run} CANCELLED\n"));
    assert_eq!(watching.wait()?.code(), Some(3));
    assert_eq!(processes_in(&jobs), Vec::<i32>::new());
    assert_eq!(server.interrupt()?, Some(0));
    Ok(())
}

#[tokio::test]
async fn a_stop_ends_the_jobs() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = server(folder.path())?;
    ended(&server.run(&["run", "slow"])?, 0);
    let jobs = folder.path().join("data/jobs");
    eventually("the job to run", async || Ok((processes_in(&jobs).len() == 1).then_some(()))).await?;
    assert_eq!(server.interrupt()?, Some(0));
    assert_eq!(processes_in(&jobs), Vec::<i32>::new());
    Ok(())
}

#[tokio::test]
async fn what_is_refused_is_listed() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = server(folder.path())?;
    let put = server.s3().put_object().bucket("batchwright-inbox").key("pipelines/wrong.yaml");
    put.body(b"pipeline: wrong\nstagse: {}\n".to_vec().into()).send().await?;
    let listed = eventually("the rejection", async || {
        let listed = json(&server.run(&["rejected", "--json"])?)?;
        Ok(listed.as_array().is_some_and(|listed| !listed.is_empty()).then_some(listed))
    })
    .await?;
    assert_eq!(listed[0]["source"], "s3://batchwright-inbox/pipelines/wrong.yaml");
    assert!(listed[0]["reason"].as_str().is_some_and(|reason| reason.contains("stagse")), "{listed}");
    Ok(())
}

#[tokio::test]
async fn what_was_dead_lettered_is_sent_back() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = server(folder.path())?;
    let sqs = aws_sdk_sqs::Client::new(&server.sdk());
    for body in ["not a request", "nor this"] {
        sqs.send_message().queue_url("batchwright-on-message-dead-letters").message_body(body).send().await?;
    }
    assert_eq!(ended(&server.run(&["redrive"])?, 0), "2\n");
    eventually("the rejections", async || {
        let listed = json(&server.run(&["rejected", "--json"])?)?;
        Ok(listed.as_array().is_some_and(|listed| listed.len() == 2).then_some(()))
    })
    .await?;
    assert_eq!(ended(&server.run(&["redrive", "batchwright-requests"])?, 0), "0\n");
    Ok(())
}
