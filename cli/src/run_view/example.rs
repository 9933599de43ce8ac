//! A run to test with.

use machine::Timestamp;
use pipeline::Params;

use super::{CauseView, Children, Live, RunView, StageView};
use crate::time::Time;

/// A run in the midst of it: one stage has ended, one runs, one failed, one waits.
pub(crate) fn example() -> RunView {
    let at = |ms: u64| Some(Time(Timestamp::from_ms(1_772_366_400_000 + ms)));
    let stage = |name: &str, status, attempt, job: Option<&str>| StageView {
        name: name.into(),
        status,
        attempt,
        job_id: job.map(str::to_owned),
        cause: None,
        blocked: None,
        started_at: None,
        ended_at: None,
        live: None,
    };
    let job = "4c7599ae-0a82-49aa-ba5a-4727fcce14a8";
    let mut split = stage("split", "SUCCEEDED", 1, Some(job));
    (split.started_at, split.ended_at) = (at(40), at(440));
    let mut chunk = stage("chunk", "SUBMITTED", 2, Some(job));
    chunk.started_at = at(500);
    chunk.live = Some(Live {
        status: "PENDING".into(),
        children: Some(Children { size: 8, succeeded: 4, failed: 1, running: 2 }),
    });
    let mut correlate = stage("correlate", "FAILED", 1, Some(job));
    (correlate.started_at, correlate.ended_at) = (at(450), at(12_450));
    correlate.cause = Some(CauseView { kind: "exit", text: "Essential container in task exited (code 3)".into() });
    RunView {
        run_id: "4oymiquyabcdefghijklmnop".into(),
        pipeline: "csv-profile".into(),
        version: 3,
        status: "RUNNING",
        priority: 100,
        params: Params::from_json(r#"{"title":"Storms"}"#).unwrap(),
        trigger: serde_json::json!({ "s3": { "uri": "s3://batchwright-inbox/profile/a.csv" } }),
        created_at: Time(Timestamp::from_ms(1_772_366_400_000)),
        ended_at: None,
        stages: vec![split, chunk, correlate, stage("report", "WAITING", 0, None)],
        outcome: None,
        epoch: 1,
        now: Timestamp::from_ms(1_772_366_413_000),
    }
}
