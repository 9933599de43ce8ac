//! A stage that is done once for each of many items: its chunks, each a machine of its own.
//!
//! A chunk is like a stage that needs nothing and tells nobody but the stage it is of. It may begin once it is *released*; what
//! becomes of the stage follows from how its chunks have ended.

use std::collections::BTreeMap;

use pipeline::{ALL, Foreach, MAX_JOBS, Mode};

use crate::{Cause, CauseKind, ClaimId, Epoch, Outcome};

/// How many children an array job of AWS Batch has at most.
const ARRAY: u32 = 10_000;
/// How many chunks there are at most: each is an item of the table.
pub const MAX_CHUNKS: u32 = 2_000;
/// Into how many chunks what is worked on at once is parted: fewer would leave more of it idle at the end of each.
const PARTS: u32 = 4;

/// Which chunk of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChunkId {
    /// The epoch of the run in which the items were read: what is read anew has chunks of its own.
    pub generation: Epoch,
    /// Its number, from 0.
    pub number: u32,
}

/// How a chunk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChunkEnd {
    /// All its items succeeded.
    Succeeded,
    /// That many of its items failed; of more than it has, all of them.
    Failed(u32),
    /// It was cancelled.
    Cancelled,
}

/// The items of a stage, and what has become of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FanOut {
    /// The epoch of the run in which they were read.
    pub generation: Epoch,
    /// Under what they were written down.
    pub manifest: ClaimId,
    /// How they are parted.
    pub parts: Parts,
    /// How many chunks may have begun; it only grows.
    pub released: u32,
    /// The chunks that have ended.
    pub ended: BTreeMap<u32, ChunkEnd>,
}

/// How many items there are, and how they are parted into chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Parts {
    /// How many items.
    pub items: u32,
    /// How many in each chunk; in the last perhaps fewer.
    pub chunk: u32,
    /// How many chunks are worked on at once.
    pub window: u32,
}

impl Parts {
    /// The parts of so many items.
    ///
    /// # Errors
    /// If there are more than there may be.
    pub fn of(items: u32, foreach: &Foreach) -> Result<Self, Cause> {
        let refused = |text: String| Err(Cause::new(CauseKind::Expression, text));
        let least = items.div_ceil(MAX_CHUNKS).max(1);
        let chunk = match (foreach.mode, foreach.max_parallel) {
            (Mode::Jobs, _) if items > MAX_JOBS => {
                return refused(format!(
                    "there are {items} items, and at most {MAX_JOBS} may have a job each: leave `mode: jobs` out"
                ));
            }
            (Mode::Jobs, _) => 1,
            (Mode::Array, None) => even(items, ARRAY),
            (Mode::Array, Some(parallel)) => (parallel / PARTS).clamp(1, ARRAY).max(least.min(parallel)),
        };
        let parts =
            Self { items, chunk, window: foreach.max_parallel.map_or(u32::MAX, |parallel| (parallel / chunk).max(1)) };
        if chunk > ARRAY || parts.chunks() > MAX_CHUNKS {
            let most = MAX_CHUNKS.saturating_mul(chunk.min(ARRAY));
            return refused(format!("there are {items} items, and at most {most} with this `max_parallel`"));
        }
        Ok(parts)
    }

    /// How many chunks there are.
    pub fn chunks(self) -> u32 {
        self.items.div_ceil(self.chunk.max(1))
    }

    /// How many items a chunk has.
    pub fn len(self, number: u32) -> u32 {
        self.items.saturating_sub(number.saturating_mul(self.chunk)).min(self.chunk)
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.items == 0
    }
}

/// The size of parts that are as alike as can be, of at most so many.
fn even(items: u32, most: u32) -> u32 {
    items.div_ceil(items.div_ceil(most).max(1)).max(1)
}

impl FanOut {
    /// Of items that were just read.
    pub fn new(generation: Epoch, manifest: ClaimId, parts: Parts) -> Self {
        let released = parts.window.min(parts.chunks());
        Self { generation, manifest, parts, released, ended: BTreeMap::new() }
    }

    /// The chunks that may have begun, and have not ended as far as is known; no more than may be worked on at once.
    pub fn open(&self) -> impl Iterator<Item = ChunkId> {
        let chunk = |number| ChunkId { generation: self.generation, number };
        let at_once = usize::try_from(self.parts.window).unwrap_or(usize::MAX);
        (0..self.released).filter(|number| !self.ended.contains_key(number)).take(at_once).map(chunk)
    }

    /// Whether what its chunks have come to has a consequence that was not drawn: others may begin, or the stage may end.
    pub fn is_behind(&self, cancelled: bool) -> bool {
        let cancelled = cancelled || self.is_cancelled();
        self.open().next().is_none() || (!cancelled && self.clone().released().released > self.released)
    }

    /// The same, after a chunk has ended.
    pub(crate) fn with(mut self, number: u32, end: ChunkEnd) -> Self {
        self.ended.insert(number, end);
        self
    }

    /// Whether a chunk was cancelled, which tells of a cancel that the stage has yet to hear of.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.ended.values().any(|end| *end == ChunkEnd::Cancelled)
    }

    /// As many chunks as may be are released.
    pub(crate) fn released(mut self) -> Self {
        let ended = u32::try_from(self.ended.len()).unwrap_or(u32::MAX);
        self.released = self.released.max(self.parts.window.saturating_add(ended).min(self.parts.chunks()));
        self
    }

    /// What is kept of it when the stage is done again: what succeeded.
    pub(crate) fn kept(mut self) -> Self {
        self.ended.retain(|_, end| *end == ChunkEnd::Succeeded);
        self.released()
    }

    /// How many items have succeeded and failed, in chunks that have ended.
    pub fn counts(&self) -> (u32, u32) {
        let mut counts = (0, 0);
        for (number, end) in &self.ended {
            let len = self.parts.len(*number);
            let failed = match end {
                ChunkEnd::Succeeded => 0,
                ChunkEnd::Failed(items) => (*items).min(len),
                ChunkEnd::Cancelled => len,
            };
            counts = (counts.0 + len - failed, counts.1 + failed);
        }
        counts
    }

    /// How the stage ends, if nothing of it is open.
    pub(crate) fn outcome(&self, cancelled: bool, min_success: u16) -> Option<(Outcome, Option<Cause>)> {
        if self.open().next().is_some() {
            return None;
        }
        let cancelled = cancelled || self.is_cancelled();
        let (succeeded, failed) = self.counts();
        let items = self.parts.items;
        if cancelled && succeeded < items {
            let text = format!("the run was cancelled when {succeeded} of {items} items had succeeded");
            return Some((Outcome::Cancelled, Some(Cause::new(CauseKind::Cancelled, text))));
        }
        let enough = u64::from(succeeded) * u64::from(ALL) >= u64::from(items) * u64::from(min_success);
        let cause = Cause::new(CauseKind::Items, format!("{failed} of {items} items failed"));
        Some(if enough { (Outcome::Succeeded, None) } else { (Outcome::Failed, Some(cause)) })
    }
}
