//! The items of a gathering: uploads or messages that become one run.
//!
//! | item | PK | SK |
//! |---|---|---|
//! | the gathering | `GATHER#<id>` | `GATHER` |
//! | one of its slots | `GATHER#<id>` | `SLOT#<number>` |
//! | which gathering of a scope takes more | `GATHERING#<scope>` | `CURRENT` |
//! | whose an upload or a message is | `MEMBER#<id>` | `MEMBER` |
//!
//! A slot is reserved by an upsert of the gathering, which commutes with others like it, and is then filled by whoever reserved it, or
//! voided by whoever settles the gathering, but never both. So what a closed gathering consists of is the same for everybody.
//!
//! Of the gathering:
//!
//! | attribute | meaning |
//! |---|---|
//! | `rev`, `st` | revision, status |
//! | `opened_ms`, `closes_ms`, `closed_ms`, `ended_ms` | since when it is open, until when, since when closed, and ended |
//! | `n_slots`, `n_items`, `n_bytes`, `n_marks`, `marked_ms`, `in_vain` | what was announced, and what of it was in vain |
//! | `of` | whose it is, as JSON: pipeline, version, position of the trigger, source, the parts of the key that it is by, scope and number |
//! | `outcome` | the run, or `REJECTED`, or `EMPTY` |
//! | `watch`, `watch_at` | index `watch`: shard and time; gone when nothing is left to do |
//! | `ttl` | when DynamoDB takes it away, once it has ended |
//!
//! Which gathering takes more is kept for good, so that none ever has the id of another.

mod codec;
mod id;
mod slots;

use std::{fmt, time::Duration};

use aws_sdk_dynamodb::{
    operation::update_item::UpdateItemError,
    types::{AttributeValue, ReturnConsumedCapacity, ReturnValue},
};
use machine::{
    Timestamp,
    gathering::{Gathering, State},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::table::{Error, Put, Table, attributes::Reader, run_item::WATCH_INDEX};
use codec::{decode, encode_outcome, id_of};
use id::watch_shard;
pub use id::{GatheringId, Scope};

/// How many shards of the index `watch` gatherings have for themselves.
pub(crate) const WATCH_SHARDS: u8 = 4;
/// How long the items are kept after they were written: longer than SQS keeps a message, and its dead letter after it.
const KEPT: Duration = Duration::from_secs(60 * 24 * 3600);
/// After how long one that has closed is looked at, if it has not ended by then.
const SETTLES_WITHIN: Duration = Duration::from_secs(120);

/// A gathering with what it is of.
#[derive(Debug, Clone, PartialEq)]
pub struct GatheringRecord {
    /// Its id.
    pub id: GatheringId,
    /// Whose it is.
    pub of: Of,
    /// Its machine.
    pub gathering: Gathering,
}

/// Whose a gathering is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Of {
    /// The pipeline.
    pub pipeline: String,
    /// The version whose trigger opened it.
    pub version: u32,
    /// Where the trigger stands in the definition.
    pub position: u16,
    /// `s3:<bucket>` or `sqs:<queue>`.
    pub source: String,
    /// The parts of the key that all of it have in common.
    pub key: Map<String, Value>,
    /// Which others come before and after it.
    pub scope: Scope,
    /// The how manieth of them it is, from 1.
    pub number: u32,
}

/// What is announced with a slot.
#[derive(Debug, Clone)]
pub(crate) struct Reservation<'a> {
    pub(crate) of: &'a Of,
    pub(crate) now: Timestamp,
    /// When the window is over, should this open it.
    pub(crate) closes_at: Timestamp,
    pub(crate) items: u32,
    pub(crate) bytes: u64,
    pub(crate) marks: u32,
    /// How many items there may be before, at most.
    pub(crate) items_before: u32,
    /// How many bytes there must be fewer of before.
    pub(crate) bytes_before: u64,
}

fn number(value: impl fmt::Display) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

impl Table {
    /// Which gathering of a scope takes more, as far as is known: it may have closed.
    pub(crate) async fn current_gathering(&self, scope: &Scope) -> Result<u32, Error> {
        let got = self.client.get_item().table_name(&self.name).set_key(Some(scope.key())).consistent_read(true);
        let output = got.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
        let output = output.map_err(|error| Error::dynamo("GetItem", &error))?;
        Ok(output.item().map(|item| Reader(item).number("current")).transpose()?.unwrap_or(1))
    }

