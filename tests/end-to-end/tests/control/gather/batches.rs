//! `batch`: a burst becomes a few runs.

use std::collections::BTreeMap;

use control::Intake;
use end_to_end::Result;
use futures_util::future::try_join_all;
use serde_json::json;

use super::{World, invocation, upload};

const BATCH: &str = r#"
pipeline: batch
on:
  - s3: { prefix: in/, batch: { max_items: 50, window: 60s }, params: { manifest: "${{ trigger.manifest.uri }}", size: "${{ trigger.manifest.items }}" } }
  - sqs: { queue: orders, when: trigger.sqs.body != 'no', batch: { max_items: 2, window: 60s }, params: { manifest: "${{ trigger.manifest.uri }}" } }
params:
  manifest: { type: string }
  size: { type: integer, default: 0 }
stages:
  all: { image: busybox, command: [work, "${{ params.manifest }}", "${{ params.size }}", "${{ trigger.manifest.key }}"] }
"#;

#[tokio::test]
async fn a_few_uploads_are_one_run_when_the_window_is_over() -> Result<()> {
    let world = World::with(BATCH).await?;
    world.bring(&[upload("in/a", 1), upload("in/b", 2)]).await?;
    world.bring(&[upload("in/c", 3), upload("out/d", 4)]).await?;
    world.look_after(59).await?;
    assert_eq!(world.runs().await?, []);
    world.look_after(61).await?;
    let runs = world.runs().await?;
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].params["size"], 3);
    assert_eq!(runs[0].params["manifest"], runs[0].trigger["manifest"]["uri"]);
    let lines = world.manifest(&runs[0]).await?;
    let expected = json!({
        "bucket": "batchwright-inbox", "key": "in/a", "uri": "s3://batchwright-inbox/in/a", "size": 1, "etag": "etag-1", "version": null,
    });
    assert_eq!(lines[0], expected);
    // Nothing is due any more, and what comes now is another batch.
    world.bring(&[upload("in/e", 5)]).await?;
    world.look_after(10_000).await?;
    assert_eq!(world.listed().await?.len(), 4);
    assert_eq!(world.due(&world.later(100_000)).await?, []);
    Ok(())
}

/// Many invocations at once, each of ten uploads; a third of all comes twice, at the same time or later.
#[tokio::test]
async fn a_burst_is_a_few_full_batches_in_which_each_upload_is_once() -> Result<()> {
    let world = World::with(BATCH).await?;
    let uploads: Vec<_> = (0..400).map(|number| upload(&format!("in/{number:03}"), number)).collect();
    let again: Vec<_> = uploads.iter().step_by(3).cloned().collect();
    let invocations = uploads.chunks(10).chain(again.chunks(7));
    try_join_all(invocations.map(|brought| world.bring(brought))).await?;
    world.look_after(0).await?;
    world.look_after(61).await?;
    try_join_all(again.chunks(10).map(|brought| world.bring_to(&world.control, brought))).await?;
    world.look_after(200).await?;
    let expected: BTreeMap<String, usize> = uploads.iter().map(|upload| (upload.key.clone(), 1)).collect();
    assert_eq!(world.listed().await?, expected);
    let runs = world.runs().await?;
    assert!(runs.iter().all(|run| run.trigger["manifest"]["items"].as_u64().is_some_and(|items| items <= 50)));
    assert!((8..=25).contains(&runs.len()), "{} runs", runs.len());
    assert_eq!(world.reasons().await?, [""; 0]);
    Ok(())
}

/// More than a lane takes: others are used beside it, and what that leaves is a part of a batch for each.
#[tokio::test]
async fn a_rush_starts_few_runs() -> Result<()> {
    let world = World::with(&BATCH.replace("max_items: 50,", "max_items: 500,")).await?;
    let uploads: Vec<_> = (0..5000).map(|number| upload(&format!("in/{number:04}"), number)).collect();
    for rush in uploads.chunks(400) {
        try_join_all(rush.chunks(10).map(|brought| world.bring(brought))).await?;
    }
    world.look_after(200).await?;
    let listed = world.listed().await?;
    assert!(listed.len() == 5000 && listed.values().all(|times| *times == 1), "{} are listed", listed.len());
    let runs = world.runs().await?.len();
    println!("{runs} runs");
    assert!((10..=10 + 16).contains(&runs), "{runs} runs");
    Ok(())
}

/// Two versions of an object are two uploads.
#[tokio::test]
async fn an_overwritten_object_is_in_the_batch_twice() -> Result<()> {
    let world = World::with(BATCH).await?;
    world.bring(&[upload("in/a", 1), upload("in/a", 2), upload("in/a", 1)]).await?;
    world.look_after(61).await?;
    assert_eq!(world.listed().await?, BTreeMap::from([("in/a".to_owned(), 2)]));
    Ok(())
}

#[tokio::test]
async fn messages_are_batched_with_their_bodies() -> Result<()> {
    let world = World::with(BATCH).await?;
    let mut intake = Intake::default();
    for (id, body) in [("1", "{\"n\": 1}"), ("2", "no"), ("3", "not JSON"), ("1", "{\"n\": 1}"), ("4", "{\"n\": 4}")] {
        intake.begin(id);
        world.control.message("orders", id, body, &mut intake, &invocation()).await?;
    }
    assert!(world.control.gather(intake).await.is_empty());
    // Whoever was woken for the full ones died: the sweep finds them later.
    world.look_after(200).await?;
    let mut lines = Vec::new();
    for run in world.runs().await? {
        lines.extend(world.manifest(&run).await?);
    }
    lines.sort_by_key(|line| line["message_id"].to_string());
    let line = |id: &str, body| json!({ "queue": "orders", "message_id": id, "body": body });
    assert_eq!(lines, [line("1", json!({ "n": 1 })), line("3", json!("not JSON")), line("4", json!({ "n": 4 }))]);
    assert!(world.runs().await?.len() >= 2, "no batch has more than two");
    Ok(())
}

#[tokio::test]
async fn a_message_that_fits_into_no_item_is_kept_as_rejected() -> Result<()> {
    let world = World::with(BATCH).await?;
    let mut intake = Intake::default();
    let body = json!("x".repeat(300_000)).to_string();
    world.control.message("orders", "1", &body, &mut intake, &invocation()).await?;
    assert!(world.control.gather(intake).await.is_empty());
    let reasons = world.reasons().await?;
    assert!(reasons.len() == 1 && reasons[0].contains("262144 bytes"), "{reasons:?}");
    Ok(())
}

/// A new version closes the batches of the old one as the old one said.
#[tokio::test]
async fn a_registration_in_between_loses_nothing() -> Result<()> {
    let world = World::with(BATCH).await?;
    world.bring(&[upload("in/a", 1)]).await?;
    world
        .register(&BATCH.replace(
            "window: 60s }, params: { manifest: \"${{ trigger.manifest.uri }}\", size",
            "window: 1h }, params: { manifest: \"${{ trigger.manifest.uri }}\", size",
        ))
        .await?;
    world.bring(&[upload("in/b", 2)]).await?;
    world.register("pipeline: batch\nparams: { manifest: { type: string } }\nstages: { a: { image: x, command: [\"${{ params.manifest }}\"] } }\n").await?;
    world.look_after(61).await?;
    let reasons = world.reasons().await?;
    assert_eq!(world.runs().await?.len() + reasons.len(), 1, "{reasons:?}");
    assert!(reasons.iter().all(|reason| reason.contains("parameter `size` is not known")), "{reasons:?}");
    Ok(())
}
