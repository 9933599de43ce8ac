//! Reading a run whole, and listing runs.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use machine::{Stage, Timestamp};

use crate::{
    RunId,
    table::{
        Error, Item, Table, Versioned,
        attributes::{Malformed, Reader},
        run_item::{self, RUNS_INDEX, RunRecord, shard_key},
        stage_item,
    },
};

/// A run and all its stages that have an item, by name.
#[derive(Debug, Clone)]
pub struct WholeRun {
    /// The run.
    pub run: Versioned<RunRecord>,
    /// Its stages; one without an item waits, with nothing resolved.
    pub stages: HashMap<String, Versioned<Stage>>,
}

/// A line in the list of runs. It comes from an index: what it says may be seconds old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunLine {
    /// The run.
    pub id: RunId,
    /// Its pipeline.
    pub pipeline: String,
    /// Its status.
    pub status: String,
    /// When it was admitted.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

impl Table {
    /// The run with all its stages, read consistently. `None` if there is no such run.
    ///
    /// # Errors
    /// If DynamoDB fails, or an item is malformed.
    pub async fn whole_run(&self, id: &RunId) -> Result<Option<WholeRun>, Error> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .key_condition_expression("PK = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(format!("RUN#{id}")))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .into_paginator()
            .items()
            .send();
        let (mut run, mut stages) = (None, HashMap::new());
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| Error::dynamo("Query", &error))?;
            match Reader(&item).text("SK")?.strip_prefix(stage_item::PREFIX) {
                Some(name) => {
                    stages.insert(name.to_owned(), stage_item::decode(&item)?);
                }
                None => run = Some(run_item::decode(&item)?),
            }
        }
        Ok(run.map(|run| WholeRun { run, stages }))
    }

    /// The latest runs admitted before `before`, newest first, at most `limit`.
    ///
    /// # Errors
    /// If DynamoDB fails, or an entry is malformed.
    pub async fn latest_runs(&self, before: Timestamp, limit: usize) -> Result<Vec<RunLine>, Error> {
        let mut lines = Vec::new();
        for shard in 0..RunId::SHARDS {
            let output = self
                .client
                .query()
                .table_name(&self.name)
                .index_name(RUNS_INDEX)
                .key_condition_expression("runs = :shard AND created < :before")
                .expression_attribute_values(":shard", AttributeValue::S(shard_key(shard)))
                .expression_attribute_values(":before", AttributeValue::N(before.as_ms().to_string()))
                .scan_index_forward(false)
                .limit(i32::try_from(limit).unwrap_or(i32::MAX))
                .send()
                .await
                .map_err(|error| Error::dynamo("Query", &error))?;
            for item in output.items() {
                lines.push(line(item)?);
            }
        }
        lines.sort_by(|one, other| other.created_at.cmp(&one.created_at).then_with(|| one.id.cmp(&other.id)));
        lines.truncate(limit);
        Ok(lines)
    }
}

fn line(item: &Item) -> Result<RunLine, Malformed> {
    let reader = Reader(item);
    Ok(RunLine {
        id: run_item::id_of(reader)?,
        pipeline: reader.text("pipeline")?.to_owned(),
        status: reader.text("st")?.to_owned(),
        created_at: Timestamp::from_ms(reader.number("created")?),
        ended_at: reader.optional_number("ended")?.map(Timestamp::from_ms),
    })
}
