//! A gathering as attributes, and back.

use machine::{
    Timestamp,
    gathering::{Gathering, Outcome, State},
};

use super::{GatheringId, GatheringRecord};
use crate::table::{
    Item, Versioned,
    attributes::{Malformed, Reader},
};

pub(super) fn id_of(reader: Reader<'_>) -> Result<GatheringId, Malformed> {
    let id = reader.text("PK")?.strip_prefix("GATHER#").unwrap_or_default().to_owned();
    GatheringId::try_from(id).map_err(|_| reader.malformed("PK", "is not GATHER#<id>"))
}

pub(super) fn encode_outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Run(run) => run.clone(),
        Outcome::Rejected => "REJECTED".to_owned(),
        Outcome::Empty => "EMPTY".to_owned(),
    }
}

pub(super) fn decode(item: &Item) -> Result<Versioned<GatheringRecord>, Malformed> {
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
