//! Jobs as real processes, through the AWS SDK.

use std::{path::Path, sync::Arc, time::Duration};

use crate::support::{World, id};
use aws_sdk_batch::types::{ArrayProperties, ContainerOverrides, JobStatus, KeyValuePair, RetryStrategy};
use local_batch::{JobKey, attempts, log_path};

fn log(data_dir: &Path, id: &str, attempt: u32) -> String {
    let job: JobKey = id.parse().unwrap();
    std::fs::read_to_string(log_path(data_dir, &job, attempt)).unwrap()
}

#[tokio::test]
async fn a_job_runs_and_its_end_is_told_in_the_words_of_aws() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::real(folder.path()).await;
    let job = world.run("ok", &["true"]).await;
    assert_eq!(job.status(), Some(&JobStatus::Succeeded));
    assert_eq!(job.status_reason(), Some("Essential container in task exited"));
    let container = job.container().unwrap();
    assert_eq!(container.exit_code(), Some(0));
    assert!(container.log_stream_name().unwrap().starts_with("ok/default/"));
    assert!(job.started_at().unwrap() <= job.stopped_at().unwrap());

    let job = world.run("bad", &["sh", "-c", "echo out; echo err >&2; exit 3"]).await;
    assert_eq!(job.status(), Some(&JobStatus::Failed));
    assert_eq!(job.container().unwrap().exit_code(), Some(3));
    assert_eq!(job.attempts().len(), 1);
    assert_eq!(job.attempts()[0].container().unwrap().exit_code(), Some(3));
    assert_eq!(log(folder.path(), job.job_id().unwrap(), 1), "out\nerr\n");
    let key: JobKey = job.job_id().unwrap().parse().unwrap();
    assert_eq!(attempts(folder.path(), &key), [1]);
}

#[tokio::test]
async fn a_job_gets_the_environment_that_aws_gives_and_nothing_of_the_servers() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::real(folder.path()).await;
    world.define("env", &["env"]).await;
    let variable = |name: &str, value: &str| KeyValuePair::builder().name(name).value(value).build();
    let overrides = ContainerOverrides::builder()
        .environment(variable("HOME", "/elsewhere"))
        .environment(variable("AWS_BATCH_JOB_ID", "forged"))
        .environment(variable("SPACED", "a  b\n$(c)"));
    let submission = world.submission("env").container_overrides(overrides.build());
    let id = id(submission.array_properties(ArrayProperties::builder().size(2).build())).await;
    assert_eq!(world.ended(&id).await.status(), Some(&JobStatus::Succeeded));
    let log = log(folder.path(), &format!("{id}:1"), 1);
    let mut lines: Vec<&str> = log.lines().filter(|line| !line.starts_with("PATH=")).collect();
    lines.sort_unstable();
    let job_id = format!("AWS_BATCH_JOB_ID={id}:1");
    let expected = [
        "$(c)",
        "AWS_ACCESS_KEY_ID=local",
        "AWS_BATCH_CE_NAME=local",
        "AWS_BATCH_JOB_ARRAY_INDEX=1",
        "AWS_BATCH_JOB_ARRAY_SIZE=2",
        "AWS_BATCH_JOB_ATTEMPT=1",
        &job_id,
        "AWS_BATCH_JQ_NAME=plain",
        "AWS_DEFAULT_REGION=us-east-1",
        "AWS_ENDPOINT_URL=http://127.0.0.1:4510",
        "AWS_REGION=us-east-1",
        "AWS_SECRET_ACCESS_KEY=local",
        "HOME=/elsewhere",
        "SPACED=a  b",
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn attempts_have_folders_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::real(folder.path()).await;
    // It succeeds the second time, in a folder where the first has left nothing.
    world
        .define("again", &["sh", "-c", "test ! -e mark && touch mark && pwd && test $AWS_BATCH_JOB_ATTEMPT = 2"])
        .await;
    let id = id(world.submission("again").retry_strategy(RetryStrategy::builder().attempts(3).build())).await;
    let job = world.ended(&id).await;
    assert_eq!(job.status(), Some(&JobStatus::Succeeded));
    assert_eq!(job.attempts().len(), 2);
    assert!(log(folder.path(), &id, 2).trim_end().ends_with(&format!("jobs/{id}/attempt-2/work")));
}

