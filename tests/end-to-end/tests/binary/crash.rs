//! `kill -9` in the middle of everything: a new server on the same folder goes on, and nothing that was acknowledged is lost.

use std::{collections::BTreeSet, path::Path, time::Duration};

use aws_sdk_batch::types::JobStatus;
use end_to_end::{Result, Server, eventually, processes_in, within};
use serde_json::Value;

use crate::output::{ended, json};

/// Uploads that are acknowledged right before the server is killed.
const UPLOADS: usize = 12;

/// A claim whose submission was cut off is settled after two minutes; see `machine::policy`.
const SETTLED: Duration = Duration::from_secs(240);

const DEFINITIONS: [(&str, &str); 3] = [
    (
        "sturdy",
        "pipeline: sturdy\ndefaults: { image: busybox, vcpu: 0.25, memory: 512 MiB, retry: { attempts: 3 } }\nstages:\n  \
         many: { array: 4, command: [sleep, '2'] }\n  last: { needs: [many], command: ['true'] }\n",
    ),
    (
        "frail",
        "pipeline: frail\ndefaults: { image: busybox, vcpu: 0.25, memory: 512 MiB, retry: { attempts: 1 } }\nstages:\n  \
         wait: { command: [sleep, '600'] }\n  last: { needs: [wait], command: ['true'] }\n",
    ),
    (
        "each",
        "pipeline: each\non: [{ s3: { prefix: in/ } }]\ndefaults: { image: busybox, vcpu: 0.25, memory: 512 MiB, retry: { attempts: 3 } }\n\
         stages:\n  a: { command: ['true'] }\n  b: { needs: [a], command: ['true'] }\n",
    ),
];

fn register(server: &Server, folder: &Path) -> Result<()> {
    for (name, source) in DEFINITIONS {
        let path = folder.join(format!("{name}.yaml"));
        std::fs::write(&path, source)?;
        ended(&server.run(&["register", path.to_str().ok_or("the path is not text")?])?, 0);
    }
    Ok(())
}

#[tokio::test]
async fn a_killed_server_loses_nothing_and_runs_nothing_twice() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let jobs = folder.path().join("data/jobs");
    let mut server = Server::start(&folder.path().join("data"))?;
    register(&server, folder.path())?;
    let sturdy = ended(&server.run(&["run", "sturdy"])?, 0).trim().to_owned();
    let frail = ended(&server.run(&["run", "frail"])?, 0).trim().to_owned();
    eventually("the jobs to run", async || Ok((processes_in(&jobs).len() >= 5).then_some(()))).await?;
    let s3 = server.s3();
    for number in 0..UPLOADS {
        let put = s3.put_object().bucket("batchwright-inbox").key(format!("in/{number}"));
        put.body(b"x".to_vec().into()).send().await?;
    }
    server.kill_and_start()?;
    let runs = within(SETTLED, "every run to end", async || ended_runs(&server)).await?;
    let status = |run: &str| runs.iter().find(|line| line["run_id"] == run).map(|line| line["status"].clone());
    assert_eq!(status(&sturdy), Some("SUCCEEDED".into()), "a host failure is retried by policy");
    assert_eq!(status(&frail), Some("FAILED".into()), "and without a policy it is a failure");
    let of_each: Vec<_> = runs.iter().filter(|line| line["pipeline"] == "each").map(|line| &line["status"]).collect();
    assert_eq!(of_each, vec!["SUCCEEDED"; UPLOADS]);

    let shown = json(&server.run(&["show", &frail, "--json"])?)?;
    assert_eq!(
        (&shown["stages"][0]["cause"]["kind"], &shown["stages"][1]["status"]),
        (&"host".into(), &"SKIPPED".into())
    );
    one_job_for_each_attempt(&server, &runs).await?;
    assert_eq!(processes_in(&jobs), Vec::<i32>::new(), "no orphan is left");
    assert_eq!(json(&server.run(&["rejected", "--json"])?)?, serde_json::json!([]));
    assert_eq!(server.interrupt()?, Some(0));
    Ok(())
}

/// All runs, once all that must be there are, and have ended.
fn ended_runs(server: &Server) -> Result<Option<Vec<Value>>> {
    let listed = json(&server.run(&["ps", "--json", "--limit", "1000"])?)?;
    let runs = listed.as_array().cloned().unwrap_or_default();
    let all = runs.len() >= UPLOADS + 2 && runs.iter().all(|run| !run["ended_at"].is_null());
    Ok(all.then_some(runs))
}

/// Batch has exactly the jobs that the stages record, one for each attempt.
async fn one_job_for_each_attempt(server: &Server, runs: &[Value]) -> Result<()> {
    let mut recorded = BTreeSet::new();
    for run in runs {
        let id = run["run_id"].as_str().ok_or("a run without an id")?;
        let shown = json(&server.run(&["show", id, "--json"])?)?;
        for stage in shown["stages"].as_array().ok_or("no stages")? {
            if let Some(job) = stage["job_id"].as_str() {
                let name = format!("bw-{id}-{}-{}", stage["name"].as_str().ok_or("no name")?, stage["attempt"]);
                recorded.insert((name, job.to_owned()));
            }
        }
    }
    let batch = aws_sdk_batch::Client::new(&server.sdk());
    let mut known = Vec::new();
    for status in [JobStatus::Succeeded, JobStatus::Failed, JobStatus::Runnable, JobStatus::Running, JobStatus::Pending]
    {
        let listed = batch.list_jobs().job_queue("batchwright-fargate").job_status(status);
        let mut pages = listed.into_paginator().items().send();
        while let Some(job) = pages.next().await {
            let job = job?;
            known.push((job.job_name.unwrap_or_default(), job.job_id.unwrap_or_default()));
        }
    }
    known.sort();
    assert_eq!(known, recorded.into_iter().collect::<Vec<_>>());
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_killed_again_while_it_starts_finishes_the_run() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut source = "pipeline: chain\ndefaults: { image: busybox, retry: { attempts: 10 } }\nstages:\n  \
                      s0: { command: ['true'] }\n"
        .to_owned();
    for stage in 1..40 {
        source += &format!("  s{stage}: {{ needs: [s{}], command: ['true'] }}\n", stage - 1);
    }
    let path = folder.path().join("chain.yaml");
    std::fs::write(&path, source)?;
    let mut server = Server::start(&folder.path().join("data"))?;
    ended(&server.run(&["register", path.to_str().ok_or("the path is not text")?])?, 0);
    let run = ended(&server.run(&["run", "chain"])?, 0).trim().to_owned();
    eventually("some stages to succeed", async || {
        let shown = json(&server.run(&["show", &run, "--json"])?)?;
        let stages = shown["stages"].as_array().cloned().unwrap_or_default();
        Ok((stages.iter().filter(|stage| stage["status"] == "SUCCEEDED").count() >= 5).then_some(()))
    })
    .await?;
    for _ in 0..3 {
        server.kill_and_start()?;
    }
    let shown = within(SETTLED, "the run to end", async || {
        let shown = json(&server.run(&["show", &run, "--json"])?)?;
        Ok((!shown["ended_at"].is_null()).then_some(shown))
    })
    .await?;
    assert_eq!(shown["status"], "SUCCEEDED", "{shown:#}");
    one_job_for_each_attempt(&server, &[shown]).await
}
