//! The item of a stage: `PK=RUN#<run>`, `SK=STAGE#<name>`, and of a chunk of one: `SK=STAGE#<name>#<generation>-<number>`. Under 1 KB, so that a write is one write unit, save for what is kept
//! of past attempts.
//!
//! | attribute | of | meaning |
//! |---|---|---|
//! | `rev` | all | revision |
//! | `epoch`, `att`, `res` | all | epoch, attempts opened, verdicts of needs (number set) |
//! | `looks` | all | second looks: `<attempt> <due> <queue>` each |
//! | `past` | all | the attempts that failed and were followed by others |
//! | `st` | all | the state's name |
//! | `since`, `prio` | READY | since when it waits for its turn, priority |
//! | `paced`, `turn` | READY | index `paced`: shard, and its place in the order |
//! | `claim`, `q`, `at`, `opened`, `since` | CLAIMED | claim, queue, since, first claimed, since when it waited for its turn |
//! | `job`, `q`, `at`, `miss`, `blocked` | SUBMITTED | job, queue, since, missing since, what blocks it |
//! | `claim` and `settle`, or `job` and `miss`; `q`, `at` | CANCELLING | target, queue, since |
//! | `fg`, `fm`, `fi`, `fc`, `fw`, `fr` | done for many items | generation, manifest, how many items, in each chunk, chunks at once, chunks released |
//! | `ce` | the same | the chunks that have ended: `<number>`, `<number>:<items that failed>` or `<number>:x` (cancelled) each (set) |
//! | `at`, `cx` | FANNED_OUT | since when, whether it was cancelled |
//! | `until` | BACKOFF | when the next attempt is to be |
//! | `job`, `ck`, `ct`, `cc`, `cf`, `start`, `at` | ended | job, cause's kind, text, exit code and children that failed, began, ended |

use std::fmt;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use machine::{
    Attempt, Cause, CauseKind, ClaimId, Epoch, JobId, JobQueue, Outcome, Resolved, Stage, Timestamp,
    stage::{CancelTarget, ChunkEnd, ChunkId, Ended, SecondLook, State},
};

use crate::{
    RunId,
    table::{
        Error, Item, Put, Table, Versioned,
        attributes::{Malformed, Reader, Writer},
        fan_out, key,
        lane_index::{PACED_INDEX, TURN, turn},
        past_attempt,
        run_item::shard_key,
    },
};

/// The longest words of AWS that are kept, in bytes: the item stays below one write unit.
const WORDS_BYTES: usize = 400;

/// The sort key's prefix.
pub(crate) const PREFIX: &str = "STAGE#";

fn stage_key(run: &RunId, stage: impl fmt::Display) -> Item {
    key(format!("RUN#{run}"), format!("{PREFIX}{stage}"))
}

impl Table {
    /// The stage's item, read consistently. `None` if it does not exist.
    ///
    /// # Errors
    /// If DynamoDB fails, or the item is malformed.
    pub async fn stage(&self, run: &RunId, stage: impl fmt::Display) -> Result<Option<Versioned<Stage>>, Error> {
        let output = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(stage_key(run, stage)))
            .consistent_read(true)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send()
            .await
            .map_err(|error| Error::dynamo("GetItem", &error))?;
        Ok(output.item().map(decode).transpose()?)
    }

    /// Writes the stage, if its item is still at `revision`.
    ///
    /// # Errors
    /// If DynamoDB fails.
    pub async fn put_stage(
        &self,
        run: &RunId,
        name: impl fmt::Display,
        stage: Stage,
        revision: u64,
    ) -> Result<Put<Stage>, Error> {
        let item = encode(stage_key(run, name), run.lane_shard(), &stage, revision + 1);
        self.put_if(item, revision, stage, decode).await
    }

    /// Notes that a chunk of a stage has ended: commutative, idempotent, and without reading. Only while the stage awaits the chunks of
    /// that generation; otherwise a conflict.
    ///
    /// # Errors
    /// If DynamoDB fails.
    pub(crate) async fn add_chunk(
        &self,
        run: &RunId,
        name: impl fmt::Display,
        chunk: ChunkId,
        end: ChunkEnd,
    ) -> Result<Put<Stage>, Error> {
        let update = self
            .client
            .update_item()
            .set_key(Some(stage_key(run, name)))
            .update_expression("ADD ce :end, rev :one")
            .condition_expression("fg = :generation AND st = :fanned_out")
            .expression_attribute_values(":end", AttributeValue::Ss(vec![fan_out::ended(chunk.number, end)]))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .expression_attribute_values(":generation", AttributeValue::N(chunk.generation.0.to_string()))
            .expression_attribute_values(":fanned_out", AttributeValue::S("FANNED_OUT".to_owned()));
        self.update(update, decode).await
    }

    /// Adds a verdict to what a stage collects: commutative, idempotent, and without reading. Only while it still collects in
    /// that epoch; otherwise a conflict.
    ///
    /// # Errors
    /// If DynamoDB fails.
    pub async fn add_resolved(
        &self,
        run: &RunId,
        name: impl fmt::Display,
        number: u32,
        epoch: Epoch,
    ) -> Result<Put<Stage>, Error> {
        let update = self
            .client
            .update_item()
            .set_key(Some(stage_key(run, name)))
            .update_expression(
                "ADD res :number, rev :one \
                 SET epoch = if_not_exists(epoch, :epoch), att = if_not_exists(att, :zero), st = if_not_exists(st, :waiting)",
            )
            .condition_expression(
                "attribute_not_exists(PK) OR (epoch = :epoch AND (st = :waiting OR st = :cancelled))",
            )
            .expression_attribute_values(":number", AttributeValue::Ns(vec![number.to_string()]))
            .expression_attribute_values(":one", AttributeValue::N("1".to_owned()))
            .expression_attribute_values(":zero", AttributeValue::N("0".to_owned()))
            .expression_attribute_values(":epoch", AttributeValue::N(epoch.0.to_string()))
            .expression_attribute_values(":waiting", AttributeValue::S(State::Waiting.name().to_owned()))
            .expression_attribute_values(":cancelled", AttributeValue::S(Outcome::Cancelled.name().to_owned()));
        self.update(update, decode).await
    }
}

