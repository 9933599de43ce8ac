//! The items of the runs that wait for a place in a concurrency group: `PK=GROUP#<hash>`, `SK=WAIT#<order>#<run>#<epoch>`.
//!
//! They only nominate, in order: whether a run waits says its own item. They are read consistently, so that nobody is overtaken
//! because an index does not show it yet.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use machine::GroupOrder;

use crate::table::{
    Error, Item, Table,
    attributes::{Malformed, Reader},
    group_item::{Group, Holder},
    key,
};

const PREFIX: &str = "WAIT#";

/// A run that waits for a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Which.
    pub(crate) holder: Holder,
    sort_key: String,
}

impl Waiting {
    pub(crate) fn new(holder: Holder, order: GroupOrder) -> Self {
        // As many digits as any number has, so that texts are in the order of numbers.
        let sort_key = format!("{PREFIX}{:020}#{}", order.get(), holder.to_text());
        Self { holder, sort_key }
    }

    fn decode(item: &Item) -> Result<Self, Malformed> {
        let reader = Reader(item);
        let sort_key = reader.text("SK")?;
        let (_, holder) = sort_key.strip_prefix(PREFIX).and_then(|rest| rest.split_once('#')).unwrap_or_default();
        let holder =
            Holder::parse(holder).ok_or_else(|| reader.malformed("SK", "is not WAIT#<order>#<run>#<epoch>"))?;
        Ok(Self { holder, sort_key: sort_key.to_owned() })
    }
}

impl Table {
    /// Notes that a run waits.
    pub(crate) async fn put_waiting(&self, group: &Group, waiting: &Waiting) -> Result<(), Error> {
        self.client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(key(group.partition(), &waiting.sort_key)))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| Error::dynamo("PutItem", &error))?;
        Ok(())
    }

    /// Notes that it waits no more.
    pub(crate) async fn delete_waiting(&self, group: &Group, waiting: &Waiting) -> Result<(), Error> {
        self.client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key(group.partition(), &waiting.sort_key)))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| Error::dynamo("DeleteItem", &error))?;
        Ok(())
    }

    /// The first `limit` of those that wait, in order.
    pub(crate) async fn waiting_for_place(&self, group: &Group, limit: u16) -> Result<Vec<Waiting>, Error> {
        let output = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .key_condition_expression("PK = :pk AND begins_with(SK, :wait)")
            .expression_attribute_values(":pk", AttributeValue::S(group.partition()))
            .expression_attribute_values(":wait", AttributeValue::S(PREFIX.to_owned()))
            .limit(i32::from(limit))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| Error::dynamo("Query", &error))?;
        Ok(output.items().iter().map(Waiting::decode).collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use machine::{Epoch, Timestamp};

    use super::*;
    use crate::RunId;

    #[test]
    fn the_order_is_that_of_the_keys() {
        let waiting = |priority, ms| {
            let holder = Holder { run: RunId::of("p", "i"), epoch: Epoch(1) };
            Waiting::new(holder, GroupOrder::new(priority, Timestamp::from_ms(ms)))
        };
        assert!(waiting(0, 999).sort_key < waiting(0, 1_000).sort_key, "9 digits are before 10");
        assert!(waiting(1, 100_000).sort_key < waiting(0, 50_000).sort_key);
        let written = waiting(7, 1_795_500_000_000);
        assert_eq!(Waiting::decode(&key("GROUP#x", &written.sort_key)), Ok(written));
        for bad in ["WAIT#", "WAIT#1#x#1", "HOLDERS"] {
            assert!(Waiting::decode(&key("GROUP#x", bad)).is_err(), "{bad}");
        }
    }
}
