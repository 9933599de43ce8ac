//! A client of an installation, over the AWS SDKs: the table to read, and the two doors.
//!
//! Whether it is a server or a stack matters only while it is found. That nothing is there is found out first, in words.

mod find;
mod request;
mod server;
mod stack;

use std::path::Path;

use ambient::Clock;
use aws_config::SdkConfig;
use control::{RunId, table::Table};
use machine::Timestamp;
use pipeline::Definition;

use crate::{exit::Failure, installation::Installation, place::Place};

/// A client of an installation.
#[derive(Debug)]
pub(crate) struct Client {
    /// The names of its parts.
    pub(crate) installation: Installation,
    /// The table, to read.
    pub(crate) table: Table,
    /// AWS Batch, to read.
    pub(crate) batch: aws_sdk_batch::Client,
    /// CloudWatch Logs, to read. A server has none.
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    /// The first door: files and definitions.
    pub s3: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
    clock: Clock,
}

impl Client {
    /// Finds the installation. `data_dir` is the data folder of the server, if it is one on this machine.
    ///
    /// # Errors
    /// If nothing is there, with what to do about it.
    pub(crate) async fn connect(place: &Place, data_dir: &Path, clock: Clock) -> Result<Self, Failure> {
        match place {
            Place::Server { endpoint } => {
                server::reach(endpoint).await?;
                let installation = Installation::on_server(endpoint, data_dir);
                Ok(Self::new(&server::sdk_config(endpoint), installation, clock))
            }
            Place::Stack(stack) => {
                let sdk = Box::pin(stack::sdk_config(stack)).await?;
                let installation = Box::pin(stack::find(&sdk, &stack.name)).await?;
                Ok(Self::new(&sdk, installation, clock))
            }
        }
    }

    fn new(sdk: &SdkConfig, installation: Installation, clock: Clock) -> Self {
        // Where the endpoint is not AWS's own, nobody may know a host whose name begins with that of a bucket.
        let s3 = aws_sdk_s3::config::Builder::from(sdk).force_path_style(sdk.endpoint_url().is_some()).build();
        Self {
            table: Table::new(aws_sdk_dynamodb::Client::new(sdk), &installation.table),
            installation,
            batch: aws_sdk_batch::Client::new(sdk),
            logs: aws_sdk_cloudwatchlogs::Client::new(sdk),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sqs: aws_sdk_sqs::Client::new(sdk),
            clock,
        }
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.clock.now_ms())
    }

    /// The definition that new runs of the pipeline take.
    ///
    /// # Errors
    /// If there is no such pipeline, or the table cannot be read.
    pub(crate) async fn latest_definition(&self, pipeline: &str) -> Result<Definition, Failure> {
        let latest = self.table.latest(pipeline).await?;
        let Some(latest) = latest else {
            return Err(Failure::nothing_there(format!(
                "there is no pipeline `{pipeline}`; `batchwright register FILE` makes one"
            )));
        };
        let definition = self.definition(pipeline, latest.version).await?;
        definition.ok_or_else(|| Failure::failed(format!("{pipeline} v{} cannot be read", latest.version)))
    }

    /// A version of a pipeline. `None` if it is gone, or no longer parses: a run of it can be shown all the same.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub(crate) async fn definition(&self, pipeline: &str, version: u32) -> Result<Option<Definition>, Failure> {
        let stored = self.table.version(pipeline, version).await?;
        Ok(stored.and_then(|stored| pipeline::parse(&format!("{pipeline} v{version}"), &stored.source).ok()))
    }
}

/// What to say of a run that is not there.
pub(crate) fn no_such_run(run: &RunId) -> Failure {
    Failure::nothing_there(format!("there is no run {run}; `batchwright ps` lists the latest"))
}
