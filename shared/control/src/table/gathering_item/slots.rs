//! The slots of a gathering, and whose an upload or a message is: each written once, for good.

use std::{collections::BTreeMap, fmt};

use aws_sdk_dynamodb::{error::SdkError, operation::put_item::PutItemError, types::ReturnConsumedCapacity};
use machine::Timestamp;

use super::{GatheringId, text, ttl};
use crate::table::{
    Error, Item, Table,
    attributes::{Reader, Writer},
    key,
};

impl Table {
    /// Fills a slot, or voids it if there is nothing to fill it with. `false` if the other has been done already.
    pub(crate) async fn fill_slot(
        &self,
        id: &GatheringId,
        slot: u32,
        entries: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let item = Writer::new(id.key(format!("SLOT#{slot:05}"))).optional_text("entries", entries);
        let put = self.client.put_item().set_item(Some(with_ttl(item.item(), now)));
        let put = put.table_name(&self.name).condition_expression("attribute_not_exists(PK)");
        held(put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await)
    }

    /// The slots that are filled, or voided, by number.
    pub(crate) async fn slots(&self, id: &GatheringId) -> Result<BTreeMap<u32, Option<String>>, Error> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .key_condition_expression("PK = :pk AND begins_with(SK, :slots)")
            .expression_attribute_values(":pk", text(format!("GATHER#{id}")))
            .expression_attribute_values(":slots", text("SLOT#"))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .into_paginator()
            .items()
            .send();
        let mut slots = BTreeMap::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| Error::dynamo("Query", &error))?;
            let reader = Reader(&item);
            let slot = reader.text("SK")?.strip_prefix("SLOT#").and_then(|slot| slot.parse().ok());
            let slot = slot.ok_or_else(|| reader.malformed("SK", "is not SLOT#<number>"))?;
            slots.insert(slot, reader.optional_text("entries")?.map(str::to_owned));
        }
        Ok(slots)
    }

    /// Whether an upload or a message is this gathering's: nobody's before, or its own already.
    pub(crate) async fn claim_member(&self, member: &str, id: &GatheringId, now: Timestamp) -> Result<bool, Error> {
        let item = Writer::new(key(format!("MEMBER#{member}"), "MEMBER")).text("gathering", id.as_str());
        let put = self.client.put_item().set_item(Some(with_ttl(item.item(), now)));
        let put = put
            .table_name(&self.name)
            .condition_expression("attribute_not_exists(PK) OR gathering = :gathering")
            .expression_attribute_values(":gathering", text(id.as_str()));
        held(put.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await)
    }
}

fn with_ttl(mut item: Item, from: Timestamp) -> Item {
    item.insert("ttl".to_owned(), ttl(from));
    item
}

/// Whether the condition of a put held.
fn held<T, R: fmt::Debug>(put: Result<T, SdkError<PutItemError, R>>) -> Result<bool, Error> {
    match put {
        Ok(_) => Ok(true),
        Err(error) if error.as_service_error().is_some_and(PutItemError::is_conditional_check_failed_exception) => {
            Ok(false)
        }
        Err(error) => Err(Error::dynamo("PutItem", &error)),
    }
}
