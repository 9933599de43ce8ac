//! Messages of the request queue, and of queues that pipelines have a trigger on.

use control::table::run_item::RunRecord;
use end_to_end::Result;
use machine::run::Status;
use serde_json::{Value, json};

use crate::{
    case::{Expected, both, check, rejected, runs},
    world::{Function, SPLIT_JOB, World, event, submitted},
};

const ADA: Expected = runs(&[r#"hello 0 {"name":"Ada"}"#]);
const ORDER: Expected = runs(&[r#"orders 0 {"copies":1,"express":true,"items":["fig","plum"],"order":"4711"}"#]);

const CASES: &[(&str, Expected)] = &[
    ("valid-run", ADA),
    ("valid-redelivery", ADA),
    ("valid-run-without-params", runs(&[r#"hello 0 {"name":"world"}"#])),
    ("valid-run-with-priority", runs(&[r#"hello 9000 {"name":"world"}"#])),
    ("valid-run-with-dedupe-key", ORDER),
    ("valid-duplicate-dedupe-key", ORDER),
    ("valid-params-hostile-text", runs(&["hello 0 {\"name\":\"$(reboot); `id` \\\"' ${{ run.id }} \u{202e}\"}"])),
    ("valid-trigger-queue", ORDER),
    ("valid-trigger-queue-redelivery", ORDER),
    // Here there is no such run. With it: see below.
    ("valid-cancel", rejected(&["oztpaud6tmwtr2o65cz2dg2d"])),
    ("valid-retry", rejected(&["oztpaud6tmwtr2o65cz2dg2d"])),
    ("bad-blank-body", rejected(&["blank"])),
    ("bad-not-json", rejected(&["not a request"])),
    ("bad-json-cut-off", rejected(&["not a request"])),
    ("bad-json-not-an-object", rejected(&["not a request"])),
    ("bad-nested-too-deep", rejected(&["not a request"])),
    ("bad-no-action", rejected(&["action"])),
    ("bad-unknown-action", rejected(&["restart"])),
    ("bad-unknown-field", rejected(&["parms"])),
    ("bad-no-pipeline", rejected(&["pipeline"])),
    ("bad-pipeline-name-invalid", rejected(&["../hello"])),
    ("bad-unknown-pipeline", rejected(&["helo"])),
    ("bad-params-wrong-type", rejected(&["name"])),
    ("bad-params-not-an-object", rejected(&["map"])),
    ("bad-params-unknown", rejected(&["nmae"])),
    ("bad-params-out-of-range", rejected(&["copies"])),
    ("bad-params-required-missing", rejected(&["order"])),
    ("bad-priority-out-of-range", rejected(&["9999"])),
    ("bad-dedupe-key-empty", rejected(&["dedupe_key"])),
    ("bad-dedupe-key-wrong-type", rejected(&["4711"])),
    ("bad-cancel-without-run", rejected(&["run_id"])),
    ("bad-cancel-run-id-invalid", rejected(&["RUN#1"])),
    ("bad-cancel-unknown-run", rejected(&["moblhteicqjlo674v3wqeyab"])),
    ("bad-retry-unknown-run", rejected(&["moblhteicqjlo674v3wqeyab"])),
    ("bad-trigger-queue-params-wrong-type", rejected(&["order"])),
    ("bad-trigger-queue-not-an-object", rejected(&["object"])),
    ("bad-trigger-queue-unknown", rejected(&["nobody-listens"])),
    (
        "bad-one-of-ten",
        both(
            &[
                r#"hello 0 {"name":"guest 0"}"#,
                r#"hello 0 {"name":"guest 1"}"#,
                r#"hello 0 {"name":"guest 2"}"#,
                r#"hello 0 {"name":"guest 3"}"#,
                r#"hello 0 {"name":"guest 4"}"#,
                r#"hello 0 {"name":"guest 5"}"#,
                r#"hello 0 {"name":"guest 7"}"#,
                r#"hello 0 {"name":"guest 8"}"#,
                r#"hello 0 {"name":"guest 9"}"#,
            ],
            &["not a request"],
        ),
    ),
];

fn line(run: &RunRecord) -> String {
    format!("{} {} {}", run.pipeline, run.priority, Value::Object(run.params.as_map().clone()))
}

#[tokio::test]
async fn every_event_has_its_answer() -> Result<()> {
    check(Function::OnMessage, CASES, line).await
}

#[tokio::test]
async fn a_message_delivered_again_and_a_key_used_again_find_the_run() -> Result<()> {
    let world = World::open().await?;
    for name in ["valid-run", "valid-redelivery", "valid-run-with-dedupe-key", "valid-duplicate-dedupe-key"] {
        world.deliver(Function::OnMessage, event(Function::OnMessage, name)?).await?;
    }
    assert_eq!(world.runs().await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_cancel_and_a_retry_act_by_the_state_of_the_run() -> Result<()> {
    let world = World::open().await?;
    world.admit(Status::Running, &[("split", 1, submitted(SPLIT_JOB))]).await?;
    let cancel = event(Function::OnMessage, "valid-cancel")?;
    world.deliver(Function::OnMessage, cancel.clone()).await?;
    // Batch has never heard of the job: until that is certain, the run has not ended.
    assert_eq!(
        serde_json::to_value(world.statuses().await?)?,
        json!({
            "run": "CANCELLING", "split": "CANCELLING", "chunk": "CANCELLED", "correlate": "CANCELLED", "report": "CANCELLED",
        })
    );
    world.deliver(Function::OnMessage, cancel).await?;
    assert_eq!(world.rejections().await?, []);
    world.deliver(Function::OnMessage, event(Function::OnMessage, "valid-retry")?).await?;
    assert!(world.rejections().await?[0].reason.contains("CANCELLING"), "it still runs");
    Ok(())
}