/// The item of a stage, in that shard of the lane's index while it waits for its turn.
fn encode(key: Item, shard: u8, stage: &Stage, revision: u64) -> Item {
    let looks = stage.second_looks.iter().map(|look| format!("{} {} {}", look.attempt, look.due.as_ms(), look.queue));
    let writer = Writer::new(key)
        .number("rev", revision)
        .number("epoch", stage.epoch.0)
        .number("att", stage.attempt.0)
        .numbers("res", stage.resolved.numbers())
        .texts("looks", looks)
        .texts("past", stage.past.iter().map(past_attempt::encode))
        .text("st", stage.state.name());
    let writer = match &stage.fan_out {
        Some(fan_out) => fan_out::encode(writer, fan_out),
        None => writer,
    };
    encode_state(writer, shard, &stage.state).item()
}

fn encode_state(writer: Writer, shard: u8, state: &State) -> Writer {
    let ms = |time: &Option<Timestamp>| time.map(Timestamp::as_ms);
    match state {
        State::Waiting | State::Expanding => writer,
        State::FannedOut { at, cancelled } => {
            writer.number("at", at.as_ms()).optional_number("cx", cancelled.then_some(1))
        }
        State::Ready { since, priority } => writer
            .number("since", since.as_ms())
            .number("prio", priority)
            .text(PACED_INDEX, shard_key(shard))
            .text(TURN, turn(*priority, *since)),
        State::Claimed { claim, queue, at, opened_at, throttled_since } => writer
            .text("claim", claim.as_str())
            .text("q", queue.as_str())
            .number("at", at.as_ms())
            .number("opened", opened_at.as_ms())
            .optional_number("since", ms(throttled_since)),
        State::Submitted { job, queue, at, missing_since, blocked } => writer
            .text("job", job.as_str())
            .text("q", queue.as_str())
            .number("at", at.as_ms())
            .optional_number("miss", ms(missing_since))
            .optional_text("blocked", blocked.as_deref().map(shortened)),
        State::Backoff { until } => writer.number("until", until.as_ms()),
        State::Cancelling { target, queue, at } => {
            let writer = writer.text("q", queue.as_str()).number("at", at.as_ms());
            match target {
                CancelTarget::Unsettled { claim, settle_at } => {
                    writer.text("claim", claim.as_str()).number("settle", settle_at.as_ms())
                }
                CancelTarget::Job { job, missing_since } => {
                    writer.text("job", job.as_str()).optional_number("miss", ms(missing_since))
                }
            }
        }
        State::Ended(ended) => writer
            .optional_text("job", ended.job.as_ref().map(JobId::as_str))
            .optional_text("ck", ended.cause.as_ref().map(|cause| cause.kind.name()))
            .optional_text("ct", ended.cause.as_ref().map(|cause| shortened(&cause.text)))
            .optional_number("cc", ended.cause.as_ref().and_then(|cause| cause.exit_code))
            .optional_number("cf", ended.cause.as_ref().and_then(|cause| cause.children))
            .optional_number("start", ms(&ended.started_at))
            .number("at", ended.at.as_ms()),
    }
}