    /// The one after `closed` takes more, unless a later one does.
    pub(crate) async fn pass_gathering(&self, scope: &Scope, closed: u32) -> Result<(), Error> {
        let updated = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(scope.key()))
            .update_expression("SET #current = :next")
            .condition_expression("attribute_not_exists(PK) OR #current < :next")
            .expression_attribute_names("#current", "current")
            .expression_attribute_values(":next", number(closed.saturating_add(1)))
            .return_values(ReturnValue::AllNew)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await;
        match updated {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(Error::dynamo("UpdateItem", &error)),
        }
    }

    /// A gathering, read consistently.
    ///
    /// # Errors
    /// If DynamoDB fails, or the item is malformed.
    pub async fn gathering(&self, id: &GatheringId) -> Result<Option<GatheringRecord>, Error> {
        let got = self.client.get_item().table_name(&self.name).set_key(Some(id.key("GATHER"))).consistent_read(true);
        let output = got.return_consumed_capacity(ReturnConsumedCapacity::Total).send().await;
        let output = output.map_err(|error| Error::dynamo("GetItem", &error))?;
        Ok(output.item().map(decode).transpose()?.map(|read| read.value))
    }

    /// Reserves a slot, if the gathering is open and has room; it is opened by its first slot. The slot's number is how many there are.
    pub(crate) async fn reserve(
        &self,
        id: &GatheringId,
        reservation: &Reservation<'_>,
    ) -> Result<Put<GatheringRecord>, Error> {
        let Reservation { of, now, closes_at, items, bytes, marks, items_before, bytes_before } = reservation;
        let marked = if *marks > 0 { ", marked_ms = :now" } else { "" };
        let of = serde_json::to_string(of).unwrap_or_default();
        let update = self
            .client
            .update_item()
            .set_key(Some(id.key("GATHER")))
            .update_expression(format!(
                "SET st = :open, #of = if_not_exists(#of, :of), opened_ms = if_not_exists(opened_ms, :now), \
                 closes_ms = if_not_exists(closes_ms, :closes), watch = if_not_exists(watch, :watch), \
                 watch_at = if_not_exists(watch_at, :closes){marked} \
                 ADD rev :one, n_slots :one, n_items :items, n_bytes :bytes, n_marks :marks"
            ))
            .condition_expression(
                "attribute_not_exists(PK) OR (st = :open AND n_items <= :items_before AND n_bytes < :bytes_before)",
            )
            .expression_attribute_names("#of", "of")
            .expression_attribute_values(":open", text("OPEN"))
            .expression_attribute_values(":of", text(of))
            .expression_attribute_values(":now", number(now.as_ms()))
            .expression_attribute_values(":closes", number(closes_at.as_ms()))
            .expression_attribute_values(":watch", text(id.shard()))
            .expression_attribute_values(":one", number(1))
            .expression_attribute_values(":items", number(items))
            .expression_attribute_values(":bytes", number(bytes))
            .expression_attribute_values(":marks", number(marks))
            .expression_attribute_values(":items_before", number(items_before))
            .expression_attribute_values(":bytes_before", number(bytes_before));
        self.update(update, decode).await
    }

    /// Commits what a gathering becomes. What closes it can only become truer, so it needs to be but open; and what ends it, but closed.
    pub(crate) async fn commit_gathering(
        &self,
        id: &GatheringId,
        next: &Gathering,
    ) -> Result<Put<GatheringRecord>, Error> {
        let update = self.client.update_item().set_key(Some(id.key("GATHER")));
        let update = update.condition_expression("st = :before").expression_attribute_values(":one", number(1));
        let update = match &next.state {
            State::Open => update
                .update_expression("SET in_vain = :in_vain ADD rev :one")
                .expression_attribute_values(":before", text("OPEN"))
                .expression_attribute_values(":in_vain", number(next.in_vain)),
            State::Closed { at } => update
                .update_expression("SET st = :closed, closed_ms = :at, watch_at = :settles ADD rev :one")
                .expression_attribute_values(":before", text("OPEN"))
                .expression_attribute_values(":closed", text("CLOSED"))
                .expression_attribute_values(":at", number(at.as_ms()))
                .expression_attribute_values(":settles", number(at.plus(SETTLES_WITHIN).as_ms())),
            State::Ended { at, outcome } => update
                .update_expression(
                    "SET st = :ended, ended_ms = :at, outcome = :outcome, #ttl = :ttl REMOVE watch, watch_at ADD rev :one",
                )
                .expression_attribute_names("#ttl", "ttl")
                .expression_attribute_values(":ttl", ttl(*at))
                .expression_attribute_values(":before", text("CLOSED"))
                .expression_attribute_values(":ended", text("ENDED"))
                .expression_attribute_values(":at", number(at.as_ms()))
                .expression_attribute_values(":outcome", text(encode_outcome(outcome))),
        };
        self.update(update, decode).await
    }

    /// Gatherings that something is to be done for by `until`, those of one shard, the most overdue first. The index only nominates.
    ///
    /// # Errors
    /// If DynamoDB fails.
    pub async fn due_gatherings(&self, shard: u8, until: Timestamp, limit: u16) -> Result<Vec<GatheringId>, Error> {
        let output = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(WATCH_INDEX)
            .key_condition_expression("watch = :shard AND watch_at <= :until")
            .expression_attribute_values(":shard", text(watch_shard(shard)))
            .expression_attribute_values(":until", number(until.as_ms()))
            .limit(i32::from(limit))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| Error::dynamo("Query", &error))?;
        Ok(output.items().iter().filter_map(|item| id_of(Reader(item)).ok()).collect())
    }
}

fn ttl(from: Timestamp) -> AttributeValue {
    number(from.plus(KEPT).as_ms() / 1000)
}
