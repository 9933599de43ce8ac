//! A claim whose claimant is gone is settled by the job that Batch has, even if that has ended, and its event was lost.

use std::time::Duration;

use aws_sdk_batch::types::{ContainerProperties, JobDefinitionType, JobStatus, ResourceRequirement, ResourceType};
use control::{
    RunId,
    table::{run_item::RunRecord, whole_run::WholeRun},
};
use end_to_end::{Laptop, Result, eventually};
use machine::{Attempt, CauseKind, ClaimId, Epoch, JobQueue, Run, Stage, Timestamp, stage::State};
use pipeline::Params;
use serde_json::json;

use crate::statuses::{cause, statuses};

const SOURCE: &str = "pipeline: p\nstages:\n  only: { image: busybox, command: ['true'] }\n";
/// Longer ago than a claim is left to its claimant.
const CLAIMED_AGO: Duration = Duration::from_secs(300);

#[tokio::test]
async fn a_job_that_has_succeeded_settles_its_claim() -> Result<()> {
    let whole = settled_by(&["true"]).await?;
    assert_eq!(statuses(&whole), "SUCCEEDED; only SUCCEEDED");
    Ok(())
}

#[tokio::test]
async fn a_job_that_has_failed_settles_its_claim_with_its_cause() -> Result<()> {
    let whole = settled_by(&["sh", "-c", "exit 7"]).await?;
    assert_eq!(statuses(&whole), "FAILED; only FAILED");
    assert_eq!(cause(&whole, "only").map(|cause| cause.kind), Some(CauseKind::Exit));
    Ok(())
}

/// What becomes of a claimed stage whose attempt has a job that ended before anybody knew of it.
async fn settled_by(command: &[&str]) -> Result<WholeRun> {
    let laptop = Laptop::start().await?;
    let version = laptop.register(SOURCE).await?;
    let run = RunId::of("p", "settled");
    // Nobody has heard of the run when the job's event comes, so that it is lost.
    job_ends(&laptop, &format!("bw-{run}-only-1"), command).await?;
    admit(&laptop, &run, version).await?;
    laptop.send("batchwright-wake", &json!({ "run_id": run.as_str(), "stage": "only" }).to_string()).await?;
    let whole = laptop.ended(&run).await?;
    laptop.stop().await?;
    Ok(whole)
}

async fn job_ends(laptop: &Laptop, name: &str, command: &[&str]) -> Result<()> {
    let batch = laptop.batch();
    let properties = ContainerProperties::builder()
        .image("busybox")
        .set_command(Some(command.iter().map(|word| (*word).to_owned()).collect()))
        .resource_requirements(ResourceRequirement::builder().r#type(ResourceType::Vcpu).value("0.25").build())
        .resource_requirements(ResourceRequirement::builder().r#type(ResourceType::Memory).value("512").build())
        .build();
    let define = batch.register_job_definition().job_definition_name("theirs");
    let defined = define.r#type(JobDefinitionType::Container).container_properties(properties).send().await?;
    let submit = batch.submit_job().job_name(name).job_queue("batchwright-fargate").share_identifier("default");
    let job = submit.set_job_definition(defined.job_definition_arn).send().await?;
    let job = job.job_id.ok_or("no job id")?;
    eventually("the job to end", async || {
        let described = batch.describe_jobs().jobs(&job).send().await?;
        let status = described.jobs().first().and_then(|job| job.status.clone());
        Ok(matches!(status, Some(JobStatus::Succeeded | JobStatus::Failed)).then_some(()))
    })
    .await
}

/// A run whose only stage somebody claimed, who is gone.
async fn admit(laptop: &Laptop, run: &RunId, version: u32) -> Result<()> {
    let now = Timestamp::from_ms(ambient::Clock::System.now_ms());
    let at = Timestamp::from_ms(now.as_ms().saturating_sub(u64::try_from(CLAIMED_AGO.as_millis())?));
    let record = RunRecord {
        id: run.clone(),
        pipeline: "p".to_owned(),
        version,
        params: Params::default(),
        trigger: json!({}),
        priority: 100,
        group: None,
        created_at: at,
        watch_at: Some(now.plus(CLAIMED_AGO)),
        run: Run::admitted(false),
    };
    let claimed = State::Claimed {
        claim: ClaimId::new("of somebody who is gone"),
        queue: JobQueue::new("batchwright-fargate"),
        at,
        opened_at: at,
        throttled_since: None,
    };
    let stage = Stage { attempt: Attempt(1), state: claimed, ..Stage::absent(Epoch::FIRST) };
    let only = pipeline::parse("p", SOURCE).map_err(|faults| faults.to_string())?;
    let (_, only) = only.stages().next().ok_or("no stage")?;
    laptop.table().put_stage(run, &only.name, stage, 0).await?;
    laptop.table().put_run(record, 0).await?;
    Ok(())
}
