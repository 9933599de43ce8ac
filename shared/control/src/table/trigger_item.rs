//! The item of a trigger: `PK=TRIGGER#<bucket or queue>`, `SK=<pipeline>#<hash of prefix and suffix>`.
//!
//! They are read consistently, so that an upload right after a registration is matched.

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, ReturnConsumedCapacity, TransactWriteItem};
use serde::{Deserialize, Serialize};

use crate::{
    run_id::short_hash,
    table::{
        Error, Item, Table,
        attributes::{Malformed, Reader, Writer},
        key,
    },
};

/// What starts runs of a pipeline: objects of a bucket, or messages of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggerRow {
    /// `s3:<bucket>` or `sqs:<queue>`.
    pub source: String,
    /// What the key must begin with.
    pub prefix: String,
    /// What the key must end with.
    pub suffix: String,
    /// The pipeline.
    pub pipeline: String,
}

impl TriggerRow {
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(crate) fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Whether an object of that key is one for this trigger.
    pub fn matches(&self, object_key: &str) -> bool {
        object_key.len() >= self.prefix.len() + self.suffix.len()
            && object_key.starts_with(&self.prefix)
            && object_key.ends_with(&self.suffix)
    }

    /// A prefix and a suffix may be as long as a key may be in all, so they go into it as a hash.
    fn key(&self) -> Item {
        let hash = short_hash(&[&self.prefix, &self.suffix]);
        key(format!("TRIGGER#{}", self.source), format!("{}#{hash}", self.pipeline))
    }
}

impl Table {
    /// The triggers of a source, read consistently.
    ///
    /// # Errors
    /// If DynamoDB fails, or an item is malformed.
    pub async fn triggers(&self, source: &str) -> Result<Vec<TriggerRow>, Error> {
        let mut pages = self
            .client
            .query()
            .table_name(self.table_name())
            .consistent_read(true)
            .key_condition_expression("PK = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(format!("TRIGGER#{source}")))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .into_paginator()
            .items()
            .send();
        let mut rows = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| Error::dynamo("Query", &error))?;
            rows.push(decode(source, &item)?);
        }
        Ok(rows)
    }

    pub(crate) fn put_trigger(&self, row: &TriggerRow) -> Result<TransactWriteItem, Error> {
        let item = Writer::new(row.key())
            .text("prefix", &row.prefix)
            .text("suffix", &row.suffix)
            .text("pipeline", &row.pipeline)
            .item();
        let put = Put::builder().table_name(self.table_name()).set_item(Some(item)).build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    pub(crate) fn delete_trigger(&self, row: &TriggerRow) -> Result<TransactWriteItem, Error> {
        let delete = Delete::builder().table_name(self.table_name()).set_key(Some(row.key())).build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}

fn decode(source: &str, item: &Item) -> Result<TriggerRow, Malformed> {
    let reader = Reader(item);
    Ok(TriggerRow {
        source: source.to_owned(),
        prefix: reader.text("prefix")?.to_owned(),
        suffix: reader.text("suffix")?.to_owned(),
        pipeline: reader.text("pipeline")?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_matches_by_prefix_and_suffix_that_do_not_overlap() {
        let row = |prefix: &str, suffix: &str| TriggerRow {
            source: "s3:b".into(),
            prefix: prefix.into(),
            suffix: suffix.into(),
            pipeline: "p".into(),
        };
        assert!(row("in/", ".csv").matches("in/a.csv"));
        assert!(row("", "").matches("anything"));
        assert!(!row("in/", ".csv").matches("in/a.csv.gz"));
        assert!(!row("in/", ".csv").matches("out/in/a.csv"));
        assert!(!row("abc", "bcd").matches("abcd"));
    }
}
