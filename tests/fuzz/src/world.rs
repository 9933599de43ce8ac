//! What surrounds the functions: a control plane over a frozen AWS, in which the example pipelines are registered and a run is on
//! its way.

use std::{path::Path, sync::Arc, time::Duration};

use ambient::{Clock, Ids};
use control::{Control, Invocation, RunId, lambda::Failure, table::run_item::RunRecord};
use local_surface::{DynamoDb, config, sdk_config};
use machine::{Attempt, Epoch, JobId, JobQueue, Run, Stage, Timestamp, stage::State};
use pipeline::Params;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use crate::{Result, frozen::Frozen, targets::Target};

/// When the events of `events/` happened: 2026-11-24T06:00:00Z.
const NOW_MS: u64 = 1_795_500_000_000;
/// Nobody listens there.
const ENDPOINT: &str = "http://127.0.0.1:9";
/// The run that the events of `events/` are about, and the job of its first stage.
const RUN: (&str, &str) = ("oztpaud6tmwtr2o65cz2dg2d", "b3d334bb-6b5b-5c9c-88c0-7d37ae180ade");
/// The pipelines that the events of `events/` ask for.
const PIPELINES: [&str; 5] = ["hello", "heartbeat", "orders", "diamond", "csv-profile"];

/// The surroundings.
#[derive(Debug)]
pub(crate) struct World {
    runtime: Runtime,
    control: Control,
}

impl World {
    /// Makes them.
    pub(crate) fn open() -> Result<Self> {
        // In virtual time: whatever waits, waits for nothing.
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
        let control = runtime.block_on(Box::pin(install()))?;
        Ok(Self { runtime, control })
    }

    /// Delivers an event.
    pub(crate) fn deliver(&self, target: Target, event: Value) -> Result<Value, Failure> {
        let invocation = self.runtime.block_on(async { Invocation::ending_in(Duration::from_secs(60)) });
        let control = &self.control;
        self.runtime.block_on(Box::pin(async {
            match target {
                Target::OnUpload => on_upload::handle(control, event, &invocation).await,
                Target::OnMessage => on_message::handle(control, event, &invocation).await,
                Target::OnSchedule => on_schedule::handle(control, event, &invocation).await,
                Target::OnJobChange => on_job_change::handle(control, event, &invocation).await,
                Target::OnWake => on_wake::handle(control, event, &invocation).await,
                Target::Sweep => sweep::handle(control, event, &invocation).await,
                Target::Definition | Target::Expression | Target::Params | Target::Outputs | Target::Decoders => {
                    Ok(Value::Null)
                }
            }
        }))
    }
}

async fn install() -> Result<Control> {
    let frozen = Arc::new(Frozen::new(DynamoDb::memory()?));
    let sdk = sdk_config(ENDPOINT, frozen.clone());
    let control = Control::new(config(ENDPOINT), &sdk, Clock::starting_at(NOW_MS), Ids::seeded(1));
    control.table().create().await?;
    for name in PIPELINES {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines").join(format!("{name}.yaml"));
        let source = std::fs::read_to_string(file)?;
        let definition = pipeline::parse(name, &source).map_err(|faults| faults.to_string())?;
        control.register(definition, &source).await??;
    }
    admit(&control).await?;
    frozen.freeze();
    Ok(control)
}

/// The run whose first stage has its job.
async fn admit(control: &Control) -> Result<()> {
    let now = Timestamp::from_ms(NOW_MS);
    let id = RunId::parse(RUN.0)?;
    let trigger = json!({ "s3": { "bucket": "batchwright-inbox", "key": "profile/a.csv",
        "uri": "s3://batchwright-inbox/profile/a.csv", "size": 1, "etag": "e", "version": null } });
    let record = RunRecord {
        id: id.clone(),
        pipeline: "csv-profile".to_owned(),
        version: 1,
        params: Params::default(),
        trigger,
        priority: 100,
        group: None,
        created_at: now,
        watch_at: Some(now),
        run: Run::admitted(false),
    };
    control.table().put_run(record, 0).await?;
    let (job, queue) = (JobId::new(RUN.1), JobQueue::new("batchwright-fargate"));
    let state = State::Submitted { job, queue, at: now, missing_since: None, blocked: None };
    let stage = Stage { attempt: Attempt(1), state, ..Stage::absent(Epoch::FIRST) };
    control.table().put_stage(&id, "split", stage, 0).await?;
    Ok(())
}
