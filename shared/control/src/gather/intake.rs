//! Intake: what one invocation brings goes into the gatherings that are open, by two writes for each of them.

use std::collections::{BTreeSet, VecDeque};

use machine::gathering::{Effect, Gathering, Goal, MOST_BYTES, State, Terms, outstanding};
use pipeline::Gather;
use serde_json::{Map, Value};

use super::{Entry, terms};
use crate::{
    Control, Error,
    table::{
        Put,
        gathering_item::{GatheringId, GatheringRecord, Of, Reservation, Scope},
        trigger_item::TriggerRow,
    },
};

/// How many entries go into a slot, at most.
const ENTRIES: usize = 100;
/// How many bytes of entries go into a slot, at most, unless it is a single one.
const BYTES: usize = 256 * 1024;
/// How many lanes a batch may go through at once.
const LANES: u8 = 16;
/// How often a slot is looked for before the events are left to another invocation.
const TRIES: usize = 30;

/// What one invocation has for gatherings, by trigger and group, each with the message that brought it.
#[derive(Debug, Default)]
pub struct Intake {
    message: String,
    lots: Vec<Lot>,
}

/// What is for one gathering.
#[derive(Debug)]
struct Lot {
    row: TriggerRow,
    gather: Gather,
    key: Map<String, Value>,
    entries: Vec<Entry>,
    messages: BTreeSet<String>,
}

impl Intake {
    /// What is added from here on is brought by this message.
    pub fn begin(&mut self, message: &str) {
        message.clone_into(&mut self.message);
    }

    /// Adds an entry for the group with these parts of the key in common.
    pub(crate) fn add(&mut self, row: &TriggerRow, gather: &Gather, parts: &Map<String, Value>, entry: Entry) {
        let common = |name: &String| Some((name.clone(), parts.get(name)?.clone()));
        let key: Map<String, Value> = gather.by().iter().filter_map(common).collect();
        let same = |lot: &&mut Lot| lot.row.pipeline == row.pipeline && lot.row.is_same_item(row) && lot.key == key;
        match self.lots.iter_mut().find(same) {
            Some(lot) => {
                lot.entries.push(entry);
                lot.messages.insert(self.message.clone());
            }
            None => self.lots.push(Lot {
                row: row.clone(),
                gather: gather.clone(),
                key,
                entries: vec![entry],
                messages: BTreeSet::from([self.message.clone()]),
            }),
        }
    }
}

impl Lot {
    fn of(&self, scope: &Scope, number: u32) -> Of {
        Of {
            pipeline: self.row.pipeline.clone(),
            version: self.row.version,
            position: self.row.position,
            source: self.row.source.clone(),
            key: self.key.clone(),
            scope: scope.clone(),
            number,
        }
    }
}

impl Control {
    /// Puts what an invocation has into its gatherings. The messages whose entries are to be brought again.
    pub async fn gather(&self, intake: Intake) -> BTreeSet<String> {
        let mut again = BTreeSet::new();
        for lot in intake.lots {
            if let Err(error) = self.gather_lot(&lot).await {
                tracing::error!(pipeline = lot.row.pipeline, %error, "events for a gathering are to be delivered again");
                again.extend(lot.messages);
            }
        }
        again
    }

    async fn gather_lot(&self, lot: &Lot) -> Result<(), Error> {
        let room = Gathering::room(terms(&lot.gather).goal);
        let mut pieces = pieces(&lot.entries, usize::try_from(room).unwrap_or(ENTRIES));
        let mut in_vain = 0;
        while let Some(piece) = pieces.pop_front() {
            match self.gather_piece(lot, piece).await? {
                Taken::All => {
                    in_vain = 0;
                    continue;
                }
                Taken::None => pieces.push_front(piece),
                // So many fit in.
                Taken::Split(at) => {
                    let (first, rest) = piece.split_at_checked(at).unwrap_or((piece, &[]));
                    [rest, first].into_iter().filter(|part| !part.is_empty()).for_each(|part| pieces.push_front(part));
                }
            }
            in_vain += 1;
            if in_vain > TRIES {
                return Err(Error::Contended(format!("gatherings of {}", lot.row.pipeline)));
            }
        }
        Ok(())
    }

    /// Reserves a slot in the gathering that is open, and fills it.
    async fn gather_piece(&self, lot: &Lot, piece: &[Entry]) -> Result<Taken, Error> {
        let (terms, now) = (terms(&lot.gather), self.now());
        let (scope, number) = self.lane(lot, piece, terms.goal).await?;
        let id = GatheringId::of(&scope, number);
        let of = lot.of(&scope, number);
        let reservation = reservation(&of, piece, terms, now);
        match self.table.reserve(&id, &reservation).await? {
            Put::Written(record) => {
                let entries = serde_json::to_string(piece)
                    .map_err(|error| Error::Service { service: "serde_json", message: error.to_string() })?;
                let slot = record.value.gathering.slots;
                if !self.table.fill_slot(&id, slot, Some(&entries), now).await? {
                    // It was closed and settled meanwhile.
                    return Ok(Taken::None);
                }
                let marks = reservation.marks > 0;
                self.follow(&record.value, terms, marks).await?;
                Ok(Taken::All)
            }
            Put::Conflict(Some(record)) => match record.value.gathering.state {
                State::Open => {
                    let left = Gathering::room(terms.goal).saturating_sub(record.value.gathering.items);
                    if left > 0 && record.value.gathering.bytes < MOST_BYTES {
                        return Ok(Taken::Split(usize::try_from(left).unwrap_or(usize::MAX)));
                    }
                    self.follow(&record.value, terms, false).await?;
                    Ok(Taken::None)
                }
                State::Closed { .. } | State::Ended { .. } => {
                    self.table.pass_gathering(&scope, number).await?;
                    Ok(Taken::None)
                }
            },
            Put::Conflict(None) => Ok(Taken::None),
        }
    }

