//! The one DynamoDB table: what its items are, and how they are read and written.
//!
//! | item | PK | SK | file |
//! |---|---|---|---|
//! | run | `RUN#<run>` | `RUN` | [`run_item`] |
//! | stage | `RUN#<run>` | `STAGE#<name>` | [`stage_item`] |
//! | a pipeline's latest version | `PIPELINE#<name>` | `LATEST` | [`pipeline_item`] |
//! | a pipeline's version | `PIPELINE#<name>` | `V#<number>` | [`pipeline_item`] |
//! | a version by its content | `PIPELINE#<name>` | `HASH#<hash>` | [`pipeline_item`] |
//! | trigger | `TRIGGER#<bucket or queue>` | `<pipeline>#<hash of what it takes>` | [`trigger_item`] |
//! | who has a place in a concurrency group | `GROUP#<hash>` | `HOLDERS` | [`group_item`] |
//! | who waits for one | `GROUP#<hash>` | `WAIT#<order>#<run>#<epoch>` | [`waiting_item`] |
//! | gathering, its slots | `GATHER#<gathering>` | `GATHER`, `SLOT#<number>` | [`gathering_item`] |
//! | which gathering takes more | `GATHERING#<scope>` | `CURRENT` | [`gathering_item`] |
//! | whose an upload or message is | `MEMBER#<upload or message>` | `MEMBER` | [`gathering_item`] |
//! | the lane's pace | `LANE` | `SUBMIT_JOB` | [`pace_item`] |
//! | rejected request | `REJECTED#<day>` | `<hash of the request's identity>` | [`rejected_item`] |
//!
//! **Every write of a machine's item raises its revision, and every decision is committed under the revision it was made on.**
//! So whatever happened in between, a decision is taken anew or not at all. The writes without a revision are the
//! upserts of a verdict (`add_resolved`, `add_sink`), which commute.

pub mod attributes;
pub(crate) mod fan_out;
pub mod gathering_item;
pub(crate) mod group_item;
pub mod lane_index;
pub mod pace_item;
mod past_attempt;
pub mod pipeline_item;
pub mod rejected_item;
pub mod run_item;
pub mod schema;
pub mod stage_item;
pub mod trigger_item;
pub(crate) mod waiting_item;
pub mod whole_run;

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    Client,
    error::{BuildError, DisplayErrorContext, SdkError},
    operation::{
        put_item::PutItemError,
        update_item::{UpdateItemError, builders::UpdateItemFluentBuilder},
    },
    types::{AttributeValue, ReturnConsumedCapacity, ReturnValue, ReturnValuesOnConditionCheckFailure},
};

use attributes::Malformed;

/// An item as the SDK has it.
pub type Item = HashMap<String, AttributeValue>;

/// The table. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Table {
    client: Client,
    name: String,
}

/// A value with the revision it was read or written at. Revision 0 is that of an item that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// Its revision.
    pub revision: u64,
}

/// What became of a conditional write.
#[derive(Debug, Clone)]
pub enum Put<T> {
    /// It is written.
    Written(Versioned<T>),
    /// It is not: the item is another than was assumed, this one, or none.
    Conflict(Option<Versioned<T>>),
}

/// Why the table could not be read or written. A write may have happened all the same; every write here may be repeated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// DynamoDB did not do it.
    #[error("DynamoDB: {operation}: {message}")]
    Dynamo {
        /// The operation.
        operation: &'static str,
        /// What the service or the SDK said.
        message: String,
    },
    /// An item is not what it should be.
    #[error("an item of the table cannot be read: {0}")]
    Malformed(#[from] Malformed),
}

impl Error {
    fn dynamo<E, R>(operation: &'static str, error: &SdkError<E, R>) -> Self
    where
        E: std::error::Error + 'static,
        R: std::fmt::Debug,
    {
        Self::Dynamo { operation, message: DisplayErrorContext(error).to_string() }
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        Self::Dynamo { operation: "a request that lacks something", message: error.to_string() }
    }
}

impl Table {
    /// The table of that name.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }
}

impl Table {
    /// Puts an item, if the one that is there is still at `revision`.
    async fn put_if<T: Clone>(
        &self,
        item: Item,
        revision: u64,
        written: T,
        decode: fn(&Item) -> Result<Versioned<T>, Malformed>,
    ) -> Result<Put<T>, Error> {
        let put = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let put = match revision {
            0 => put.condition_expression("attribute_not_exists(PK)"),
            _ => put
                .condition_expression("rev = :rev")
                .expression_attribute_values(":rev", AttributeValue::N(revision.to_string())),
        };
        match put.send().await {
            Ok(_) => Ok(Put::Written(Versioned { value: written, revision: revision + 1 })),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(Put::Conflict(failed.item().map(decode).transpose()?))
                }
                _ => Err(Error::dynamo("PutItem", &error)),
            },
        }
    }

    /// Sends an update that raises the item's revision, and reads what became of it.
    async fn update<T>(
        &self,
        update: UpdateItemFluentBuilder,
        decode: fn(&Item) -> Result<Versioned<T>, Malformed>,
    ) -> Result<Put<T>, Error> {
        let updated = update
            .table_name(&self.name)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match updated {
            Ok(output) => {
                let item = output.attributes().ok_or_else(|| Error::Dynamo {
                    operation: "UpdateItem",
                    message: "answered without the attributes that were asked for".to_owned(),
                })?;
                Ok(Put::Written(decode(item)?))
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    Ok(Put::Conflict(failed.item().map(decode).transpose()?))
                }
                _ => Err(Error::dynamo("UpdateItem", &error)),
            },
        }
    }
}

/// `PK` and `SK`.
fn key(pk: impl Into<String>, sk: impl Into<String>) -> Item {
    HashMap::from([("PK".to_owned(), AttributeValue::S(pk.into())), ("SK".to_owned(), AttributeValue::S(sk.into()))])
}
