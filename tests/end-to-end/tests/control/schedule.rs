//! Schedules: a registration makes them, and a firing is one run.

use std::time::Duration;

use aws_sdk_scheduler::types::{FlexibleTimeWindow, FlexibleTimeWindowMode, Target};
use chrono::{SubsecRound, Utc};
use end_to_end::{Laptop, Result, repository};
use serde_json::json;

use crate::statuses::statuses;

#[tokio::test]
async fn a_registration_makes_the_schedules_and_the_next_takes_them_away() -> Result<()> {
    let laptop = Laptop::start().await?;
    let scheduler = aws_sdk_scheduler::Client::new(laptop.sdk());
    let source = std::fs::read_to_string(repository("pipelines/heartbeat.yaml"))?;
    laptop.register(&source).await?;
    // Schedules are made after the version is written.
    let listed = end_to_end::eventually("the schedule", async || {
        let listed = scheduler.list_schedules().group_name("batchwright").send().await?;
        Ok((!listed.schedules().is_empty()).then(|| listed.schedules().to_vec()))
    })
    .await?;
    let name = listed[0].name().ok_or("no name")?;
    let schedule = scheduler.get_schedule().group_name("batchwright").name(name).send().await?;
    assert_eq!(schedule.schedule_expression(), Some("rate(1 minute)"));
    let input: serde_json::Value =
        serde_json::from_str(schedule.target().and_then(|target| target.input()).unwrap_or(""))?;
    assert_eq!((&input["pipeline"], &input["schedule"]), (&json!("heartbeat"), &json!(name)));

    laptop.register("pipeline: heartbeat\nstages:\n  a: { image: x, command: ['true'] }\n").await?;
    end_to_end::eventually("the schedule to be gone", async || {
        let listed = scheduler.list_schedules().group_name("batchwright").send().await?;
        Ok(listed.schedules().is_empty().then_some(()))
    })
    .await?;
    laptop.stop().await
}

/// Fires in two seconds. When, as EventBridge writes it.
async fn schedule_once(laptop: &Laptop, name: &str, pipeline: &str) -> Result<String> {
    let input = json!({ "pipeline": pipeline, "schedule": name, "scheduled_time": "<aws.scheduler.scheduled-time>" });
    let target = Target::builder()
        .arn("arn:aws:lambda:us-east-1:000000000000:function:batchwright-on-schedule")
        .role_arn("arn:aws:iam::000000000000:role/batchwright-schedules")
        .input(input.to_string())
        .build()?;
    let exact = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build()?;
    let soon = (Utc::now() + Duration::from_secs(2)).trunc_subsecs(0);
    aws_sdk_scheduler::Client::new(laptop.sdk())
        .create_schedule()
        .group_name("batchwright")
        .name(name)
        .schedule_expression(format!("at({})", soon.format("%Y-%m-%dT%H:%M:%S")))
        .flexible_time_window(exact)
        .target(target)
        .send()
        .await?;
    Ok(soon.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

async fn until_schedules(laptop: &Laptop, count: usize) -> Result<()> {
    let scheduler = aws_sdk_scheduler::Client::new(laptop.sdk());
    end_to_end::eventually(&format!("{count} schedules"), async || {
        let listed = scheduler.list_schedules().group_name("batchwright").send().await?;
        Ok((listed.schedules().len() == count).then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_schedule_that_an_overtaken_registration_left_behind_starts_nothing_and_goes() -> Result<()> {
    let laptop = Laptop::start().await?;
    let stages = "stages:\n  a: { image: x, command: ['true'] }\n";
    laptop.register(&format!("pipeline: p\non:\n  - schedule: {{ cron: 0 0 1 1 ? 2199 }}\n{stages}")).await?;
    until_schedules(&laptop, 1).await?;
    let before = laptop.table().latest("p").await?.ok_or("it is not registered")?;
    laptop.register(&format!("pipeline: p\n{stages}")).await?;
    until_schedules(&laptop, 0).await?;
    // As if the first registration made its schedule only now.
    let name = before.schedules.first().ok_or("no schedule")?;
    let time = schedule_once(&laptop, name, "p").await?;
    let rejection = laptop.rejection(&format!("schedule://{name}/{time}")).await?;
    assert!(rejection.reason.contains("has no such schedule"), "{}", rejection.reason);
    until_schedules(&laptop, 0).await?;
    assert!(laptop.runs().await?.is_empty());
    laptop.stop().await
}

#[tokio::test]
async fn a_schedule_that_fires_starts_a_run() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register("pipeline: p\nstages:\n  a: { image: x, command: ['true'] }\n").await?;
    let time = schedule_once(&laptop, "once", "p").await?;
    let run = laptop.first_run("p").await?;
    let whole = laptop.ended(&run).await?;
    assert_eq!(statuses(&whole), "SUCCEEDED; a SUCCEEDED");
    let right = json!({ "schedule": { "name": "once", "scheduled_time": time } });
    assert_eq!(whole.run.value.trigger, right);
    assert_eq!(laptop.runs().await?.len(), 1);
    laptop.stop().await
}
