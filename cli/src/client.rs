//! A client of the server, over the AWS SDKs: the table to read, and the two doors.
//!
//! That nobody listens is found at once, before any SDK tries again for seconds.

mod endpoint;
mod find;
mod request;

use ambient::Clock;
use aws_config::SdkConfig;
use control::{RunId, table::Table};
use local_surface::TABLE;
use machine::Timestamp;
use pipeline::Definition;

use crate::exit::Failure;

pub(crate) use request::Sent;

/// A client of the server.
#[derive(Debug)]
pub(crate) struct Client {
    /// The table, to read.
    pub(crate) table: Table,
    /// AWS Batch, to read.
    pub(crate) batch: aws_sdk_batch::Client,
    /// The first door: files and definitions.
    pub s3: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
    clock: Clock,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// If the endpoint is no URL, or nobody listens there: then within two seconds.
    pub(crate) async fn connect(endpoint: &str, clock: Clock) -> Result<Self, Failure> {
        endpoint::reach(endpoint).await?;
        let sdk: SdkConfig = endpoint::sdk_config(endpoint);
        // The name of a bucket as the first label of the host name needs a DNS server that knows it.
        let s3 = aws_sdk_s3::config::Builder::from(&sdk).force_path_style(true).build();
        Ok(Self {
            table: Table::new(aws_sdk_dynamodb::Client::new(&sdk), TABLE),
            batch: aws_sdk_batch::Client::new(&sdk),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sqs: aws_sdk_sqs::Client::new(&sdk),
            clock,
        })
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
