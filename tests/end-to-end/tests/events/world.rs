//! Services and a control plane of one case.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use ambient::{Clock, Ids};
use aws_sdk_batch::types::JobStatus;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::QueueAttributeName;
use control::{
    Config, Control, Invocation, Rejection, RunId,
    table::{Put, run_item::RunRecord},
};
use end_to_end::{Result, repository};
use local_surface::{Options, Surface, TABLE, config, sdk_config};
use machine::{
    Attempt, ClaimId, Epoch, JobId, JobQueue, Run, Stage, Timestamp,
    stage::{CancelTarget, Ended, State},
};
use pipeline::{Compute, Params};
use serde_json::{Value, json};
use tempfile::TempDir;

/// 2026-11-24T06:00:00Z, when the events happened. Fixed, so that no case runs over midnight.
pub(crate) const NOW_MS: u64 = 1_795_500_000_000;
/// The run that the events are about.
pub(crate) const RUN: &str = "oztpaud6tmwtr2o65cz2dg2d";
/// The job of its stage `split`.
pub(crate) const SPLIT_JOB: &str = "b3d334bb-6b5b-5c9c-88c0-7d37ae180ade";
/// The job of its stage `chunk`.
pub(crate) const CHUNK_JOB: &str = "2691bebf-1041-52e5-8983-6c46d8336364";

/// Which function an event goes to; the name is its folder's.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Function {
    OnUpload,
    OnMessage,
    OnSchedule,
    OnJobChange,
    OnWake,
    Sweep,
}

impl Function {
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::OnUpload => "on-upload",
            Self::OnMessage => "on-message",
            Self::OnSchedule => "on-schedule",
            Self::OnJobChange => "on-job-change",
            Self::OnWake => "on-wake",
            Self::Sweep => "sweep",
        }
    }
}

/// The table as a whole: what is not in it was not written.
pub(crate) type Items = BTreeMap<(String, String), String>;

pub(crate) struct World {
    pub(crate) control: Control,
    dynamodb: aws_sdk_dynamodb::Client,
    batch: aws_sdk_batch::Client,
    sqs: aws_sdk_sqs::Client,
    config: Config,
    /// The services live as long as it does; they are opened, and do nothing by themselves.
    _surface: Surface,
    _folder: TempDir,
}

