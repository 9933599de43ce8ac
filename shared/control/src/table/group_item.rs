//! The item of a concurrency group: `PK=GROUP#<hash>`, `SK=HOLDERS`.
//!
//! | attribute | meaning |
//! |---|---|
//! | `holders` | who has a place, as `<run>#<epoch>`: a set |
//!
//! **A run runs only while it is in the set**: it is added on condition of the limit before the run is written `RUNNING`, and is
//! taken out only after that epoch of the run has ended. So a request that is executed late changes nothing that matters: one that
//! adds whoever has ended takes up a place until somebody sees that, and one that takes out whoever has ended is right at any time.

use aws_sdk_dynamodb::{
    operation::{delete_item::DeleteItemError, update_item::UpdateItemError},
    types::{AttributeValue, ReturnConsumedCapacity, ReturnValue},
};
use machine::Epoch;

use crate::{
    RunId,
    run_id::short_hash,
    table::{
        Error, Item, Table,
        attributes::{Malformed, Reader},
        key,
    },
};

/// A concurrency group: some runs of one pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group(String);

/// A run in one epoch of it: what has a place, or waits for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) run: RunId,
    pub(crate) epoch: Epoch,
}

impl Group {
    /// The group of that name of a pipeline.
    pub(crate) fn of(pipeline: &str, name: &str) -> Self {
        Self(short_hash(&[pipeline, name]))
    }

    /// From what [`Group::hash`] gave.
    pub(crate) fn from_hash(hash: impl Into<String>) -> Self {
        Self(hash.into())
    }

    /// What it is called in keys and wake-ups.
    pub(crate) fn hash(&self) -> &str {
        &self.0
    }

    pub(crate) fn partition(&self) -> String {
        format!("GROUP#{}", self.0)
    }

    fn key(&self) -> Item {
        key(self.partition(), "HOLDERS")
    }
}

impl Holder {
    pub(crate) fn to_text(&self) -> String {
        format!("{}#{}", self.run, self.epoch.0)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (run, epoch) = text.split_once('#')?;
        Some(Self { run: RunId::parse(run).ok()?, epoch: Epoch(epoch.parse().ok()?) })
    }
}

impl Table {
    /// Gives a place to `holder`, unless `limit` others have one. Whether it has one now.
    pub(crate) async fn take_place(&self, group: &Group, holder: &Holder, limit: u16) -> Result<bool, Error> {
        let text = holder.to_text();
        let update = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(group.key()))
            .update_expression("ADD holders :set")
            .condition_expression("attribute_not_exists(holders) OR contains(holders, :one) OR size(holders) < :limit")
            .expression_attribute_values(":set", AttributeValue::Ss(vec![text.clone()]))
            .expression_attribute_values(":one", AttributeValue::S(text))
            .expression_attribute_values(":limit", AttributeValue::N(limit.to_string()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match update.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(Error::dynamo("UpdateItem", &error)),
        }
    }

    /// Takes the place of `holder`, which has ended in that epoch, if it has one. Whether anybody still has one.
    pub(crate) async fn leave_place(&self, group: &Group, holder: &Holder) -> Result<bool, Error> {
        let output = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(group.key()))
            .update_expression("DELETE holders :set")
            .expression_attribute_values(":set", AttributeValue::Ss(vec![holder.to_text()]))
            .return_values(ReturnValue::AllNew)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| Error::dynamo("UpdateItem", &error))?;
        Ok(output.attributes().is_some_and(|item| item.contains_key("holders")))
    }

    /// Who has a place, read consistently.
    pub(crate) async fn holders(&self, group: &Group) -> Result<Vec<Holder>, Error> {
        let output = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(group.key()))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| Error::dynamo("GetItem", &error))?;
        Ok(output.item().map(decode).transpose()?.unwrap_or_default())
    }

    /// Deletes the item of a group in which nobody has a place.
    pub(crate) async fn forget_group(&self, group: &Group) -> Result<(), Error> {
        let delete = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(group.key()))
            .condition_expression("attribute_not_exists(holders)")
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match delete.send().await {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(Error::dynamo("DeleteItem", &error)),
        }
    }
}

fn decode(item: &Item) -> Result<Vec<Holder>, Malformed> {
    let reader = Reader(item);
    let holder =
        |text: &String| Holder::parse(text).ok_or_else(|| reader.malformed("holders", "holds no <run>#<epoch>"));
    match item.get("holders") {
        None => Ok(Vec::new()),
        Some(AttributeValue::Ss(set)) => set.iter().map(holder).collect(),
        Some(_) => Err(reader.malformed("holders", "is not a set of strings")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holder_is_read_as_it_was_written() {
        let holder = Holder { run: RunId::of("p", "i"), epoch: Epoch(3) };
        let mut item = Group::of("p", "").key();
        item.insert("holders".to_owned(), AttributeValue::Ss(vec![holder.to_text()]));
        assert_eq!(decode(&item), Ok(vec![holder]));
        item.insert("holders".to_owned(), AttributeValue::Ss(vec!["what#1".to_owned()]));
        assert!(decode(&item).is_err());
        item.remove("holders");
        assert_eq!(decode(&item), Ok(Vec::new()), "DynamoDB has no empty sets");
    }

    #[test]
    fn a_group_is_one_of_its_pipeline() {
        assert_ne!(Group::of("p", "g"), Group::of("q", "g"));
        assert_ne!(Group::of("pg", ""), Group::of("p", "g"));
    }
}
