//! Batchwright on a laptop, in this process.

use std::path::{Path, PathBuf};

use ambient::{Clock, Ids};
use aws_config::SdkConfig;
use control::{
    Rejection, RunId,
    table::{Table, whole_run::WholeRun},
};
use local_surface::{INBOX_BUCKET, Options, REQUEST_QUEUE, Surface, TABLE, sdk_config};
use machine::{Stage, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

use crate::{Group, Result, eventually};

/// All of `batchwright up`, in a folder of its own, with real processes. Clients reach it without a socket; jobs by its port.
pub struct Laptop {
    folder: TempDir,
    endpoint: String,
    sdk: SdkConfig,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<Result<(), local_surface::Error>>,
}

impl Laptop {
    /// Starts it.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn start() -> Result<Self> {
        Self::start_with(None).await
    }

    /// Starts it with that file of secrets.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn start_with(secrets: Option<PathBuf>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let options = Options {
            data_dir: folder.path().to_owned(),
            address: ([127, 0, 0, 1], 0).into(),
            path_prepend: folder_of_binaries(),
            secrets,
            clock: Clock::System,
            ids: Ids::random(),
        };
        let surface = Box::pin(Surface::open(options)).await?;
        let endpoint = format!("http://{}", surface.address());
        let sdk = sdk_config(&endpoint, surface.service());
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(surface.run(async move { drop(stopped.await) }));
        Ok(Self { folder, endpoint, sdk, stop: Some(stop), serving })
    }

    /// Stops it, jobs included.
    ///
    /// # Errors
    /// If a part of it had broken.
    pub async fn stop(mut self) -> Result<()> {
        drop(self.stop.take());
        Ok((&mut self.serving).await??)
    }

    /// Its data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its URL.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// For clients of any of its services.
    pub fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    /// Its S3.
    pub fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::config::Builder::from(&self.sdk).force_path_style(true).build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// Its Batch.
    pub fn batch(&self) -> aws_sdk_batch::Client {
        aws_sdk_batch::Client::new(&self.sdk)
    }

    /// Its SQS.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.sdk)
    }

    /// Its table.
    pub fn table(&self) -> Table {
        Table::new(aws_sdk_dynamodb::Client::new(&self.sdk), TABLE)
    }

    /// Uploads an object to the inbox.
    ///
    /// # Errors
    /// If S3 does not take it.
    pub async fn upload(&self, key: &str, content: impl Into<Vec<u8>>) -> Result<()> {
        let put = self.s3().put_object().bucket(INBOX_BUCKET).key(key).body(content.into().into());
        put.send().await?;
        Ok(())
    }

    /// Drops a definition into the inbox, and waits until new runs take it. Its version.
    ///
    /// # Errors
    /// If it is not valid, or is not registered in time.
    pub async fn register(&self, source: &str) -> Result<u32> {
        let definition = pipeline::parse("test", source).map_err(|faults| faults.to_string())?;
        let name = definition.name.as_str();
        self.upload(&format!("pipelines/{name}.yaml"), source).await?;
        let (table, hash) = (self.table(), definition.hash().as_str());
        eventually(&format!("the registration of {name}"), async || {
            let latest = table.latest(name).await?.filter(|latest| latest.hash == hash);
            Ok(latest.map(|latest| latest.version))
        })
        .await
    }

    /// Sends a request, or whatever `body` is. The message's id.
    ///
    /// # Errors
    /// If SQS does not take it.
    pub async fn request(&self, body: &str) -> Result<String> {
        self.send(REQUEST_QUEUE, body).await
    }

    /// Sends a message to a queue. The message's id.
    ///
    /// # Errors
    /// If SQS does not take it.
    pub async fn send(&self, queue: &str, body: &str) -> Result<String> {
        let url = self.sqs().get_queue_url().queue_name(queue).send().await?;
        let sent = self.sqs().send_message().set_queue_url(url.queue_url).message_body(body).send().await?;
        sent.message_id.ok_or_else(|| "SQS answered without a message id".into())
    }

    /// Asks for a run of a pipeline. The id that the run will have.
    ///
    /// # Errors
    /// If SQS does not take the request.
    pub async fn run(&self, pipeline: &str, params: Value) -> Result<RunId> {
        let message =
            self.request(&json!({ "action": "run", "pipeline": pipeline, "params": params }).to_string()).await?;
        Ok(RunId::of(pipeline, &format!("sqs\n{REQUEST_QUEUE}\n{message}")))
    }

    /// Waits until a run and all its stages have ended. It, whole.
    ///
    /// # Errors
    /// If it does not end in time.
    pub async fn ended(&self, run: &RunId) -> Result<WholeRun> {
        let table = self.table();
        eventually(&format!("the end of run {run}"), async || {
            Ok(table.whole_run(run).await?.filter(|whole| whole.run.value.run.has_ended()))
        })
        .await
    }

    /// The runs that were admitted, the newest first.
    ///
    /// # Errors
    /// If they cannot be listed.
    pub async fn runs(&self) -> Result<Vec<RunId>> {
        let lines = self.table().latest_runs(Timestamp::from_ms(u64::MAX >> 1), 1000).await?;
        Ok(lines.into_iter().map(|line| line.id).collect())
    }

    /// Waits for the first run of a pipeline that a trigger starts.
    ///
    /// # Errors
    /// If there is none in time.
    pub async fn first_run(&self, pipeline: &str) -> Result<RunId> {
        let table = self.table();
        eventually(&format!("a run of {pipeline}"), async || {
            let lines = table.latest_runs(Timestamp::from_ms(u64::MAX >> 1), 1000).await?;
            Ok(lines.into_iter().find(|line| line.pipeline == pipeline).map(|line| line.id))
        })
        .await
    }

    /// Waits until a request from that source is kept as rejected.
    ///
    /// # Errors
    /// If it is not in time.
    pub async fn rejection(&self, source: &str) -> Result<Rejection> {
        let table = self.table();
        eventually(&format!("the rejection of {source}"), async || {
            let today = table.rejections(Timestamp::from_ms(Clock::System.now_ms())).await?;
            Ok(today.into_iter().find(|rejection| rejection.source == source))
        })
        .await
    }

    /// What a stage's job wrote in its first try.
    ///
    /// # Errors
    /// If the stage has no job, or the job no log.
    pub fn log(&self, stage: &Stage) -> Result<Vec<u8>> {
        let job = stage.job().ok_or("the stage has no job")?.as_str().parse()?;
        Ok(std::fs::read(local_batch::log_path(self.folder(), &job, 1))?)
    }
}

/// Where the jobs find the programs of this workspace: beside the folder of this test.
fn folder_of_binaries() -> Vec<PathBuf> {
    let this = std::env::current_exe().unwrap_or_default();
    this.ancestors().nth(2).map(Path::to_owned).into_iter().collect()
}

impl Drop for Laptop {
    fn drop(&mut self) {
        self.serving.abort();
        drop(Group(self.folder.path()));
    }
}
