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

/// The schedules that a registration makes are named by their content.
#[tokio::test]
async fn only_a_schedule_of_the_latest_version_starts_runs() -> Result<()> {
    let world = World::open().await?;
    let mut firing = event(Function::OnSchedule, "valid")?;
    let latest = world.control.table().latest("heartbeat").await?.ok_or("heartbeat is not registered")?;
    let [name] = latest.schedules.as_slice() else { return Err("heartbeat has one schedule".into()) };
    firing["schedule"] = name.as_str().into();
    world.deliver(Function::OnSchedule, firing.clone()).await?;
    assert_eq!((world.runs().await?.len(), world.rejections().await?.len()), (1, 0));

    let mut left_behind = firing.clone();
    let (of_the_pipeline, _) = name.rsplit_once('-').ok_or("no such name")?;
    left_behind["schedule"] = format!("{of_the_pipeline}-0").into();
    world.deliver(Function::OnSchedule, left_behind.clone()).await?;
    world.deliver(Function::OnSchedule, left_behind).await?;
    assert_eq!((world.runs().await?.len(), world.rejections().await?.len()), (1, 1));

    // A firing that has its run keeps it, whatever was registered since.
    let source = "pipeline: heartbeat\nstages:\n  beat: { image: x, command: ['true'] }\n";
    let definition = pipeline::parse("heartbeat", source).map_err(|faults| faults.to_string())?;
    world.control.register(definition, source).await??;
    world.deliver(Function::OnSchedule, firing.clone()).await?;
    assert_eq!((world.runs().await?.len(), world.rejections().await?.len()), (1, 1));
    firing["scheduled_time"] = "2026-11-24T06:01:00Z".into();
    world.deliver(Function::OnSchedule, firing).await?;
    assert_eq!((world.runs().await?.len(), world.rejections().await?.len()), (1, 2));
    Ok(())
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
