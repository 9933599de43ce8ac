//! The use cases, over the AWS SDKs: admit a run, advance it, look at it, cancel it, retry it, register a pipeline.
//!
//! Each does the same: load, [`machine`] decides, commit by one conditional write, perform what the committed state asks for.
//! The Lambdas only decode their event and call one of these.

mod admit;
mod advance;
mod arrays;
mod bind;
mod cancel;
mod cascade;
mod chunks;
pub mod config;
mod drive;
mod expand;
mod gather;
mod groups;
mod invocation;
mod job_events;
pub mod jobs;
pub mod lambda;
mod lane;
mod lines;
mod look;
mod messages;
mod objects;
mod outputs;
mod perform;
pub mod place;
mod redrive;
mod register;
mod reject;
pub mod request;
mod resolve;
mod retry;
mod rules;
mod run_context;
mod run_id;
mod schedules;
mod sweep;
pub mod table;
pub mod telemetry;
mod trigger_rows;
mod uploads;
pub mod wake;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ambient::{Clock, Ids};
use aws_config::{SdkConfig, timeout::TimeoutConfig};
use machine::Timestamp;
use pipeline::Definition;

pub use admit::Admission;
pub use cascade::Rest;
pub use config::Config;
pub use gather::Intake;
pub use invocation::Invocation;
pub use redrive::{FIRST_MESSAGE_ID, redrive};
pub use register::{REGISTER_PREFIX, Registered};
pub use rules::Rules;
pub use run_id::{NotARunId, RunId};
pub use schedules::Firing;
pub use table::rejected_item::Rejection;
pub use uploads::{UploadOutcome, UploadedObject};

use jobs::Jobs;
use table::Table;

/// How long one attempt of a request may take, save `SubmitJob`, which has a timeout of its own. Each is tried three times.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(5);

/// Why a use case could not be finished. All of it may be tried again, from the beginning: whatever was done is found done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The table.
    #[error(transparent)]
    Table(#[from] table::Error),
    /// Batch.
    #[error(transparent)]
    Jobs(#[from] jobs::Error),
    /// Another AWS service.
    #[error("{service}: {message}")]
    Service {
        /// Which.
        service: &'static str,
        /// What it or the SDK said.
        message: String,
    },
    /// Others wrote the same item again and again.
    #[error("{0} changed too often while it was written")]
    Contended(String),
    /// A definition is gone, or can no longer be read.
    #[error("version {version} of pipeline {pipeline} {problem}")]
    Definition {
        /// The pipeline.
        pipeline: String,
        /// The version.
        version: u32,
        /// What is wrong.
        problem: String,
    },
}

/// The control plane. It holds clients and a cache of immutable definitions, and nothing that matters.
#[derive(Debug)]
pub struct Control {
    config: Config,
    clock: Clock,
    ids: Ids,
    rules: Rules,
    table: Table,
    jobs: Jobs,
    s3: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
    scheduler: aws_sdk_scheduler::Client,
    definitions: Mutex<HashMap<(String, u32), Arc<Definition>>>,
}

impl Control {
    /// Over the services that `sdk` reaches. All clients share its HTTP client.
    pub fn new(config: Config, sdk: &SdkConfig, clock: Clock, ids: Ids) -> Self {
        let sdk = &with_timeouts(sdk);
        let s3 = aws_sdk_s3::config::Builder::from(sdk).force_path_style(sdk.endpoint_url().is_some()).build();
        Self {
            table: Table::new(aws_sdk_dynamodb::Client::new(sdk), &config.table),
            jobs: Jobs::new(aws_sdk_batch::Client::new(sdk)),
            s3: aws_sdk_s3::Client::from_conf(s3),
            sqs: aws_sdk_sqs::Client::new(sdk),
            scheduler: aws_sdk_scheduler::Client::new(sdk),
            config,
            clock,
            ids,
            rules: Rules::default(),
            definitions: Mutex::default(),
        }
    }

    /// The same, with other rules.
    #[must_use]
    pub fn with_rules(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// The table, for those who only read.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The names of the installation's parts.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_ms(self.clock.now_ms())
    }

    /// One version of a pipeline, parsed. `None` if there is no such version.
    ///
    /// # Errors
    /// If it cannot be read, or no longer parses.
    pub async fn definition(&self, pipeline: &str, version: u32) -> Result<Option<Arc<Definition>>, Error> {
        let key = (pipeline.to_owned(), version);
        if let Some(definition) = self.cache().get(&key) {
            return Ok(Some(Arc::clone(definition)));
        }
        let Some(stored) = self.table.version(pipeline, version).await? else { return Ok(None) };
        let parsed = pipeline::parse(&format!("{pipeline} v{version}"), &stored.source);
        let definition = Arc::new(parsed.map_err(|faults| Error::Definition {
            pipeline: pipeline.to_owned(),
            version,
            problem: format!("no longer parses: {}", faults.summary()),
        })?);
        self.cache().insert(key, Arc::clone(&definition));
        Ok(Some(definition))
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, HashMap<(String, u32), Arc<Definition>>> {
        self.definitions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The SDKs wait for an answer as long as it takes, by default. A request that was lost must not cost a whole invocation.
fn with_timeouts(sdk: &SdkConfig) -> SdkConfig {
    let mut timeouts = TimeoutConfig::builder().operation_attempt_timeout(ATTEMPT_TIMEOUT).build();
    if let Some(given) = sdk.timeout_config() {
        timeouts.take_defaults_from(given);
    }
    sdk.clone().into_builder().timeout_config(timeouts).build()
}
