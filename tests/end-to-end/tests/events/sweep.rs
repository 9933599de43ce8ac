//! The sweep, whatever its event says.

use end_to_end::Result;
use machine::run::Status;

use crate::world::{Function, RUN, World, event, files};

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
