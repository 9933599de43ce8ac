//! The item of a rejected request: `PK=REJECTED#<day>`, `SK=<identity>`.
//!
//! It keeps where the request came from and why it was refused, but not the request itself, which may hold secrets.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use machine::Timestamp;

use crate::table::{
    Error, Table,
    attributes::{Malformed, Reader, Writer},
    key,
};

/// The longest reason that is kept, in characters.
const REASON_CHARS: usize = 16 * 1024;
/// A day in milliseconds.
const DAY_MS: u64 = 24 * 3600 * 1000;
/// After how many days DynamoDB's time to live takes it away.
const KEPT_DAYS: u64 = 30;

/// A request that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Where it came from, such as `s3://bucket/key` or `sqs://queue/message-id`.
    pub source: String,
    /// Why, in words.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

impl Table {
    /// Keeps a rejection. The same request, refused again on the same day, replaces it.
    ///
    /// # Errors
    /// If DynamoDB fails.
    pub async fn put_rejection(&self, identity: &str, rejection: &Rejection) -> Result<(), Error> {
        let day = rejection.at.as_ms() / DAY_MS;
        let item = Writer::new(key(partition(day), crate::run_id::short_hash(&[identity])))
            .text("source", &rejection.source)
            .text("reason", rejection.reason.chars().take(REASON_CHARS).collect::<String>())
            .number("at", rejection.at.as_ms())
            .number("ttl", (day + KEPT_DAYS) * DAY_MS / 1000)
            .item();
        self.client
            .put_item()
            .table_name(self.table_name())
            .set_item(Some(item))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| Error::dynamo("PutItem", &error))?;
        Ok(())
    }

    /// The rejections of the day of `at` (UTC), in no order.
    ///
    /// # Errors
    /// If DynamoDB fails, or an item is malformed.
    pub async fn rejections(&self, at: Timestamp) -> Result<Vec<Rejection>, Error> {
        let mut pages = self
            .client
            .query()
            .table_name(self.table_name())
            .consistent_read(true)
            .key_condition_expression("PK = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(partition(at.as_ms() / DAY_MS)))
            .into_paginator()
            .items()
            .send();
        let mut rejections = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| Error::dynamo("Query", &error))?;
            rejections.push(decode(Reader(&item))?);
        }
        Ok(rejections)
    }
}

fn partition(day: u64) -> String {
    format!("REJECTED#{day}")
}

fn decode(reader: Reader<'_>) -> Result<Rejection, Malformed> {
    Ok(Rejection {
        source: reader.text("source")?.to_owned(),
        reason: reader.text("reason")?.to_owned(),
        at: Timestamp::from_ms(reader.number("at")?),
    })
}