#[tokio::test]
async fn a_command_that_is_missing_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::real(folder.path()).await;
    for (name, command, says) in [
        ("missing", &["no-such-program", "x"][..], "\"no-such-program\": executable file not found in $PATH"),
        ("none", &[], "no command is specified"),
        ("folder", &["/"], "executable file not found"),
        ("empty", &[""], "executable file not found"),
    ] {
        let job = world.run(name, command).await;
        assert_eq!(job.status(), Some(&JobStatus::Failed));
        assert_eq!(job.status_reason(), Some("Task failed to start"));
        let reason = job.container().unwrap().reason().unwrap();
        assert!(reason.starts_with("CannotStartContainerError: ") && reason.contains(says), "{reason}");
        assert_eq!(job.container().unwrap().exit_code(), None);
    }
}

#[tokio::test]
async fn a_terminated_job_ends_with_all_of_its_processes() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::real(folder.path()).await;
    world.define("long", &["sh", "-c", "sleep 600 & echo $!; sleep 600"]).await;
    let id = world.submit("long").await;
    world.until(&id, &JobStatus::Running).await;
    let pid = loop {
        let pid = log(folder.path(), &id, 1);
        if pid.ends_with('\n') {
            break pid.trim().to_owned();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    };
    // A cancel succeeds and changes nothing: it runs already.
    world.client.cancel_job().job_id(&id).reason("too late").send().await.unwrap();
    assert_eq!(world.job(&id).await.status(), Some(&JobStatus::Running));
    world.client.terminate_job().job_id(&id).reason("enough").send().await.unwrap();
    let job = world.ended(&id).await;
    assert_eq!(job.status(), Some(&JobStatus::Failed));
    assert_eq!(job.status_reason(), Some("enough"));
    assert_eq!(job.container().unwrap().exit_code(), Some(143));
    assert_eq!(job.is_terminated(), Some(true));
    assert!(gone(&pid).await, "a child of the job lives on");
}

#[tokio::test]
async fn what_a_job_leaves_behind_does_not_outlive_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::real(folder.path()).await;
    let job = world.run("leaves", &["sh", "-c", "sleep 600 & echo $!"]).await;
    assert_eq!(job.status(), Some(&JobStatus::Succeeded));
    assert!(gone(log(folder.path(), job.job_id().unwrap(), 1).trim()).await);
}

/// Whether the process has ended, or does soon.
async fn gone(pid: &str) -> bool {
    for _ in 0..200 {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        if stat.is_empty() || stat.contains(") Z ") {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    false
}

/// Requests come from many threads while jobs start, end and are stopped.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_lost_between_threads() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(World::real(folder.path()).await);
    world.define("quick", &["sh", "-c", "exit $((AWS_BATCH_JOB_ATTEMPT % 2))"]).await;
    world.define("long", &["sleep", "600"]).await;
    let clients = (0..4).map(|_| {
        let world = Arc::clone(&world);
        tokio::spawn(async move {
            for _ in 0..10 {
                let twice = RetryStrategy::builder().attempts(2).build();
                let quick = id(world.submission("quick").retry_strategy(twice)).await;
                let long = world.submit("long").await;
                // It may be anything from runnable to running by now.
                world.client.terminate_job().job_id(&long).reason("enough").send().await.unwrap();
                let job = world.ended(&quick).await;
                assert_eq!((job.status(), job.attempts().len()), (Some(&JobStatus::Succeeded), 2));
                assert_eq!(world.ended(&long).await.status_reason(), Some("enough"));
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap();
    }
}
