//! The item of a run: `PK=RUN#<run>`, `SK=RUN`.
//!
//! | attribute | meaning |
//! |---|---|
//! | `rev`, `epoch`, `res`, `st` | revision, epoch, verdicts of sinks, status |
//! | `pipeline`, `version`, `params`, `trigger`, `priority`, `grp` | what runs, with what, in which concurrency group; never changed |
//! | `requests` | the last requests that cancelled or retried it |
//! | `created`, `ended` | when it was admitted, and ended |
//! | `watch`, `watch_at` | index `watch`: shard and time; gone when nothing is left to look at |
//! | `runs`, `created` | index `runs`: shard and time |

use std::time::Duration;

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnConsumedCapacity},
};
use machine::{
    Epoch, Resolved, Run, Timestamp,
    run::{Outcome, Status},
};
use pipeline::Params;
use serde_json::Value;

use crate::{
    RunId,
    table::{
        Error, Item, Put, Table, Versioned,
        attributes::{Malformed, Reader, Writer},
        key,
    },
};

/// The names of the indexes, each with a partition key of its own name.
pub(crate) const WATCH_INDEX: &str = "watch";
pub(crate) const RUNS_INDEX: &str = "runs";

/// A run with all that was asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// Its id.
    pub id: RunId,
    /// The pipeline's name.
    pub pipeline: String,
    /// The version of the pipeline that it runs.
    pub version: u32,
    /// Its parameters, checked, with defaults.
    pub params: Params,
    /// What started it, as expressions see it: `{"s3": {…}}`, `{"schedule": {…}}`, `{"sqs": {…}}`.
    pub trigger: Value,
    /// Its priority, 0 to 9999.
    pub priority: u16,
    /// The name of its concurrency group within its pipeline, if it is in one.
    pub group: Option<String>,
    /// When it was admitted.
    pub created_at: Timestamp,
    /// When it is to be looked at by the sweep; `None` once nothing is left to look at.
    pub watch_at: Option<Timestamp>,
    /// Its machine.
    pub run: Run,
}

/// A run that is to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// The run.
    pub run: RunId,
    /// Since when.
    pub watch_at: Timestamp,
}

fn run_key(run: &RunId) -> Item {
    key(format!("RUN#{run}"), "RUN")
}

pub(crate) fn shard_key(shard: u8) -> String {
    format!("{shard:02}")
}

impl Table {
    /// The run's item, read consistently.
    ///
    /// # Errors
    /// If DynamoDB fails, or the item is malformed.
    pub async fn run(&self, run: &RunId) -> Result<Option<Versioned<RunRecord>>, Error> {
        let output = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(run_key(run)))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| Error::dynamo("GetItem", &error))?;
        Ok(output.item().map(decode).transpose()?)
    }

    /// Writes the run, if its item is still at `revision`.
    ///
    /// # Errors
    /// If DynamoDB fails.
    pub async fn put_run(&self, record: RunRecord, revision: u64) -> Result<Put<RunRecord>, Error> {
        let item = encode(&record, revision + 1);
        self.put_if(item, revision, record, decode).await
    }

    /// Adds a sink's verdict to what the run collects, if it has not ended, in that epoch.
    ///
    /// # Errors
    /// If DynamoDB fails.
    pub async fn add_sink(&self, run: &RunId, number: u32, epoch: Epoch) -> Result<Put<RunRecord>, Error> {
        let update = self
            .client
            .update_item()
            .set_key(Some(run_key(run)))
            .update_expression("ADD res :number, rev :one")
            .condition_expression("epoch = :epoch AND (st = :running OR st = :cancelling)")
            .expression_attribute_values(":number", AttributeValue::Ns(vec![number.to_string()]))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .expression_attribute_values(":epoch", AttributeValue::N(epoch.0.to_string()))
            .expression_attribute_values(":running", AttributeValue::S(Status::Running.name().to_owned()))
            .expression_attribute_values(":cancelling", AttributeValue::S(Status::Cancelling.name().to_owned()));
        self.update(update, decode).await
    }

    /// Sets or ends the watch of a run, if its item is still at `revision`; otherwise nothing happens.
    ///
    /// # Errors
    /// If DynamoDB fails.
    pub async fn set_watch(&self, run: &RunId, revision: u64, watch_at: Option<Timestamp>) -> Result<(), Error> {
        let update = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(run_key(run)))
            .condition_expression("rev = :rev")
            .expression_attribute_values(":rev", AttributeValue::N(revision.to_string()))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let update = match watch_at {
            Some(at) => update
                .update_expression("ADD rev :one SET watch = :shard, watch_at = :at")
                .expression_attribute_values(":shard", AttributeValue::S(shard_key(run.shard())))
                .expression_attribute_values(":at", AttributeValue::N(at.as_ms().to_string())),
            None => update.update_expression("ADD rev :one REMOVE watch, watch_at"),
        };
        match update.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(Error::dynamo("UpdateItem", &error)),
        }
    }

    /// Runs that are to be looked at by `until`, those of one shard, the most overdue first. The index only nominates.
    ///
    /// # Errors
    /// If DynamoDB fails.
    pub async fn watched(&self, shard: u8, until: Timestamp, limit: u16) -> Result<Vec<Watched>, Error> {
        let output = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(WATCH_INDEX)
            .key_condition_expression("watch = :shard AND watch_at <= :until")
            .expression_attribute_values(":shard", AttributeValue::S(shard_key(shard)))
            .expression_attribute_values(":until", AttributeValue::N(until.as_ms().to_string()))
            .limit(i32::from(limit))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| Error::dynamo("Query", &error))?;
        Ok(output.items().iter().filter_map(|item| watched(Reader(item)).ok()).collect())
    }
}

