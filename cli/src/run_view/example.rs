//! A run to test with.

use machine::Timestamp;
use pipeline::Params;

use super::{CauseView, Children, Live, PastAttemptView, RunView, StageView};
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
        next_attempt_at: None,
        past_attempts: Vec::new(),
        items: None,
        chunks: Vec::new(),
        live: None,
    };
    let job = "4c7599ae-0a82-49aa-ba5a-4727fcce14a8";
    let mut split = stage("split", "SUCCEEDED", 1, Some(job));
    (split.started_at, split.ended_at) = (at(40), at(440));
    let mut chunk = stage("chunk", "SUBMITTED", 2, Some(job));
    chunk.started_at = at(500);
    chunk.past_attempts = vec![PastAttemptView {
        attempt: 1,
        job_id: Some("0d1f6f0e-2c35-4f7e-8a3c-6d2b0f6f2d11".into()),
        cause: CauseView { kind: "host", text: "Host EC2 (instance i-0123) terminated.".into(), exit_code: None },
        started_at: at(450),
        ended_at: Time(Timestamp::from_ms(1_772_366_400_480)),
    }];
    chunk.live = Some(Live {
        status: "PENDING".into(),
        children: Some(Children { size: 8, succeeded: 4, failed: 1, running: 2 }),
    });
    let mut correlate = stage("correlate", "FAILED", 1, Some(job));
    (correlate.started_at, correlate.ended_at) = (at(450), at(12_450));
    correlate.cause = Some(CauseView {
        kind: "exit",
        text: "exit code 3: Essential container in task exited".into(),
        exit_code: Some(3),
    });
    RunView {
        run_id: "4oymiquyabcdefghijklmnop".into(),
        pipeline: "csv-profile".into(),
        version: 3,
        status: "RUNNING",
        priority: 100,
        concurrency_group: None,
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
