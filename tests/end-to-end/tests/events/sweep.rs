//! The sweep, whatever its event says.

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
