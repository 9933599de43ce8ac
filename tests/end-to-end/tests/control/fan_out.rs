//! Fan-out, fan-in, arrays, and how failure travels.

use aws_sdk_batch::types::JobStatus;
use end_to_end::{Laptop, Result};
use serde_json::json;

use crate::statuses::{cause, statuses};

const DIAMOND: &str = "
pipeline: diamond
defaults: { image: busybox }
stages:
  prepare: { command: ['true'] }
  left: { needs: [prepare], command: [LEFT] }
  right: { needs: [prepare], command: ['true'] }
  join: { needs: [left, right], command: ['true'] }
  after: { needs: [join], command: ['true'] }
";

#[tokio::test]
async fn a_diamond_whose_jobs_succeed_succeeds() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register(&DIAMOND.replace("LEFT", "'true'")).await?;
    let run = laptop.run("diamond", json!({})).await?;
    let whole = laptop.ended(&run).await?;
    assert_eq!(
        statuses(&whole),
        "SUCCEEDED; after SUCCEEDED, join SUCCEEDED, left SUCCEEDED, prepare SUCCEEDED, right SUCCEEDED"
    );
    assert!(whole.stages.values().all(|stage| stage.value.attempt.0 == 1));
    laptop.stop().await
}

#[tokio::test]
async fn what_needs_a_failed_stage_is_skipped_and_the_run_fails() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register(&DIAMOND.replace("LEFT", "'false'")).await?;
    let run = laptop.run("diamond", json!({})).await?;
    let whole = laptop.ended(&run).await?;
    assert_eq!(
        statuses(&whole),
        "FAILED; after SKIPPED, join SKIPPED, left FAILED, prepare SUCCEEDED, right SUCCEEDED",
        "what did not need it ran to its end before the run ended"
    );
    let failed = cause(&whole, "left").ok_or("no cause")?;
    assert_eq!(failed.kind.name(), "exit");
    assert!(failed.text.contains("exit code 1"), "{}", failed.text);
    for skipped in ["join", "after"] {
        assert_eq!(cause(&whole, skipped).map(|cause| cause.kind.name()), Some("need-not-met"), "{skipped}");
    }
    laptop.stop().await
}

#[tokio::test]
async fn a_command_that_is_not_there_fails_its_stage_in_words() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register("pipeline: lost\nstages:\n  a: { image: x, command: [no-such-program-anywhere] }\n").await?;
    let run = laptop.run("lost", json!({})).await?;
    let whole = laptop.ended(&run).await?;
    let cause = cause(&whole, "a").ok_or("no cause")?;
    assert_eq!(cause.kind.name(), "cannot-start", "{}", cause.text);
    assert!(cause.text.contains("no-such-program-anywhere"), "{}", cause.text);
    laptop.stop().await
}

#[tokio::test]
async fn an_array_is_one_job_and_each_child_knows_its_index() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop
        .register(
            "pipeline: wide\nstages:\n  many: { image: x, array: 20, command: [printenv, AWS_BATCH_JOB_ARRAY_INDEX] }\n  \
             last: { image: x, needs: [many], command: ['true'] }\n",
        )
        .await?;
    let run = laptop.run("wide", json!({})).await?;
    let whole = laptop.ended(&run).await?;
    assert_eq!(statuses(&whole), "SUCCEEDED; last SUCCEEDED, many SUCCEEDED");
    let parent = whole.stages.get("many").and_then(|stage| stage.value.job()).ok_or("no job")?;
    for index in 0..20 {
        let child = format!("{parent}:{index}").parse()?;
        let said = std::fs::read_to_string(local_batch::log_path(laptop.folder(), &child, 1))?;
        assert_eq!(said, format!("{index}\n"));
    }
    let succeeded = laptop.batch().list_jobs().job_queue("batchwright-fargate").job_status(JobStatus::Succeeded);
    assert_eq!(succeeded.send().await?.job_summary_list().len(), 2, "one job a stage");
    laptop.stop().await
}
