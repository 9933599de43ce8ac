//! The item of the lane's pace: `PK=LANE`, `SK=SUBMIT_JOB`. There is one, which all who drain the lane share.
//!
//! | attribute | meaning |
//! |---|---|
//! | `rev` | revision |
//! | `next` | when the next slot is |
//! | `rate` | slots in a thousand seconds |

use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use machine::{Pace, Timestamp, pace::Rate};

use crate::table::{
    Error, Item, Put, Table, Versioned,
    attributes::{Malformed, Reader, Writer},
    key,
};

fn pace_key() -> Item {
    key("LANE", "SUBMIT_JOB")
}

impl Table {
    /// The lane's pace, read consistently; at revision 0 that of a lane that was never used.
    ///
    /// # Errors
    /// If DynamoDB fails, or the item is malformed.
    pub async fn pace(&self) -> Result<Versioned<Pace>, Error> {
        let output = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(pace_key()))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| Error::dynamo("GetItem", &error))?;
        let read = output.item().map(decode).transpose()?;
        Ok(read.unwrap_or(Versioned { value: Pace::first(), revision: 0 }))
    }

    /// Writes the lane's pace, if its item is still at `revision`.
    ///
    /// # Errors
    /// If DynamoDB fails.
    pub async fn put_pace(&self, pace: Pace, revision: u64) -> Result<Put<Pace>, Error> {
        self.put_if(encode(pace, revision + 1), revision, pace, decode).await
    }
}

fn encode(pace: Pace, revision: u64) -> Item {
    Writer::new(pace_key()).number("rev", revision).number("next", pace.next.as_ms()).number("rate", pace.rate.0).item()
}

/// The inverse of [`encode`].
fn decode(item: &Item) -> Result<Versioned<Pace>, Malformed> {
    let reader = Reader(item);
    let pace = Pace { next: Timestamp::from_ms(reader.number("next")?), rate: Rate(reader.number("rate")?) };
    Ok(Versioned { value: pace, revision: reader.number("rev")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_is_read_as_it_was_written() {
        let (pace, _) = Pace::first().reserve(Timestamp::from_ms(1_795_500_000_000));
        assert_eq!(decode(&encode(pace, 7)), Ok(Versioned { value: pace, revision: 7 }));
    }
}
