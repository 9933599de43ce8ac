//! What came of a demo.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use aws_sdk_batch::{Client as Batch, types::JobStatus};
use aws_sdk_s3::Client as S3;
use local_batch::JobKey;
use local_surface::INBOX_BUCKET;
use pipeline::{ArraySize, Definition};
use serde_json::Value;

use super::folder::DemoFolder;
use crate::{
    client::Client,
    exit::Failure,
    logs::last_lines,
    output::{Output, note, printable},
    run_view::RunView,
    time::{Time, span},
};

/// How many lines of a failed job's log are shown.
const LOG_LINES: usize = 20;

/// Fetches the report, and tells the result.
pub(super) async fn show(
    client: &Client,
    view: &RunView,
    definition: &Definition,
    folder: &DemoFolder,
    output: Output,
) -> Result<(), Failure> {
    let report = object(&client.s3, &format!("results/{}/report.html", view.run_id)).await?;
    let shown = folder.report.display();
    std::fs::write(&folder.report, &report)
        .map_err(|error| Failure::failed(format!("{shown} cannot be written: {error}")))?;
    let took = view.ended_at.map_or(Duration::ZERO, |Time(at)| at.since(view.created_at.0));
    let rows = rows(&client.s3, &view.run_id)
        .await
        .map(|rows| format!("{rows} {}, ", if rows == 1 { "row" } else { "rows" }))
        .unwrap_or_default();
    output.line(format_args!(
        "result   {rows}{} stages, {} jobs, {}",
        view.stages.len(),
        definition.stages().map(|(_, stage)| jobs(stage.array.as_ref())).sum::<u32>(),
        span(took)
    ))?;
    output.line(format_args!("report   {shown} ({} kB)", report.len().div_ceil(1000)))
}

/// Tells why it failed, and what the failed jobs said last.
pub(super) async fn explain(client: &Client, view: &RunView, data_dir: &Path) {
    for stage in view.stages.iter().filter(|stage| stage.status == "FAILED") {
        let cause = stage.why().unwrap_or_else(|| "no cause is known".to_owned());
        note(format_args!("\nstage {} failed: {cause}", stage.name));
        let Some(job) = &stage.job_id else { continue };
        let job = failed_child(&client.batch, job).await.unwrap_or_else(|| job.clone());
        for line in last_log(data_dir, &job).iter().flat_map(|log| last_lines(log, LOG_LINES)) {
            note(format_args!("  {}", printable(&line)));
        }
    }
}

/// The first child of an array that failed. `None` if it is none, or Batch does not say.
async fn failed_child(batch: &Batch, job: &str) -> Option<String> {
    let children = batch.list_jobs().array_job_id(job).job_status(JobStatus::Failed).send().await.ok()?;
    Some(children.job_summary_list().first()?.job_id()?.to_owned())
}

/// The log of the last try of the job.
fn last_log(data_dir: &Path, job: &str) -> Option<PathBuf> {
    let job: JobKey = job.parse().ok()?;
    let last = local_batch::attempts(data_dir, &job).pop()?;
    Some(local_batch::log_path(data_dir, &job, last))
}

/// How many processes ran for a stage, each child of an array being one.
fn jobs(array: Option<&ArraySize>) -> u32 {
    match array {
        Some(ArraySize::Fixed(size)) => *size,
        Some(ArraySize::Expression(_)) | None => 1,
    }
}

/// How many rows the file has, as the pipeline's first stage counted them.
async fn rows(s3: &S3, run: &str) -> Option<u64> {
    let plan = object(s3, &format!("runs/{run}/plan.json")).await.ok()?;
    serde_json::from_slice::<Value>(&plan).ok()?.get("records")?.as_u64()
}

async fn object(s3: &S3, key: &str) -> Result<Vec<u8>, Failure> {
    let failed = |error: String| Failure::failed(format!("s3://{INBOX_BUCKET}/{key} cannot be fetched: {error}"));
    let got = s3.get_object().bucket(INBOX_BUCKET).key(key).send().await;
    let got = got.map_err(|error| failed(aws_sdk_s3::error::DisplayErrorContext(&error).to_string()))?;
    let bytes = got.body.collect().await.map_err(|error| failed(error.to_string()))?;
    Ok(bytes.into_bytes().to_vec())
}