impl World {
    /// With all pipelines of `pipelines/` registered.
    pub(crate) async fn open() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let (clock, ids) = (Clock::starting_at(NOW_MS), Ids::seeded(1));
        let surface = Box::pin(Surface::open(Options {
            data_dir: folder.path().to_owned(),
            address: ([127, 0, 0, 1], 0).into(),
            path_prepend: Vec::new(),
            secrets: None,
            clock: clock.clone(),
            ids: ids.clone(),
        }))
        .await?;
        let endpoint = format!("http://{}", surface.address());
        let sdk = sdk_config(&endpoint, surface.service());
        let config = config(&endpoint);
        let control = Control::new(config.clone(), &sdk, clock, ids);
        for name in ["hello", "heartbeat", "orders", "diamond", "csv-profile"] {
            let source = std::fs::read_to_string(repository(&format!("pipelines/{name}.yaml")))?;
            let definition = pipeline::parse(name, &source).map_err(|faults| faults.to_string())?;
            control.register(definition, &source).await??;
        }
        Ok(Self {
            control,
            dynamodb: aws_sdk_dynamodb::Client::new(&sdk),
            batch: aws_sdk_batch::Client::new(&sdk),
            sqs: aws_sdk_sqs::Client::new(&sdk),
            config,
            _surface: surface,
            _folder: folder,
        })
    }

    /// Delivers an event. The messages that are to be delivered again.
    pub(crate) async fn deliver(&self, function: Function, event: Value) -> Result<Vec<String>> {
        let invocation = Invocation::ending_in(Duration::from_secs(60));
        let control = &self.control;
        let answer = match function {
            Function::OnUpload => on_upload::handle(control, event, &invocation).await?,
            Function::OnMessage => on_message::handle(control, event, &invocation).await?,
            Function::OnSchedule => on_schedule::handle(control, event, &invocation).await?,
            Function::OnJobChange => on_job_change::handle(control, event, &invocation).await?,
            Function::OnWake => on_wake::handle(control, event, &invocation).await?,
            Function::Sweep => sweep::handle(control, event, &invocation).await?,
        };
        let failures = answer.get("batchItemFailures").and_then(Value::as_array).cloned().unwrap_or_default();
        Ok(failures.iter().map(|failure| failure["itemIdentifier"].as_str().unwrap_or_default().to_owned()).collect())
    }

    pub(crate) async fn items(&self) -> Result<Items> {
        let mut pages = self.dynamodb.scan().table_name(TABLE).consistent_read(true).into_paginator().items().send();
        let mut items = Items::new();
        while let Some(item) = pages.next().await {
            let item = item?;
            items.insert(
                (text(&item, "PK"), text(&item, "SK")),
                format!("{:?}", item.iter().collect::<BTreeMap<_, _>>()),
            );
        }
        Ok(items)
    }

    /// The runs, in the order of their ids.
    pub(crate) async fn runs(&self) -> Result<Vec<RunRecord>> {
        let items = self.items().await?;
        let ids = items
            .keys()
            .filter(|(_, sk)| sk == "RUN")
            .filter_map(|(pk, _)| RunId::parse(pk.strip_prefix("RUN#")?).ok());
        let mut runs = Vec::new();
        for id in ids {
            runs.extend(self.control.table().run(&id).await?.map(|read| read.value));
        }
        Ok(runs)
    }

    pub(crate) async fn rejections(&self) -> Result<Vec<Rejection>> {
        Ok(self.control.table().rejections(Timestamp::from_ms(NOW_MS)).await?)
    }

    /// The names of the jobs that were submitted, in order.
    pub(crate) async fn jobs(&self) -> Result<Vec<String>> {
        let mut jobs = Vec::new();
        for queue in self.config.job_queues.iter() {
            for status in [JobStatus::Runnable, JobStatus::Pending, JobStatus::Failed] {
                let listed = self.batch.list_jobs().job_queue(queue.as_str()).job_status(status).send().await?;
                jobs.extend(listed.job_summary_list().iter().filter_map(|job| job.job_name.clone()));
            }
        }
        jobs.sort();
        Ok(jobs)
    }

    /// How many wake-ups wait for their time.
    pub(crate) async fn wake_ups(&self) -> Result<String> {
        let delayed = QueueAttributeName::ApproximateNumberOfMessagesDelayed;
        let of =
            self.sqs.get_queue_attributes().queue_url(&self.config.wake_queue_url).attribute_names(delayed.clone());
        let attributes = of.send().await?.attributes.unwrap_or_default();
        Ok(attributes.get(&delayed).cloned().unwrap_or_default())
    }

    /// Admits the run that the events are about, with stages in the given states; all others wait.
    pub(crate) async fn admit(&self, status: machine::run::Status, stages: &[(&str, u32, State)]) -> Result<()> {
        let record = RunRecord {
            id: run_id()?,
            pipeline: "csv-profile".to_owned(),
            version: 1,
            params: Params::default(),
            trigger: json!({ "s3": { "bucket": "batchwright-inbox", "key": "profile/a.csv",
                "uri": "s3://batchwright-inbox/profile/a.csv", "size": 1, "etag": "e", "version": null } }),
            priority: 100,
            group: None,
            created_at: Timestamp::from_ms(NOW_MS),
            watch_at: Some(Timestamp::from_ms(NOW_MS)),
            run: Run { status, ..Run::admitted(false) },
        };
        written(&self.control.table().put_run(record, 0).await?)?;
        let definition = self.control.definition("csv-profile", 1).await?.ok_or("csv-profile is not registered")?;
        for (name, attempt, state) in stages {
            let index = definition.index_of(name).ok_or("no such stage")?;
            let made_of = definition.stage(index).ok_or("no such stage")?;
            let mut stage = Stage { attempt: Attempt(*attempt), state: state.clone(), ..Stage::absent(Epoch::FIRST) };
            for &need in &made_of.needs {
                let verdict = machine::Verdict { outcome: machine::Outcome::Succeeded, tainted: false };
                stage.resolved = stage.resolved.with(need, verdict);
            }
            written(&self.control.table().put_stage(&run_id()?, &made_of.name, stage, 0).await?)?;
        }
        Ok(())
    }

    /// Stages of that run that were cancelled before anything they need had ended.
    pub(crate) async fn cancel_early(&self, stages: &[&str], state: State) -> Result<()> {
        let definition = self.control.definition("csv-profile", 1).await?.ok_or("csv-profile is not registered")?;
        for name in stages {
            let index = definition.index_of(name).ok_or("no such stage")?;
            let made_of = definition.stage(index).ok_or("no such stage")?;
            let stage = Stage { state: state.clone(), ..Stage::absent(Epoch::FIRST) };
            written(&self.control.table().put_stage(&run_id()?, &made_of.name, stage, 0).await?)?;
        }
        Ok(())
    }

    /// The run that the events are about: its status, and that of each stage that has an item.
    pub(crate) async fn statuses(&self) -> Result<BTreeMap<String, String>> {
        let whole = self.control.table().whole_run(&run_id()?).await?.ok_or("the run is not there")?;
        let mut statuses: BTreeMap<String, String> =
            whole.stages.iter().map(|(name, stage)| (name.clone(), stage.value.state.name().to_owned())).collect();
        statuses.insert("run".to_owned(), whole.run.value.run.status.name().to_owned());
        Ok(statuses)
    }

    /// What keeps the job of a stage of that run from its place.
    pub(crate) async fn blocked(&self, stage: &str) -> Result<Option<String>> {
        let whole = self.control.table().whole_run(&run_id()?).await?.ok_or("the run is not there")?;
        Ok(match whole.stages.get(stage).map(|stage| &stage.value.state) {
            Some(State::Submitted { blocked, .. }) => blocked.clone(),
            Some(_) | None => None,
        })
    }

    /// Why a stage of that run ended.
    pub(crate) async fn cause(&self, stage: &str) -> Result<Option<machine::Cause>> {
        let whole = self.control.table().whole_run(&run_id()?).await?.ok_or("the run is not there")?;
        Ok(match whole.stages.get(stage).map(|stage| &stage.value.state) {
            Some(State::Ended(Ended { cause, .. })) => cause.clone(),
            Some(_) | None => None,
        })
    }
}