    /// The lane to take, and which of its gatherings takes more: the first one, unless that is busy.
    async fn lane(&self, lot: &Lot, piece: &[Entry], goal: Goal) -> Result<(Scope, u32), Error> {
        let group = Value::Object(lot.key.clone()).to_string();
        let scope = |lane| Scope::new(&lot.row.pipeline, &lot.row.item_name(), &group, lane);
        let first = scope(0);
        let number = self.table.current_gathering(&first).await?;
        match goal {
            Goal::Batch { .. } => {}
            // A set is one, however much comes.
            Goal::Count { .. } | Goal::Marker { .. } => return Ok((first, number)),
        }
        let open = self.table.gathering(&GatheringId::of(&first, number)).await?;
        let busy = open.is_some_and(|open| open.gathering.state == State::Open && open.gathering.is_busy(self.now()));
        if !busy {
            return Ok((first, number));
        }
        let spread = piece.first().and_then(|entry| entry.member.bytes().next()).unwrap_or_default();
        let other = scope(spread % LANES);
        let number = self.table.current_gathering(&other).await?;
        Ok((other, number))
    }

    /// What follows from a gathering that was just added to: it is closed, or woken when it is time.
    async fn follow(&self, record: &GatheringRecord, terms: Terms, marks: bool) -> Result<(), Error> {
        let now = self.now();
        match outstanding(&record.gathering, terms, now) {
            Some(Effect::Look) => {
                // Closed here and now, so that the next one opens; whoever is woken does the rest.
                self.close(record, terms).await?;
                self.table.pass_gathering(&record.of.scope, record.of.number).await?;
                self.wake_for_gathering(&record.id, None).await
            }
            Some(Effect::Count | Effect::Settle) => self.wake_for_gathering(&record.id, None).await,
            Some(Effect::LookAt(at)) if record.gathering.slots == 1 || marks => {
                self.wake_when_due(&record.id, at).await
            }
            Some(Effect::LookAt(_)) | None => Ok(()),
        }
    }
}

/// What became of a piece.
enum Taken {
    All,
    None,
    /// So many of it would fit in.
    Split(usize),
}

fn reservation<'a>(of: &'a Of, piece: &[Entry], terms: Terms, now: machine::Timestamp) -> Reservation<'a> {
    let count = |marker: bool| piece.iter().filter(|entry| entry.marker == marker).count();
    let bytes: usize = piece.iter().map(Entry::bytes).sum();
    let items = u32::try_from(count(false)).unwrap_or(u32::MAX);
    Reservation {
        of,
        now,
        closes_at: now.plus(terms.window),
        items,
        bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
        marks: u32::try_from(count(true)).unwrap_or(u32::MAX),
        items_before: Gathering::room(terms.goal).saturating_sub(items),
        bytes_before: MOST_BYTES,
    }
}

/// The entries in pieces that fit into a slot each, and into a gathering that has room for so many.
fn pieces(entries: &[Entry], room: usize) -> VecDeque<&[Entry]> {
    let most = ENTRIES.min(room.max(1));
    let mut pieces = VecDeque::new();
    let (mut start, mut bytes) = (0, 0);
    for (at, entry) in entries.iter().enumerate() {
        if at > start && (at - start == most || bytes + entry.bytes() > BYTES) {
            pieces.extend(entries.get(start..at));
            (start, bytes) = (at, 0);
        }
        bytes += entry.bytes();
    }
    pieces.extend(entries.get(start..).filter(|rest| !rest.is_empty()));
    pieces
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(bytes: usize) -> Entry {
        Entry { member: "m".to_owned(), item: json!("x".repeat(bytes)), sequencer: String::new(), marker: false }
    }

    #[test]
    fn entries_are_cut_into_pieces_that_fit_into_an_item() {
        let sizes = |entries: &[Entry]| pieces(entries, 10_000).iter().map(|piece| piece.len()).collect::<Vec<_>>();
        assert_eq!(sizes(&[]), [0; 0]);
        assert_eq!(sizes(&vec![entry(1); 250]), [100, 100, 50]);
        assert_eq!(sizes(&vec![entry(100_000); 5]), [2, 2, 1]);
        assert_eq!(sizes(&vec![entry(super::super::MOST_ENTRY_BYTES); 2]), [1, 1]);
        assert_eq!(pieces(&vec![entry(1); 5], 2).iter().map(|piece| piece.len()).collect::<Vec<_>>(), [2, 2, 1]);
    }
}
