//! Firings of schedules.

use control::table::run_item::RunRecord;
use end_to_end::Result;
use serde_json::Value;

use crate::{
    case::{Expected, check, rejected, runs},
    world::{Function, World, event},
};

const BEAT: Expected = runs(&["heartbeat {}"]);

const CASES: &[(&str, Expected)] = &[
    ("valid", BEAT),
    ("valid-with-params", runs(&[r#"hello {"name":"Ada"}"#])),
    ("valid-next-firing", BEAT),
    ("valid-unknown-fields", BEAT),
    ("bad-deleted-pipeline", rejected(&["retired"])),
    ("bad-params-wrong-type", rejected(&["name"])),
    ("bad-params-not-an-object", rejected(&["map"])),
    ("bad-no-pipeline", rejected(&["pipeline"])),
    ("bad-no-schedule", rejected(&["schedule"])),
    ("bad-no-scheduled-time", rejected(&["scheduled_time"])),
    ("bad-scheduled-time-not-a-time", rejected(&["tomorrow"])),
    ("bad-scheduled-time-not-filled-in", rejected(&["<aws.scheduler.scheduled-time>"])),
    ("bad-not-an-object", rejected(&["heartbeat"])),
    ("bad-empty-object", rejected(&["pipeline"])),
];

fn line(run: &RunRecord) -> String {
    format!("{} {}", run.pipeline, Value::Object(run.params.as_map().clone()))
}

#[tokio::test]
async fn every_event_has_its_answer() -> Result<()> {
    check(Function::OnSchedule, CASES, line).await
}

#[tokio::test]
async fn each_firing_is_one_run() -> Result<()> {
    let world = World::open().await?;
    for name in ["valid", "valid-unknown-fields", "valid-next-firing", "valid", "valid-next-firing"] {
        world.deliver(Function::OnSchedule, event(Function::OnSchedule, name)?).await?;
    }
    assert_eq!(world.runs().await?.len(), 2);
    Ok(())
}
