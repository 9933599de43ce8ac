//! Invocations that are killed, wherever that is.

use std::collections::BTreeMap;

use end_to_end::Result;

use super::{World, cut_off_after, invocation, upload};

const BATCH: &str = r#"
pipeline: batch
on: [{ s3: { prefix: in/, batch: { max_items: 4, window: 60s } } }]
stages: { all: { image: busybox, command: [work, "${{ trigger.manifest.uri }}"] } }
"#;

/// Six uploads in two invocations, which are delivered again until they have come to their end; then looks, likewise.
async fn survives(polls: usize) -> Result<bool> {
    let world = World::with(BATCH).await?;
    let uploads: Vec<_> = (0..6).map(|number| upload(&format!("in/{number}"), number)).collect();
    let mut cut_off = false;
    for brought in uploads.chunks(3) {
        if !cut_off_after(polls, Box::pin(world.bring(brought))).await? {
            cut_off = true;
            world.bring(brought).await?;
        }
    }
    // Whoever settles is killed as well; the sweep finds what that leaves, whatever it is.
    for seconds in [61, 300, 600] {
        let control = world.later(seconds);
        for id in world.due(&control).await? {
            let look = async { Ok(control.look_at_gathering(&id, &invocation()).await?) };
            cut_off |= !cut_off_after(polls, Box::pin(look)).await?;
        }
    }
    for seconds in [900, 1200] {
        world.look_after(seconds).await?;
    }
    let expected: BTreeMap<String, usize> = uploads.iter().map(|upload| (upload.key.clone(), 1)).collect();
    assert_eq!(world.listed().await?, expected, "after {polls} polls");
    assert_eq!(world.due(&world.later(100_000)).await?, [], "after {polls} polls");
    Ok(cut_off)
}

#[tokio::test]
async fn whoever_is_killed_wherever_nothing_is_lost_and_nothing_doubled() -> Result<()> {
    let mut polls = 1;
    while Box::pin(survives(polls)).await? {
        // Densely where the steps are, more widely behind.
        polls += 1 + polls / 8;
    }
    assert!(polls > 10, "nobody was killed");
    Ok(())
}
