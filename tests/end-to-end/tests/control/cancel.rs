//! After a cancel has settled, no job of the run is alive.

use end_to_end::{Laptop, Result, eventually, processes_in};
use serde_json::json;

use crate::statuses::statuses;

const SLOW: &str = "
pipeline: slow
defaults: { image: busybox, vcpu: 0.25, memory: 512 MiB }
stages:
  a: { command: [sleep, '600'] }
  b: { command: [sh, -c, 'sleep 600 & sleep 600'] }
  many: { array: 3, command: [sleep, '600'] }
  c: { needs: [a, b, many], command: ['true'] }
";

#[tokio::test]
async fn a_cancelled_run_leaves_no_process() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register(SLOW).await?;
    let run = laptop.run("slow", json!({})).await?;
    eventually("the jobs to run", async || Ok((processes_in(laptop.folder()).len() >= 6).then_some(()))).await?;
    let cancel = json!({ "action": "cancel", "run_id": run.as_str() }).to_string();
    laptop.request(&cancel).await?;
    let whole = laptop.ended(&run).await?;
    assert_eq!(statuses(&whole), "CANCELLED; a CANCELLED, b CANCELLED, c CANCELLED, many CANCELLED");
    // A run ends after its last job. What a job's first process left behind is killed with it, a moment later.
    eventually("the processes to be gone", async || Ok(processes_in(laptop.folder()).is_empty().then_some(()))).await?;
    laptop.stop().await
}

#[tokio::test]
async fn a_run_that_has_ended_cannot_be_cancelled() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register("pipeline: p\nstages:\n  a: { image: x, command: ['true'] }\n").await?;
    let run = laptop.run("p", json!({})).await?;
    laptop.ended(&run).await?;
    let message = laptop.request(&json!({ "action": "cancel", "run_id": run.as_str() }).to_string()).await?;
    let rejection = laptop.rejection(&format!("sqs://batchwright-requests/{message}")).await?;
    assert!(rejection.reason.contains("SUCCEEDED"), "{}", rejection.reason);
    assert_eq!(statuses(&laptop.ended(&run).await?), "SUCCEEDED; a SUCCEEDED");
    laptop.stop().await
}
