//! The sweep, whatever its event says.

use std::collections::BTreeMap;

use end_to_end::Result;
use machine::run::Status;

use crate::world::{Function, RUN, World, claimed, event, files};

#[tokio::test]
async fn every_event_is_one_sweep() -> Result<()> {
    for name in files(Function::Sweep)? {
        let world = World::open().await?;
        // It was admitted, and whoever admitted it was lost before anything was started.
        world.admit(Status::Running, &[]).await?;
        world.deliver(Function::Sweep, event(Function::Sweep, &name)?).await?;
        assert_eq!(world.jobs().await?, [format!("bw-{RUN}-split-1")], "{name}");
        // The run is now on watch for later: another sweep finds nothing that is due.
        let after = world.items().await?;
        world.deliver(Function::Sweep, event(Function::Sweep, &name)?).await?;
        assert_eq!(world.items().await?, after, "{name}");
    }
    Ok(())
}

/// Whether the job was submitted is not known, and its claimant may be gone: somebody must look when that can be settled.
#[tokio::test]
async fn a_claim_that_is_found_is_looked_at_again() -> Result<()> {
    let world = World::open().await?;
    world.admit(Status::Running, &[("split", 1, claimed())]).await?;
    world.deliver(Function::Sweep, event(Function::Sweep, "valid-rule")?).await?;
    assert!(world.jobs().await?.is_empty(), "nothing is submitted under the claim of another");
    assert_eq!(world.wake_ups().await?, "1");
    Ok(())
}

/// Whoever cancelled it was lost before its stages heard of it.
#[tokio::test]
async fn no_stage_of_a_run_that_is_cancelled_begins() -> Result<()> {
    let world = World::open().await?;
    world.admit(Status::Cancelling, &[]).await?;
    world.deliver(Function::Sweep, event(Function::Sweep, "valid-rule")?).await?;
    assert!(world.jobs().await?.is_empty());
    let mut statuses = world.statuses().await?;
    statuses.remove("run");
    assert!(!statuses.is_empty() && statuses.values().all(|status| status == "CANCELLED"), "{statuses:?}");
    Ok(())
}

/// Nothing is done of one that waits for its concurrency group, but it seeks a place again.
#[tokio::test]
async fn one_that_waits_for_its_group_stays_as_it_is() -> Result<()> {
    let world = World::open().await?;
    world.admit(Status::Queued, &[]).await?;
    world.deliver(Function::Sweep, event(Function::Sweep, "valid-rule")?).await?;
    assert!(world.jobs().await?.is_empty());
    assert_eq!(world.statuses().await?, BTreeMap::from([("run".to_owned(), "QUEUED".to_owned())]));
    Ok(())
}
