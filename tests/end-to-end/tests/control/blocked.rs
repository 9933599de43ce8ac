//! A job that cannot be placed: its reason is in the table while it waits, though no event tells of it.

use std::time::Duration;

use end_to_end::{Result, Throttled};

const SOURCE: &str = "pipeline: stuck\ndefaults: { image: busybox }\nstages:\n  only: { command: ['true'] }\n";
/// Longer than a job may be silent, and a run not looked at.
const LOOKED_AT: Duration = Duration::from_secs(20 * 60);

#[tokio::test(start_paused = true)]
async fn what_keeps_a_silent_job_from_running_is_found_and_forgotten() -> Result<()> {
    let world = Throttled::open(50).await?;
    world.register(SOURCE).await?;
    let runs = world.burst("stuck", &[100]).await?;
    let run = runs.first().ok_or("no run")?;
    world.serve_for(LOOKED_AT).await?;
    assert_eq!(world.blocked(run).await?, None);

    let reason = "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job's resource requirement cannot be met";
    world.block(Some(reason));
    world.serve_for(LOOKED_AT).await?;
    assert_eq!(world.blocked(run).await?.as_deref(), Some(reason));

    world.block(None);
    world.serve_for(LOOKED_AT).await?;
    assert_eq!(world.blocked(run).await?, None);
    Ok(())
}
