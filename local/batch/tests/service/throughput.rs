//! How fast it is. Not measured against a number: a slow machine is no bug. `cargo test -p local-batch -- --ignored --nocapture`.

use std::{path::Path, sync::Arc, time::Duration};

use ambient::Clock;
use aws_sdk_batch::types::{ArrayProperties, JobStatus};
use local_batch::{Config, Processes};
use local_store::Store;
use tokio::time::Instant;

use crate::support::{Scripted, World, config, id};

#[tokio::test]
#[ignore = "measures"]
async fn no_op_processes_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.db")).unwrap();
    let mut config: Config = config(&store, folder.path(), Arc::new(Processes));
    config.clock = Clock::System;
    config.emit = Arc::new(|change| change.status.is_terminal() && !change.child);
    let world = World::over(config).await;
    world.define("no-op", &["true"]).await;
    let begin = Instant::now();
    let mut jobs = Vec::new();
    for _ in 0..500 {
        jobs.push(world.submit("no-op").await);
    }
    println!("500 submissions: {:?}", begin.elapsed());
    for job in &jobs {
        world.ended(job).await;
    }
    println!("500 jobs: {:?}", begin.elapsed());
    let begin = Instant::now();
    let parent = id(world.submission("no-op").array_properties(ArrayProperties::builder().size(500).build())).await;
    world.ended(&parent).await;
    println!("an array of 500: {:?}", begin.elapsed());
}

/// An array of the greatest size is no trouble: nothing of it is quadratic.
#[tokio::test(start_paused = true)]
#[expect(clippy::disallowed_methods, reason = "it says how long it really took")]
async fn ten_thousand_children() {
    let runner = Scripted::new();
    let store = Store::memory().unwrap();
    let mut config: Config = config(&store, Path::new("/nowhere"), Arc::clone(&runner) as _);
    config.emit = Arc::new(|change| change.status.is_terminal() && !change.child);
    let mut world = World::over(config).await;
    world.be_patient();
    world.define("no-op", &["sleep", "1"]).await;
    let begin = std::time::Instant::now();
    let parent = id(world.submission("no-op").array_properties(ArrayProperties::builder().size(10_000).build())).await;
    println!("submitted: {:?}", begin.elapsed());
    tokio::time::sleep(Duration::from_secs(1_300)).await;
    let job = world.ended(&parent).await;
    println!("ended: {:?}", begin.elapsed());
    assert_eq!(job.status(), Some(&JobStatus::Succeeded));
    assert_eq!(runner.started().len(), 10_000);
    assert_eq!(world.events().len(), 1);

    let array = ArrayProperties::builder().size(10_000).build();
    let parent = id(world.submission("no-op").array_properties(array)).await;
    let begin = std::time::Instant::now();
    world.client.terminate_job().job_id(&parent).reason("enough").send().await.unwrap();
    assert_eq!(world.ended(&parent).await.status_reason(), Some("enough"));
    println!("terminated: {:?}", begin.elapsed());
    assert_eq!(world.events().len(), 1);
}
