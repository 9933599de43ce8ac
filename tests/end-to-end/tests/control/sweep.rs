//! The sweep finds nothing to do where nothing was missed.

use std::time::Duration;

use ambient::{Clock, Ids};
use control::{Control, Invocation};
use end_to_end::{Laptop, Result, eventually, processes_in};
use local_surface::config;
use serde_json::json;

/// A control plane on the laptop's services, at a time when the watch of every run of now is due.
fn later(laptop: &Laptop) -> Control {
    let clock = Clock::starting_at(Clock::System.now_ms() + 1_000_000);
    Control::new(config(laptop.endpoint()), laptop.sdk(), clock, Ids::random())
}

fn invocation() -> Invocation {
    Invocation::ending_in(Duration::from_secs(60))
}

#[tokio::test]
async fn a_run_that_has_ended_is_taken_off_the_watch() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register("pipeline: p\nstages:\n  a: { image: x, command: ['true'] }\n").await?;
    let run = laptop.run("p", json!({})).await?;
    let before = laptop.ended(&run).await?;
    assert!(before.run.value.watch_at.is_some());
    let control = later(&laptop);
    assert_eq!(control.sweep(&invocation()).await?, 1);
    let after = laptop.table().whole_run(&run).await?.ok_or("the run is gone")?;
    assert_eq!(after.run.value.watch_at, None);
    assert_eq!((after.run.value.run, after.stages.len()), (before.run.value.run, before.stages.len()));
    assert_eq!(control.sweep(&invocation()).await?, 0, "there is nothing left to look at");
    laptop.stop().await
}

#[tokio::test]
async fn a_run_whose_job_is_only_silent_is_left_as_it_is() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register("pipeline: p\nstages:\n  a: { image: x, command: [sleep, '600'] }\n").await?;
    let run = laptop.run("p", json!({})).await?;
    eventually("the job to run", async || Ok((!processes_in(laptop.folder()).is_empty()).then_some(()))).await?;
    let table = laptop.table();
    let before = eventually("the job's record", async || {
        let whole = table.whole_run(&run).await?;
        Ok(whole.filter(|whole| whole.stages.get("a").is_some_and(|stage| stage.value.job().is_some())))
    })
    .await?;
    assert_eq!(Control::sweep(&now(&laptop), &invocation()).await?, 0, "its watch is not due");
    assert_eq!(later(&laptop).sweep(&invocation()).await?, 1);
    let after = table.whole_run(&run).await?.ok_or("the run is gone")?;
    assert_eq!(after.stages, before.stages);
    assert_eq!(after.run.value.run, before.run.value.run);
    assert!(after.run.value.watch_at > before.run.value.watch_at, "it is looked at again, later");
    assert_eq!(processes_in(laptop.folder()).len(), 1);
    laptop.stop().await
}

fn now(laptop: &Laptop) -> Control {
    Control::new(config(laptop.endpoint()), laptop.sdk(), Clock::System, Ids::random())
}
