//! The items of a pipeline: `PK=PIPELINE#<name>`.
//!
//! `SK=V#<number>` holds the text of an immutable version, `SK=HASH#<hash>` the number of the version with that content, and
//! `SK=LATEST` which version is run, and how many there are. A registration writes them, and the triggers, in one transaction.

use aws_sdk_dynamodb::{
    operation::transact_write_items::TransactWriteItemsError,
    types::{AttributeValue, Put, ReturnConsumedCapacity, TransactWriteItem},
};

use crate::table::{
    Error, Item, Table,
    attributes::{Malformed, Reader, Writer},
    key,
    trigger_item::TriggerRow,
};

/// Which version of a pipeline is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latest {
    /// The version that new runs take.
    pub version: u32,
    /// The SHA-256 of its text.
    pub hash: String,
    /// The highest version there is.
    pub highest: u32,
    /// The triggers that were written with it, so that the next registration can take them away.
    pub triggers: Vec<TriggerRow>,
    /// The names of its schedules, likewise.
    pub schedules: Vec<String>,
    /// Raised by each registration.
    pub revision: u64,
}

/// One version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its number, from 1.
    pub number: u32,
    /// The SHA-256 of its text.
    pub hash: String,
    /// The text of the definition.
    pub source: String,
}

/// What a registration writes.
#[derive(Debug, Clone)]
pub struct Registration<'a> {
    /// The pipeline's name.
    pub pipeline: &'a str,
    /// What `LATEST` becomes.
    pub latest: &'a Latest,
    /// What it was; `None` if the pipeline is new.
    pub before: Option<&'a Latest>,
    /// The version to write, unless it is there already.
    pub new_version: Option<&'a Version>,
}

fn pipeline_key(name: &str, sk: impl Into<String>) -> Item {
    key(format!("PIPELINE#{name}"), sk)
}

impl Table {
    /// Which version of the pipeline is run, read consistently. `None` if there is no such pipeline.
    ///
    /// # Errors
    /// If DynamoDB fails, or the item is malformed.
    pub async fn latest(&self, pipeline: &str) -> Result<Option<Latest>, Error> {
        let item = self.get(pipeline_key(pipeline, "LATEST")).await?;
        Ok(item.as_ref().map(decode_latest).transpose()?)
    }

    /// One version of a pipeline.
    ///
    /// # Errors
    /// If DynamoDB fails, or the item is malformed.
    pub async fn version(&self, pipeline: &str, number: u32) -> Result<Option<Version>, Error> {
        let item = self.get(pipeline_key(pipeline, format!("V#{number}"))).await?;
        Ok(item.as_ref().map(decode_version).transpose()?)
    }

    /// The number of the version with this content, if there is one.
    ///
    /// # Errors
    /// If DynamoDB fails, or the item is malformed.
    pub async fn version_of_hash(&self, pipeline: &str, hash: &str) -> Result<Option<u32>, Error> {
        let item = self.get(pipeline_key(pipeline, format!("HASH#{hash}"))).await?;
        Ok(item.as_ref().map(|item| Reader(item).number("version")).transpose()?)
    }

    /// Writes a registration: all of it, or nothing. `false` if somebody else registered the pipeline since it was read.
    ///
    /// # Errors
    /// If DynamoDB fails.
    pub async fn register(&self, registration: &Registration<'_>) -> Result<bool, Error> {
        let mut actions = vec![self.put_latest(registration)?];
        if let Some(version) = registration.new_version {
            actions.push(self.put_new(encode_version(registration.pipeline, version))?);
            actions.push(self.put_new(encode_hash(registration.pipeline, version))?);
        }
        let before = registration.before.map(|latest| latest.triggers.as_slice()).unwrap_or_default();
        let after = &registration.latest.triggers;
        for gone in before.iter().filter(|row| !after.iter().any(|after| after.is_same_item(row))) {
            actions.push(self.delete_trigger(gone)?);
        }
        for row in after {
            actions.push(self.put_trigger(row)?);
        }
        let written = self
            .client
            .transact_write_items()
            .set_transact_items(Some(actions))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match written {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(is_conflict) => Ok(false),
            Err(error) => Err(Error::dynamo("TransactWriteItems", &error)),
        }
    }

    async fn get(&self, key: Item) -> Result<Option<Item>, Error> {
        let output = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| Error::dynamo("GetItem", &error))?;
        Ok(output.item)
    }

    fn put_latest(&self, registration: &Registration<'_>) -> Result<TransactWriteItem, Error> {
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(encode_latest(registration.pipeline, registration.latest)));
        let put = match registration.before {
            None => put.condition_expression("attribute_not_exists(PK)"),
            Some(before) => put
                .condition_expression("rev = :rev")
                .expression_attribute_values(":rev", AttributeValue::N(before.revision.to_string())),
        };
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }

    fn put_new(&self, item: Item) -> Result<TransactWriteItem, Error> {
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(PK)")
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    pub(crate) fn table_name(&self) -> &str {
        &self.name
    }
}

/// Whether a transaction was cancelled because somebody else wrote one of its items.
fn is_conflict(error: &TransactWriteItemsError) -> bool {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { return false };
    let conflict = |code| matches!(code, Some("ConditionalCheckFailed" | "TransactionConflict"));
    cancelled.cancellation_reasons().iter().any(|reason| conflict(reason.code()))
}

fn encode_latest(pipeline: &str, latest: &Latest) -> Item {
    Writer::new(pipeline_key(pipeline, "LATEST"))
        .number("rev", latest.revision)
        .number("version", latest.version)
        .number("highest", latest.highest)
        .text("hash", &latest.hash)
        .texts("triggers", latest.triggers.iter().map(TriggerRow::to_json))
        .texts("schedules", latest.schedules.iter().cloned())
        .item()
}

fn decode_latest(item: &Item) -> Result<Latest, Malformed> {
    let reader = Reader(item);
    let triggers = reader.texts("triggers")?.into_iter().map(|text| {
        TriggerRow::from_json(text).ok_or_else(|| reader.malformed("triggers", "holds something that is no trigger"))
    });
    Ok(Latest {
        version: reader.number("version")?,
        hash: reader.text("hash")?.to_owned(),
        highest: reader.number("highest")?,
        triggers: triggers.collect::<Result<_, _>>()?,
        schedules: reader.texts("schedules")?.into_iter().map(str::to_owned).collect(),
        revision: reader.number("rev")?,
    })
}

fn encode_version(pipeline: &str, version: &Version) -> Item {
    Writer::new(pipeline_key(pipeline, format!("V#{}", version.number)))
        .number("version", version.number)
        .text("hash", &version.hash)
        .text("source", &version.source)
        .item()
}

fn encode_hash(pipeline: &str, version: &Version) -> Item {
    Writer::new(pipeline_key(pipeline, format!("HASH#{}", version.hash))).number("version", version.number).item()
}

fn decode_version(item: &Item) -> Result<Version, Malformed> {
    let reader = Reader(item);
    Ok(Version {
        number: reader.number("version")?,
        hash: reader.text("hash")?.to_owned(),
        source: reader.text("source")?.to_owned(),
    })
}
