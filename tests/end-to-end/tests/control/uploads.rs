//! An upload starts what it matches, once.

use end_to_end::{Laptop, Result, eventually};
use local_surface::INBOX_BUCKET;

use crate::statuses::statuses;

const COUNT: &str = "
pipeline: count
on: [{ s3: { prefix: data/, suffix: .csv } }]
stages:
  read: { image: busybox, command: [printf, '%s %s', '${{ trigger.s3.uri }}', '${{ trigger.s3.size }}'] }
";

#[tokio::test]
async fn an_upload_right_after_its_registration_starts_one_run() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register(COUNT).await?;
    laptop.upload("data/a.csv", "1,2,3\n").await?;
    let run = laptop.first_run("count").await?;
    let whole = laptop.ended(&run).await?;
    assert_eq!(statuses(&whole), "SUCCEEDED; read SUCCEEDED");
    let read = whole.stages.get("read").ok_or("no stage")?;
    assert_eq!(laptop.log(&read.value)?, b"s3://batchwright-inbox/data/a.csv 6");
    assert_eq!(whole.run.value.trigger["s3"]["bucket"], INBOX_BUCKET);
    laptop.stop().await
}

#[tokio::test]
async fn the_same_notification_again_is_the_same_run_and_another_upload_another() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register(COUNT).await?;
    laptop.upload("data/a.csv", "1").await?;
    let run = laptop.first_run("count").await?;
    let whole = laptop.ended(&run).await?;
    // What S3 sent, once more: the notification as it was can be made again from the run and the object.
    let object = laptop.s3().head_object().bucket(INBOX_BUCKET).key("data/a.csv").send().await?;
    assert!(object.e_tag().is_some());
    let again = serde_json::json!({ "Records": [record(&whole.run.value.trigger, "0055AED6DCD90281E5")] }).to_string();
    // With another sequencer it is another upload; delivered three times, it is one.
    for _ in 0..3 {
        laptop.send("batchwright-uploads", &again).await?;
    }
    let runs = eventually("the second run", async || {
        let runs = laptop.runs().await?;
        Ok((runs.len() > 1).then_some(runs))
    })
    .await?;
    for run in &runs {
        laptop.ended(run).await?;
    }
    laptop.upload("data/last.csv", "1").await?;
    eventually("the last upload's run", async || Ok((laptop.runs().await?.len() > 2).then_some(()))).await?;
    // The queue is read in order: what was sent three times has been dealt with three times.
    assert_eq!(laptop.runs().await?.len(), 3);
    laptop.stop().await
}

fn record(trigger: &serde_json::Value, sequencer: &str) -> serde_json::Value {
    let s3 = &trigger["s3"];
    serde_json::json!({
        "eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventTime": "2026-11-24T06:00:00.000Z",
        "eventName": "ObjectCreated:Put",
        "s3": {
            "bucket": { "name": s3["bucket"] },
            "object": { "key": s3["key"], "size": s3["size"], "eTag": s3["etag"], "sequencer": sequencer },
        },
    })
}

#[tokio::test]
async fn what_matches_nothing_starts_nothing_and_is_not_rejected() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register(COUNT).await?;
    for key in ["elsewhere/a.csv", "data/a.txt", "data.csv", "Data/a.csv"] {
        laptop.upload(key, "1").await?;
    }
    laptop.upload("data/last.csv", "1").await?;
    laptop.first_run("count").await?;
    assert_eq!(laptop.runs().await?.len(), 1);
    let today = machine::Timestamp::from_ms(ambient::Clock::System.now_ms());
    assert_eq!(laptop.table().rejections(today).await?, []);
    laptop.stop().await
}
