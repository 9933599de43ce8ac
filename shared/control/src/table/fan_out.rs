//! The items of a stage that is done for many, as attributes of the stage's item.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use machine::{
    ClaimId, Epoch,
    stage::{ChunkEnd, FanOut, Parts},
};

use crate::table::attributes::{Malformed, Reader, Writer};

/// What stands for a cancel.
const CANCELLED: &str = "x";

pub(crate) fn encode(writer: Writer, fan_out: &FanOut) -> Writer {
    let ended = fan_out.ended.iter().map(|(number, end)| ended(*number, *end));
    writer
        .number("fg", fan_out.generation.0)
        .text("fm", fan_out.manifest.as_str())
        .number("fi", fan_out.parts.items)
        .number("fc", fan_out.parts.chunk)
        .number("fw", fan_out.parts.window)
        .number("fr", fan_out.released)
        .text_set("ce", ended)
}

/// How a chunk ended, as a member of the set.
pub(crate) fn ended(number: u32, end: ChunkEnd) -> String {
    match end {
        ChunkEnd::Succeeded => number.to_string(),
        ChunkEnd::Failed(items) => format!("{number}:{items}"),
        ChunkEnd::Cancelled => format!("{number}:{CANCELLED}"),
    }
}

/// The inverse of [`encode`]; `None` if it is not done for many items, or they are not known.
pub(crate) fn decode(reader: Reader<'_>) -> Result<Option<FanOut>, Malformed> {
    let Some(generation) = reader.optional_number("fg")? else { return Ok(None) };
    Ok(Some(FanOut {
        generation: Epoch(generation),
        manifest: ClaimId::new(reader.text("fm")?),
        parts: Parts { items: reader.number("fi")?, chunk: reader.number("fc")?, window: reader.number("fw")? },
        released: reader.number("fr")?,
        ended: match reader.0.get("ce") {
            None => BTreeMap::new(),
            Some(AttributeValue::Ss(set)) => set
                .iter()
                .map(|text| decode_ended(text))
                .collect::<Option<_>>()
                .ok_or_else(|| reader.malformed("ce", "holds something that is no chunk"))?,
            Some(_) => return Err(reader.malformed("ce", "is not a set of strings")),
        },
    }))
}

fn decode_ended(text: &str) -> Option<(u32, ChunkEnd)> {
    let (number, end) = match text.split_once(':') {
        None => (text, ChunkEnd::Succeeded),
        Some((number, CANCELLED)) => (number, ChunkEnd::Cancelled),
        Some((number, items)) => (number, ChunkEnd::Failed(items.parse().ok()?)),
    };
    Some((number.parse().ok()?, end))
}
