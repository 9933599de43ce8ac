//! Failed attempts that are followed by others.

use end_to_end::{Laptop, Result};
use machine::{CauseKind, Outcome, stage::State};
use serde_json::json;

/// A job that fails with each of these exit codes, one attempt after the other, and then succeeds.
fn definition(folder: &std::path::Path, codes: &[i32], settings: &str) -> String {
    let codes: Vec<String> = codes.iter().map(i32::to_string).collect();
    format!(
        "pipeline: tries\ndefaults: {{ image: busybox }}\nstages:\n  work:\n    {settings}\n    command:\n      - sh\n      - -c\n      - |\n        \
         echo \"$BATCHWRIGHT_ATTEMPT\" >>\"$0\"\n        shift $((BATCHWRIGHT_ATTEMPT - 1))\n        exit \"${{1:-0}}\"\n      - '{}'\n{}",
        folder.join("attempts").display(),
        codes.iter().map(|code| format!("      - {code}\n")).collect::<String>(),
    )
}

#[tokio::test]
async fn a_failure_within_its_budget_is_tried_again_with_a_job_of_its_own() -> Result<()> {
    let laptop = Laptop::start().await?;
    let settings = "retry: { exit: { limit: 2, codes: [3], backoff: 1s }, any: 1 }";
    laptop.register(&definition(laptop.folder(), &[3, 4, 3], settings)).await?;
    let run = laptop.run("tries", json!({})).await?;
    let whole = laptop.ended(&run).await?;
    let stage = whole.stages.get("work").ok_or("there is no such stage")?;
    assert_eq!((stage.value.state.name(), stage.value.attempt.0), ("SUCCEEDED", 4));
    let past: Vec<_> = stage.value.past.iter().map(|past| (past.attempt.0, past.cause.exit_code)).collect();
    assert_eq!(past, [(1, Some(3)), (2, Some(4)), (3, Some(3))]);
    let jobs: std::collections::BTreeSet<_> = stage.value.past.iter().map(|past| past.job.clone()).collect();
    assert_eq!(jobs.len(), 3, "each attempt has a job of its own");
    assert_eq!(std::fs::read_to_string(laptop.folder().join("attempts"))?, "1\n2\n3\n4\n");
    laptop.stop().await
}

#[tokio::test]
async fn one_that_is_spent_fails_the_stage_with_the_last_cause() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop
        .register(&definition(laptop.folder(), &[3, 4, 5], "retry: { exit: { limit: 1, codes: [3, 4] }, lost: 1 }"))
        .await?;
    let run = laptop.run("tries", json!({})).await?;
    let whole = laptop.ended(&run).await?;
    let stage = whole.stages.get("work").ok_or("there is no such stage")?;
    let State::Ended(ended) = &stage.value.state else { return Err("it has not ended".into()) };
    let cause = ended.cause.as_ref().ok_or("it says no cause")?;
    assert_eq!((ended.outcome, cause.kind, cause.exit_code), (Outcome::Failed, CauseKind::Exit, Some(4)));
    assert_eq!(stage.value.attempt.0, 2);
    laptop.stop().await
}

/// A job that needed more memory than it had gets more, and one whose machine is taken away too often goes on on demand.
#[tokio::test]
async fn an_attempt_has_the_resources_that_the_ones_before_lacked() -> Result<()> {
    let laptop = Laptop::start().await?;
    let settings = "compute: fargate-spot\n    retry: { oom: { limit: 2 }, spot: 1 }";
    laptop.register(&definition(laptop.folder(), &[137, 137], settings)).await?;
    let run = laptop.run("tries", json!({})).await?;
    let whole = laptop.ended(&run).await?;
    let stage = whole.stages.get("work").ok_or("there is no such stage")?;
    let jobs = stage.value.past.iter().filter_map(|past| past.job.as_ref()).chain(stage.value.job());
    let jobs: Vec<String> = jobs.map(|job| job.as_str().to_owned()).collect();
    let described = laptop.batch().describe_jobs().set_jobs(Some(jobs.clone())).send().await?;
    let memory = |id: &String| {
        let job = described.jobs().iter().find(|job| job.job_id() == Some(id))?;
        let requirements = job.container()?.resource_requirements();
        let memory = requirements.iter().find(|one| one.r#type().is_some_and(|kind| kind.as_str() == "MEMORY"))?;
        memory.value().map(str::to_owned)
    };
    let memory: Vec<_> = jobs.iter().map(memory).collect();
    assert_eq!(memory, ["2048", "4096", "8192"].map(|mib| Some(mib.to_owned())));
    laptop.stop().await
}
