//! What is left when the server is killed, or ends.

use std::{path::Path, sync::Arc, time::Duration};

use crate::support::{World, config, id, statuses};
use ambient::{Clock, Ids};
use aws_sdk_batch::types::{EvaluateOnExit, JobStatus, RetryAction, RetryStrategy};
use local_batch::{Config, JobKey, ProcessId, Processes, Runner, Signal, Survivor, Task, log_path};
use local_store::Store;

const HOST_LOST: &str = "Host EC2 (instance i-local) terminated.";

async fn world(folder: &Path, seed: u64) -> World {
    let store = Store::open(&folder.join("store.db")).unwrap();
    let config = config(&store, folder, Arc::new(Processes));
    World::over(Config { clock: Clock::System, ids: Ids::seeded(seed), ..config }).await
}

/// What the first line of the attempt's log says, once it is there.
async fn said(folder: &Path, id: &str, attempt: u32) -> String {
    let job: JobKey = id.parse().unwrap();
    loop {
        let log = std::fs::read_to_string(log_path(folder, &job, attempt)).unwrap_or_default();
        if let Some((line, _)) = log.split_once('\n') {
            return line.to_owned();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn runs(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    !stat.is_empty() && !stat.contains(") Z ")
}

fn on_host_loss() -> RetryStrategy {
    let rule = |reason: &str, action| EvaluateOnExit::builder().on_status_reason(reason).action(action).build();
    let rules = RetryStrategy::builder().evaluate_on_exit(rule("Host EC2*", RetryAction::Retry));
    rules.evaluate_on_exit(rule("*", RetryAction::Exit)).attempts(2).build()
}

#[tokio::test]
async fn a_survivor_of_kill_9_is_ended_and_its_attempt_retried() {
    let folder = tempfile::tempdir().unwrap();
    let first = world(folder.path(), 1).await;
    // The first attempt would go on for ever, with a process that has left its group; the second one ends.
    let script = "echo $$; [ $AWS_BATCH_JOB_ATTEMPT = 2 ] && exit 0; setsid sleep 600 & sleep 600";
    first.define("long", &["sh", "-c", script]).await;
    let retried = id(first.submission("long").retry_strategy(on_host_loss())).await;
    let failed = first.submit("long").await;
    first.define_sized("waits", &["true"], "2", "64").await;
    let waits = first.submit("waits").await;
    let pids = [said(folder.path(), &retried, 1).await, said(folder.path(), &failed, 1).await];
    first.until(&failed, &JobStatus::Running).await;
    first.kill().await;
    assert!(pids.iter().all(|pid| runs(pid)), "nothing survived: the test tests nothing");

    let second = world(folder.path(), 2).await;
    let job = second.ended(&retried).await;
    assert_eq!(job.status(), Some(&JobStatus::Succeeded));
    assert_eq!(job.attempts()[0].status_reason(), Some(HOST_LOST));
    assert_eq!(job.attempts()[0].container().unwrap().exit_code(), None);
    let job = second.ended(&failed).await;
    assert_eq!((job.status(), job.status_reason()), (Some(&JobStatus::Failed), Some(HOST_LOST)));
    assert_eq!(second.ended(&waits).await.status(), Some(&JobStatus::Succeeded));
    assert!(!pids.iter().any(|pid| runs(pid)), "a first attempt lives on");
}

#[tokio::test]
async fn a_server_that_ends_takes_its_jobs_down_as_a_host_does() {
    let folder = tempfile::tempdir().unwrap();
    let first = world(folder.path(), 1).await;
    first.define("long", &["sh", "-c", "echo $$; [ $AWS_BATCH_JOB_ATTEMPT = 2 ] || sleep 600"]).await;
    let retried = id(first.submission("long").retry_strategy(on_host_loss())).await;
    let pid = said(folder.path(), &retried, 1).await;
    first.until(&retried, &JobStatus::Running).await;
    let client = first.client.clone();
    first.shut_down().await;
    assert!(!runs(&pid));
    let described = client.describe_jobs().jobs(&retried).send().await.unwrap();
    assert_eq!(described.jobs()[0].status(), Some(&JobStatus::Runnable));
    assert_eq!(described.jobs()[0].attempts()[0].status_reason(), Some(HOST_LOST));
    drop(client);

    let second = world(folder.path(), 2).await;
    assert_eq!(second.ended(&retried).await.status(), Some(&JobStatus::Succeeded));
}

/// The server was killed after it had made the process, and before it could write down which.
#[tokio::test]
async fn a_process_that_was_not_written_down_is_found_by_its_jobs_id() {
    let folder = tempfile::tempdir().unwrap();
    let job: JobKey = "4c7599ae-0a82-49aa-ba5a-4727fcce14a8:3".parse().unwrap();
    let task = |job: &JobKey| Task {
        job: job.clone(),
        attempt: 1,
        command: ["/bin/sh", "-c", "echo $$; sleep 600"].map(str::to_owned).to_vec(),
        environment: [
            ("AWS_BATCH_JOB_ID".to_owned(), job.to_string()),
            ("PATH".to_owned(), "/usr/bin:/bin".to_owned()),
        ]
        .into(),
        folder: folder.path().join("jobs").join(job.to_string().replace(':', "_")).join("attempt-1"),
    };
    // Another child of the same array is not to be touched.
    let other = job.child_at(30);
    let (doomed, spared) = (Processes.start(&task(&job)).unwrap(), Processes.start(&task(&other)).unwrap());
    let pids = [said(folder.path(), &job.to_string(), 1).await, said(folder.path(), &other.to_string(), 1).await];
    // As the kernel has it, each pid belongs to a process that started at another time.
    let recycled =
        spared.process.map(|process| ProcessId { started: process.started.map(|started| started + 1), ..process });
    let survivor = Survivor { job, attempt: 1, process: recycled };
    let (ended, exit) = tokio::join!(Processes.end(&survivor), doomed.exit);
    assert_eq!((ended, exit.code), ((), 137));
    assert!(!runs(&pids[0]) && runs(&pids[1]));
    (spared.signal)(Signal::Terminate);
    assert_eq!(spared.exit.await.code, 143);
    Processes.remove(&folder.path().join("jobs")).await;
    Processes.remove(&folder.path().join("jobs")).await;
    assert!(!folder.path().join("jobs").exists());
}

/// The power was lost with what the engine had written last: the same attempt starts again.
#[tokio::test]
async fn an_attempt_that_starts_again_finds_nothing_of_the_last_time() {
    let folder = tempfile::tempdir().unwrap();
    let task = Task {
        job: "4c7599ae-0a82-49aa-ba5a-4727fcce14a8".parse().unwrap(),
        attempt: 1,
        command: ["/bin/sh", "-c", "test ! -e mark && echo > mark"].map(str::to_owned).to_vec(),
        environment: [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into(),
        folder: folder.path().join("attempt-1"),
    };
    for _ in 0..2 {
        assert_eq!(Processes.start(&task).unwrap().exit.await.code, 0);
    }
}

#[tokio::test]
async fn what_was_submitted_and_what_was_to_be_told_outlives_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let first = world(folder.path(), 1).await;
    first.define("quick", &["true"]).await;
    let job = first.submit("quick").await;
    first.ended(&job).await;
    first.kill().await;
    let second = world(folder.path(), 2).await;
    assert_eq!(statuses(&second.events(), &job), ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]);
    assert_eq!(statuses(&second.events(), &job), Vec::<String>::new());
    assert_eq!(second.ended(&second.submit("quick").await).await.status(), Some(&JobStatus::Succeeded));
}
