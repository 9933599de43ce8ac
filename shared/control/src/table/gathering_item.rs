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

use std::{collections::BTreeMap, fmt, time::Duration};

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::{AttributeValue, ReturnConsumedCapacity, ReturnValue},
};
use machine::{
    Timestamp,
    gathering::{Gathering, Outcome, State},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    run_id::{RunId, short_hash},
    table::{
        Error, Item, Put, Table, Versioned,
        attributes::{Malformed, Reader, Writer},
        key,
        run_item::WATCH_INDEX,
    },
};

/// How many shards of the index `watch` gatherings have for themselves.
pub(crate) const WATCH_SHARDS: u8 = 4;
/// How long the items are kept after they were written: longer than SQS keeps a message, and its dead letter after it.
const KEPT: Duration = Duration::from_secs(60 * 24 * 3600);
/// After how long one that has closed is looked at, if it has not ended by then.
const SETTLES_WITHIN: Duration = Duration::from_secs(120);

/// The id of a gathering: 24 characters of lower-case base32.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GatheringId(String);

/// Which gatherings follow one another: of one trigger, one group, and one lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope(String);

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

impl Scope {
    pub(crate) fn new(pipeline: &str, trigger: &str, group: &str, lane: u8) -> Self {
        Self(short_hash(&["gathering", pipeline, trigger, group, &lane.to_string()]))
    }
}

impl GatheringId {
    pub(crate) fn of(scope: &Scope, number: u32) -> Self {
        Self(short_hash(&[&scope.0, &number.to_string()]))
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn shard(&self) -> String {
        let number = self.0.bytes().next().unwrap_or_default() % WATCH_SHARDS;
        watch_shard(number)
    }

    fn key(&self, sk: impl Into<String>) -> Item {
        key(format!("GATHER#{}", self.0), sk)
    }
}

impl fmt::Display for GatheringId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for GatheringId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // Both are the same hash, in the same form.
        RunId::parse(&text).map(|_| Self(text)).map_err(|_| "it is not the id of a gathering")
    }
}

impl From<GatheringId> for String {
    fn from(id: GatheringId) -> Self {
        id.0
    }
}

fn watch_shard(number: u8) -> String {
    format!("g{number:02}")
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
        let got = self.client.get_item().table_name(&self.name).set_key(Some(current_key(scope))).consistent_read(true);
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
            .set_key(Some(current_key(scope)))
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

fn current_key(scope: &Scope) -> Item {
    key(format!("GATHERING#{}", scope.0), "CURRENT")
}

fn ttl(from: Timestamp) -> AttributeValue {
    number(from.plus(KEPT).as_ms() / 1000)
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

fn id_of(reader: Reader<'_>) -> Result<GatheringId, Malformed> {
    let id = reader.text("PK")?.strip_prefix("GATHER#").unwrap_or_default().to_owned();
    GatheringId::try_from(id).map_err(|_| reader.malformed("PK", "is not GATHER#<id>"))
}

fn encode_outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Run(run) => run.clone(),
        Outcome::Rejected => "REJECTED".to_owned(),
        Outcome::Empty => "EMPTY".to_owned(),
    }
}

fn decode(item: &Item) -> Result<Versioned<GatheringRecord>, Malformed> {
    let reader = Reader(item);
    let time = |name| Ok(Timestamp::from_ms(reader.number(name)?));
    let state = match reader.text("st")? {
        "OPEN" => State::Open,
        "CLOSED" => State::Closed { at: time("closed_ms")? },
        "ENDED" => State::Ended {
            at: time("ended_ms")?,
            outcome: match reader.text("outcome")? {
                "REJECTED" => Outcome::Rejected,
                "EMPTY" => Outcome::Empty,
                run => Outcome::Run(run.to_owned()),
            },
        },
        _ => return Err(reader.malformed("st", "is no status of a gathering")),
    };
    let record = GatheringRecord {
        id: id_of(reader)?,
        of: serde_json::from_str(reader.text("of")?).map_err(|_| reader.malformed("of", "is not whose it is"))?,
        gathering: Gathering {
            opened_at: time("opened_ms")?,
            closes_at: time("closes_ms")?,
            slots: reader.number("n_slots")?,
            items: reader.number("n_items")?,
            bytes: reader.number("n_bytes")?,
            marks: reader.number("n_marks")?,
            marked_at: reader.optional_number("marked_ms")?.map(Timestamp::from_ms),
            in_vain: reader.optional_number("in_vain")?.unwrap_or_default(),
            state,
        },
    };
    Ok(Versioned { value: record, revision: reader.number("rev")? })
}