fn text(item: &HashMap<String, AttributeValue>, name: &str) -> String {
    item.get(name).and_then(|value| value.as_s().ok()).cloned().unwrap_or_default()
}

fn written<T>(put: &Put<T>) -> Result<()> {
    match put {
        Put::Written(_) => Ok(()),
        Put::Conflict(_) => Err("the item was there already".into()),
    }
}

pub(crate) fn run_id() -> Result<RunId> {
    Ok(RunId::parse(RUN)?)
}

fn queue() -> JobQueue {
    JobQueue::new(format!("batchwright-{}", Compute::Fargate))
}

pub(crate) fn submitted(job: &str) -> State {
    State::Submitted {
        job: JobId::new(job),
        queue: queue(),
        at: Timestamp::from_ms(NOW_MS),
        missing_since: None,
        blocked: None,
    }
}

pub(crate) fn blocked(job: &str, by: &str) -> State {
    let (job, at) = (JobId::new(job), Timestamp::from_ms(NOW_MS));
    State::Submitted { job, queue: queue(), at, missing_since: None, blocked: Some(by.to_owned()) }
}

pub(crate) fn claimed() -> State {
    let at = Timestamp::from_ms(NOW_MS);
    State::Claimed {
        claim: ClaimId::new("of somebody who is gone"),
        queue: queue(),
        at,
        opened_at: at,
        throttled_since: None,
    }
}

pub(crate) fn cancelling(job: &str) -> State {
    let target = CancelTarget::Job { job: JobId::new(job), missing_since: None };
    State::Cancelling { target, queue: queue(), at: Timestamp::from_ms(NOW_MS) }
}

pub(crate) fn succeeded(job: &str) -> State {
    State::Ended(Ended {
        outcome: machine::Outcome::Succeeded,
        cause: None,
        job: Some(JobId::new(job)),
        started_at: None,
        at: Timestamp::from_ms(NOW_MS),
    })
}

/// The event in a file of `events/`.
pub(crate) fn event(function: Function, name: &str) -> Result<Value> {
    let path = repository("events").join(function.folder()).join(format!("{name}.json"));
    Ok(serde_json::from_slice(&std::fs::read(path)?)?)
}

/// The names of all files for a function.
pub(crate) fn files(function: Function) -> Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in std::fs::read_dir(repository("events").join(function.folder()))? {
        let name = entry?.file_name();
        let name = name.to_str().ok_or("a file's name is not text")?;
        names.insert(name.strip_suffix(".json").ok_or_else(|| format!("{name} is no JSON file"))?.to_owned());
    }
    Ok(names)
}