/// The beginning of a text, as much as is kept, cut between characters.
pub(crate) fn shortened(text: &str) -> String {
    shortened_to(WORDS_BYTES, text)
}

/// The same, of so many bytes at most.
pub(crate) fn shortened_to(most: usize, text: &str) -> String {
    text.chars()
        .scan(0, |bytes, character| {
            *bytes += character.len_utf8();
            (*bytes <= most).then_some(character)
        })
        .collect()
}

/// The inverse of [`encode`].
pub(crate) fn decode(item: &Item) -> Result<Versioned<Stage>, Malformed> {
    let reader = Reader(item);
    let resolved = Resolved::from_numbers(reader.numbers("res")?)
        .map_err(|_| reader.malformed("res", "holds a number that is no verdict"))?;
    let stage = Stage {
        epoch: Epoch(reader.number("epoch")?),
        attempt: Attempt(reader.number("att")?),
        resolved,
        second_looks: reader
            .texts("looks")?
            .into_iter()
            .map(|look| decode_look(reader, look))
            .collect::<Result<_, _>>()?,
        past: reader
            .texts("past")?
            .into_iter()
            .map(|past| past_attempt::decode(past).ok_or_else(|| reader.malformed("past", "is no past attempt")))
            .collect::<Result<_, _>>()?,
        fan_out: fan_out::decode(reader)?,
        state: decode_state(reader)?,
    };
    Ok(Versioned { value: stage, revision: reader.number("rev")? })
}

fn decode_look(reader: Reader<'_>, text: &str) -> Result<SecondLook, Malformed> {
    let parse = || {
        let mut parts = text.splitn(3, ' ');
        let attempt = Attempt(parts.next()?.parse().ok()?);
        let due = Timestamp::from_ms(parts.next()?.parse().ok()?);
        Some(SecondLook { attempt, due, queue: JobQueue::new(parts.next()?) })
    };
    parse().ok_or_else(|| reader.malformed("looks", "is not <attempt> <due> <queue>"))
}

fn decode_state(reader: Reader<'_>) -> Result<State, Malformed> {
    let time = |name| Ok(Timestamp::from_ms(reader.number(name)?));
    let optional_time = |name| Ok(reader.optional_number(name)?.map(Timestamp::from_ms));
    let queue = || Ok(JobQueue::new(reader.text("q")?));
    Ok(match reader.text("st")? {
        "WAITING" => State::Waiting,
        "READY" => State::Ready { since: time("since")?, priority: reader.number("prio")? },
        "CLAIMED" => State::Claimed {
            claim: ClaimId::new(reader.text("claim")?),
            queue: queue()?,
            at: time("at")?,
            opened_at: time("opened")?,
            throttled_since: optional_time("since")?,
        },
        "SUBMITTED" => State::Submitted {
            job: JobId::new(reader.text("job")?),
            queue: queue()?,
            at: time("at")?,
            missing_since: optional_time("miss")?,
            blocked: reader.optional_text("blocked")?.map(str::to_owned),
        },
        "EXPANDING" => State::Expanding,
        "FANNED_OUT" => State::FannedOut { at: time("at")?, cancelled: reader.optional_number::<u8>("cx")?.is_some() },
        "BACKOFF" => State::Backoff { until: time("until")? },
        "CANCELLING" => {
            let target = match reader.optional_text("job")? {
                Some(job) => CancelTarget::Job { job: JobId::new(job), missing_since: optional_time("miss")? },
                None => {
                    CancelTarget::Unsettled { claim: ClaimId::new(reader.text("claim")?), settle_at: time("settle")? }
                }
            };
            State::Cancelling { target, queue: queue()?, at: time("at")? }
        }
        name => State::Ended(Ended {
            outcome: Outcome::from_name(name).ok_or_else(|| reader.malformed("st", "is no state"))?,
            cause: decode_cause(reader)?,
            job: reader.optional_text("job")?.map(JobId::new),
            started_at: optional_time("start")?,
            at: time("at")?,
        }),
    })
}

fn decode_cause(reader: Reader<'_>) -> Result<Option<Cause>, Malformed> {
    let Some(kind) = reader.optional_text("ck")? else { return Ok(None) };
    let kind = CauseKind::from_name(kind).ok_or_else(|| reader.malformed("ck", "is no kind of cause"))?;
    let cause = Cause::new(kind, reader.optional_text("ct")?.unwrap_or_default());
    let cause = cause.with_exit_code(reader.optional_number("cc")?);
    Ok(Some(cause.with_children(reader.optional_number("cf")?)))
}

#[cfg(test)]
mod tests;
