//! The index `paced`: the stages that were throttled and wait for their turn, the highest priority first, then the oldest.
//!
//! It is sharded by run, in fewer shards than the other indexes are, and only nominates: whoever is named may have had its turn.

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use futures_util::future::try_join_all;
use machine::Timestamp;

use crate::{
    RunId,
    table::{
        Error, Item, Table,
        attributes::{Malformed, Reader},
        run_item::{id_of, shard_key},
        stage_item,
    },
};

/// The name of the index, and of its partition key.
pub(crate) const PACED_INDEX: &str = "paced";
/// The name of its sort key.
pub(crate) const TURN: &str = "turn";

/// A stage that waits for its turn. They are in the order of their turns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Waiting {
    turn: String,
    /// The run.
    pub run: RunId,
    /// The stage, by name.
    pub stage: String,
}

impl Table {
    /// Those whose turn comes first: up to `limit` of each shard, in order.
    ///
    /// # Errors
    /// If DynamoDB fails, or an entry is malformed.
    pub async fn waiting(&self, limit: usize) -> Result<Vec<Waiting>, Error> {
        let shards = try_join_all((0..RunId::LANE_SHARDS).map(|shard| self.waiting_in(shard, limit))).await?;
        let mut waiting: Vec<Waiting> = shards.into_iter().flatten().collect();
        waiting.sort_unstable();
        Ok(waiting)
    }

    async fn waiting_in(&self, shard: u8, limit: usize) -> Result<Vec<Waiting>, Error> {
        let output = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(PACED_INDEX)
            .key_condition_expression("paced = :shard")
            .expression_attribute_values(":shard", AttributeValue::S(shard_key(shard)))
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| Error::dynamo("Query", &error))?;
        Ok(output.items().iter().map(decode).collect::<Result<_, _>>()?)
    }
}

/// Sorts the highest priority first, then whoever has waited longest.
pub(crate) fn turn(priority: u16, since: Timestamp) -> String {
    format!("{:05}#{:015}", u16::MAX - priority, since.as_ms())
}

fn decode(item: &Item) -> Result<Waiting, Malformed> {
    let reader = Reader(item);
    let stage = reader.text("SK")?.strip_prefix(stage_item::PREFIX);
    Ok(Waiting {
        turn: reader.text(TURN)?.to_owned(),
        run: id_of(reader)?,
        stage: stage.ok_or_else(|| reader.malformed("SK", "is not STAGE#<name>"))?.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_priority_goes_first_and_then_the_oldest() {
        let at = Timestamp::from_ms;
        let mut turns = [
            turn(0, at(1)),
            turn(9999, at(20_000_000_000_000)),
            turn(100, at(3)),
            turn(9999, at(4)),
            turn(100, at(20)),
        ];
        turns.sort();
        let right = [
            turn(9999, at(4)),
            turn(9999, at(20_000_000_000_000)),
            turn(100, at(3)),
            turn(100, at(20)),
            turn(0, at(1)),
        ];
        assert_eq!(turns, right);
    }
}
