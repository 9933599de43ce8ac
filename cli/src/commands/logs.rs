//! `batchwright logs`

use clap::Args;
use control::{
    RunId,
    jobs::{Jobs, name::JobName},
};
use local_batch::JobKey;
use machine::Attempt;

use crate::{
    arguments::{Context, RunArgument},
    client::{Client, no_such_run},
    exit::{Exit, Failure},
    logs,
    run_view::{RunView, StageView, Viewer},
};

/// Print what the job of a stage wrote.
///
/// The logs hold standard output and standard error. Those of a stack are in CloudWatch Logs; those of a server are read from its
/// data folder on this machine. Those of the children of an array job are printed one after another, each line with the child's
/// index before it, as in `[3] …`.
#[derive(Debug, Args)]
pub(crate) struct Logs {
    #[command(flatten)]
    run: RunArgument,
    /// The stage's name.
    stage: String,
    /// The job of this attempt of the stage; the current one otherwise. Each retry of the run makes a new attempt.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    attempt: Option<u32>,
    /// Batch's try of this number within the job; the last one otherwise. A stage's `retry` says how many there are at most.
    #[arg(long = "try", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    batch_try: Option<u32>,
    /// Only this child of an array job, from 0.
    #[arg(long, value_name = "I")]
    index: Option<u32>,
    /// Go on until the stage has ended.
    #[arg(long, short)]
    follow: bool,
}

impl Logs {
    /// Prints the logs.
    pub(crate) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let client = context.client().await?;
        let run = client.find_run(&self.run.run).await?;
        let (mut viewer, pace) = (Viewer::new(&client, run.clone()), client.installation.pace);
        let job = loop {
            let view = viewer.read().await?.ok_or_else(|| no_such_run(&run))?;
            let stage = self.stage_of(&view)?;
            if !stage.chunks.is_empty() {
                if self.follow && stage.ended_at.is_none() {
                    tokio::time::sleep(pace.log).await;
                    continue;
                }
                return self.of_chunks(stage, &client, context).await;
            }
            if let Some(job) = self.job_of(stage, &view, &run, &client).await? {
                break job;
            }
            if !self.follow || stage.ended_at.is_some() {
                return Err(Failure::nothing_there(format!(
                    "stage `{}` has no job: it is {}",
                    stage.name, stage.status
                )));
            }
            tokio::time::sleep(pace.log).await;
        };
        let mut logs = logs::Logs::new(&client, self.jobs(&client, &job).await?, self.batch_try);
        if self.follow {
            // Asked before reading: what was written until it ended is read after.
            while self.goes_on(&mut viewer, &job).await? {
                logs.copy(context.output, false).await?;
                tokio::time::sleep(pace.log).await;
            }
            tokio::time::sleep(pace.log_settles).await;
        }
        if logs.copy(context.output, true).await? { Ok(Exit::Done) } else { Err(logs.none(&job)) }
    }

    /// The logs of all chunks of a stage, one after the other.
    async fn of_chunks(&self, stage: &StageView, client: &Client, context: &Context) -> Result<Exit, Failure> {
        let mut written = false;
        for job in stage.chunks.iter().filter_map(|chunk| chunk.job_id.as_deref()) {
            let mut logs = logs::Logs::new(client, self.jobs(client, job).await?, self.batch_try);
            written |= logs.copy(context.output, true).await?;
        }
        if written {
            return Ok(Exit::Done);
        }
        Err(Failure::nothing_there(format!("the jobs of stage `{}` have written nothing", stage.name)))
    }

    fn stage_of<'v>(&self, view: &'v RunView) -> Result<&'v StageView, Failure> {
        let mut all = view.stages.iter().chain(view.stages.iter().flat_map(|stage| &stage.chunks));
        all.find(|stage| stage.name == self.stage).ok_or_else(|| {
            let names: Vec<&str> = view.stages.iter().map(|stage| stage.name.as_str()).collect();
            Failure::nothing_there(format!(
                "run {} has no stage `{}`; it has {}",
                view.run_id,
                self.stage,
                names.join(", ")
            ))
        })
    }

    /// The job of the attempt that is meant. The table knows the current one's; of those before, Batch is asked by name.
    async fn job_of(
        &self,
        stage: &StageView,
        view: &RunView,
        run: &RunId,
        client: &Client,
    ) -> Result<Option<String>, Failure> {
        let attempt = match self.attempt {
            Some(attempt) if attempt != stage.attempt => attempt,
            Some(_) | None => return Ok(stage.job_id.clone()),
        };
        let definition = client.definition(&view.pipeline, view.version).await?;
        let compute =
            definition.and_then(|definition| Some(definition.stage(definition.index_of(&stage.name)?)?.compute));
        let queues = &client.installation.job_queues;
        let name = JobName { run: run.clone(), stage: stage.name.clone(), chunk: None, attempt: Attempt(attempt) };
        // Which of them it was follows from a priority that a retry may have changed.
        for queue in compute.into_iter().flat_map(|compute| queues.both(compute)) {
            let found = Jobs::new(client.batch.clone()).find(queue, &name).await;
            let found = found.map_err(|error| Failure::answered(&error.to_string()))?;
            if let Some(found) = found.into_iter().next() {
                return Ok(Some(found.job.as_str().to_owned()));
            }
        }
        Err(Failure::nothing_there(format!(
            "stage `{}` has no job of attempt {attempt}, or AWS Batch, which keeps them for a week or so, knows it no more",
            stage.name
        )))
    }

    /// The job, or the children of the array that it is.
    async fn jobs(&self, client: &Client, job: &str) -> Result<Vec<JobKey>, Failure> {
        let described = client.batch.describe_jobs().jobs(job).send().await;
        let described = described.map_err(|error| Failure::aws("Batch DescribeJobs", &error))?;
        let size = described.jobs().first().and_then(|job| job.array_properties()?.size());
        let size = size.and_then(|size| u32::try_from(size).ok());
        let children: Vec<Option<u32>> = match (size, self.index) {
            (None, None) => vec![None],
            (Some(size), None) => (0..size).map(Some).collect(),
            (Some(size), Some(index)) if index < size => vec![Some(index)],
            (Some(size), Some(_)) => {
                let stage = &self.stage;
                return Err(Failure::nothing_there(format!(
                    "stage `{stage}` has children 0 to {}",
                    size.saturating_sub(1)
                )));
            }
            (None, Some(_)) => {
                return Err(Failure::nothing_there(format!("stage `{}` is no array, and has no --index", self.stage)));
            }
        };
        let job: JobKey = job.parse().map_err(|error| Failure::failed(format!("{error}")))?;
        Ok(children.into_iter().map(|child| child.map_or_else(|| job.clone(), |index| job.child_at(index))).collect())
    }

    /// Whether more may be written by that job.
    async fn goes_on(&self, viewer: &mut Viewer<'_>, job: &str) -> Result<bool, Failure> {
        let Some(view) = viewer.read().await? else { return Ok(false) };
        let stage = self.stage_of(&view)?;
        Ok(stage.ended_at.is_none() && stage.job_id.as_deref() == Some(job))
    }
}