fn watched(reader: Reader<'_>) -> Result<Watched, Malformed> {
    Ok(Watched { run: id_of(reader)?, watch_at: Timestamp::from_ms(reader.number("watch_at")?) })
}

/// When a run is looked at again: between 5 and 15 minutes from now, the later the longer it has been quiet.
pub(crate) fn next_watch(created_at: Timestamp, now: Timestamp) -> Timestamp {
    let quiet: Duration = now.since(created_at) / 4;
    now.plus(quiet.clamp(machine::policy::WATCH_AFTER, machine::policy::WATCH_AT_MOST))
}

fn encode(record: &RunRecord, revision: u64) -> Item {
    let shard = shard_key(record.id.shard());
    let ended = match record.run.status {
        Status::Ended { at, .. } => Some(at.as_ms()),
        Status::Queued | Status::Running | Status::Cancelling => None,
    };
    Writer::new(run_key(&record.id))
        .number("rev", revision)
        .number("epoch", record.run.epoch.0)
        .numbers("res", record.run.resolved.numbers())
        .text("st", record.run.status.name())
        .text("pipeline", &record.pipeline)
        .number("version", record.version)
        .text("params", record.params.to_json())
        .text("trigger", record.trigger.to_string())
        .number("priority", record.priority)
        .optional_text("grp", record.group.as_ref())
        .number("created", record.created_at.as_ms())
        .optional_number("ended", ended)
        .texts("requests", record.run.requests.iter().cloned())
        .text("runs", &shard)
        .optional_text("watch", record.watch_at.map(|_| &shard))
        .optional_number("watch_at", record.watch_at.map(Timestamp::as_ms))
        .item()
}

pub(crate) fn id_of(reader: Reader<'_>) -> Result<RunId, Malformed> {
    let text = reader.text("PK")?.strip_prefix("RUN#").unwrap_or_default();
    RunId::parse(text).map_err(|_| reader.malformed("PK", "is not RUN#<run>"))
}

/// The inverse of [`encode`].
pub(crate) fn decode(item: &Item) -> Result<Versioned<RunRecord>, Malformed> {
    let reader = Reader(item);
    let group = reader.optional_text("grp")?.map(str::to_owned);
    let record = RunRecord {
        id: id_of(reader)?,
        pipeline: reader.text("pipeline")?.to_owned(),
        version: reader.number("version")?,
        params: Params::from_json(reader.text("params")?)
            .map_err(|_| reader.malformed("params", "is not a JSON object"))?,
        trigger: serde_json::from_str(reader.text("trigger")?)
            .map_err(|_| reader.malformed("trigger", "is not JSON"))?,
        priority: reader.number("priority")?,
        group: group.clone(),
        created_at: Timestamp::from_ms(reader.number("created")?),
        watch_at: reader.optional_number("watch_at")?.map(Timestamp::from_ms),
        run: Run {
            epoch: Epoch(reader.number("epoch")?),
            resolved: Resolved::from_numbers(reader.numbers("res")?)
                .map_err(|_| reader.malformed("res", "holds a number that is no verdict"))?,
            status: decode_status(reader)?,
            requests: reader.texts("requests")?.into_iter().map(str::to_owned).collect(),
            grouped: group.is_some(),
        },
    };
    Ok(Versioned { value: record, revision: reader.number("rev")? })
}

fn decode_status(reader: Reader<'_>) -> Result<Status, Malformed> {
    let ended = |outcome| Ok(Status::Ended { outcome, at: Timestamp::from_ms(reader.number("ended")?) });
    match reader.text("st")? {
        "QUEUED" => Ok(Status::Queued),
        "RUNNING" => Ok(Status::Running),
        "CANCELLING" => Ok(Status::Cancelling),
        "SUCCEEDED" => ended(Outcome::Succeeded),
        "FAILED" => ended(Outcome::Failed),
        "CANCELLED" => ended(Outcome::Cancelled),
        "SKIPPED" => ended(Outcome::Skipped),
        _ => Err(reader.malformed("st", "is no status")),
    }
}
