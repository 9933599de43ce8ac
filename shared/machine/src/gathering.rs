//! A gathering: uploads or messages that become one run, over a manifest of them.
//!
//! ```text
//!          slots are reserved and filled        due: full, complete, or its window is over      its manifest, and its run
//!   Open ────────────────────────────▶ Open ──────────────────────────────────────▶ Closed ───────────────────────▶ Ended
//! ```
//!
//! | state ↓ event → | looked | counted | settled |
//! |---|---|---|---|
//! | `Open` | due: `Closed`; otherwise nothing | enough: `Closed`, once it may; otherwise remembers what was in vain | nothing |
//! | `Closed` | nothing | nothing | `Ended` |
//! | `Ended` | nothing | nothing | duplicate |
//!
//! What is gathered is announced before it is there, so that announcements may be in vain: of something that came twice, or that
//! its gatherer never wrote. So enough announcements only ask for a count. What closes a gathering can only become truer, for it only
//! grows, and time passes; so closing it needs no revision, only that it is open.

use std::time::Duration;

use crate::{Decision, Ignored, Timestamp};

/// The most bytes that the items of one gathering take: whoever closes it has them all in memory.
pub const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// How many reservations a second a lane takes before others are used beside it. An item of DynamoDB takes about 1,000 writes.
const BUSY_PER_SECOND: u64 = 100;
/// How many reservations there must have been at least to tell that.
const BUSY_FROM: u64 = 50;

/// What a gathering is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// What makes it enough.
    pub goal: Goal,
    /// How long it stays open.
    pub window: Duration,
}

/// What makes it enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// Nothing: it closes when it is full, or when its window is over, and whatever is in it is a batch.
    Batch {
        /// The most items.
        most: u32,
    },
    /// So many different objects.
    Count {
        /// How many.
        needed: u32,
    },
    /// The marker, and a while more: events come out of order.
    Marker {
        /// The while.
        settle: Duration,
    },
}

/// A gathering as it is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathering {
    /// Since when it is open.
    pub opened_at: Timestamp,
    /// When its window is over.
    pub closes_at: Timestamp,
    /// How many slots are reserved.
    pub slots: u32,
    /// How many items were announced with them.
    pub items: u32,
    /// How many bytes they take.
    pub bytes: u64,
    /// How many markers were announced, and when the last one was.
    pub marks: u32,
    /// When the last marker was announced.
    pub marked_at: Option<Timestamp>,
    /// How many announcements of what its goal counts were in vain.
    pub in_vain: u32,
    /// How far it is.
    pub state: State,
}

/// How far a gathering is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It takes more.
    Open,
    /// It takes no more; its run is to be started.
    Closed {
        /// Since when.
        at: Timestamp,
    },
    /// All that follows from it has been done.
    Ended {
        /// Since when.
        at: Timestamp,
        /// What that was.
        outcome: Outcome,
    },
}

/// What became of a gathering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// A run, by its id.
    Run(String),
    /// It is kept as rejected.
    Rejected,
    /// Nothing was in it that another one does not have.
    Empty,
}

/// What happens to a gathering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Somebody looks at it.
    Looked,
    /// What its goal counts was counted.
    Counted {
        /// How many there are: different objects, or markers.
        found: u32,
    },
    /// All that follows from it has been done.
    Settled(Outcome),
}

/// What is to be done for a gathering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It is due: look at it.
    Look,
    /// Look at it at that time.
    LookAt(Timestamp),
    /// Count what its goal counts.
    Count,
    /// Start its run, or say why there is none.
    Settle,
}

impl Gathering {
    /// How many more items it has room for.
    pub fn room(goal: Goal) -> u32 {
        match goal {
            Goal::Batch { most } => most,
            Goal::Count { .. } | Goal::Marker { .. } => 10_000,
        }
    }

    /// Whether so many take reservations of it that others should be used beside it.
    pub fn is_busy(&self, now: Timestamp) -> bool {
        let slots = u64::from(self.slots);
        let elapsed_ms = u64::try_from(now.since(self.opened_at).as_millis()).unwrap_or(u64::MAX);
        slots >= BUSY_FROM && slots.saturating_mul(1000) > elapsed_ms.saturating_mul(BUSY_PER_SECOND)
    }

    fn is_full(&self, goal: Goal) -> bool {
        self.items >= Self::room(goal) || self.bytes >= MOST_BYTES
    }

    /// Whether what its goal counts may be enough.
    fn may_be_enough(&self, goal: Goal) -> bool {
        match goal {
            Goal::Batch { .. } => false,
            Goal::Count { needed } => self.items.saturating_sub(self.in_vain) >= needed,
            Goal::Marker { .. } => self.marks > self.in_vain,
        }
    }

    /// When it may close once it is enough.
    fn settled_at(&self, goal: Goal) -> Timestamp {
        match (goal, self.marked_at) {
            (Goal::Marker { settle }, Some(at)) => at.plus(settle),
            (Goal::Marker { .. }, None) | (Goal::Batch { .. } | Goal::Count { .. }, _) => self.opened_at,
        }
    }
}

/// Whether so many found are enough.
pub fn is_enough(goal: Goal, found: u32) -> bool {
    match goal {
        Goal::Batch { .. } => true,
        Goal::Count { needed } => found >= needed,
        Goal::Marker { .. } => found > 0,
    }
}

/// What becomes of a gathering after an event.
pub fn decide(gathering: &Gathering, event: &Event, terms: Terms, now: Timestamp) -> Decision<Gathering> {
    let with = |state: State| Decision::Advance(Gathering { state, ..gathering.clone() });
    match (&gathering.state, event) {
        (State::Open, Event::Looked) if now >= gathering.closes_at || gathering.is_full(terms.goal) => {
            with(State::Closed { at: now })
        }
        (State::Open, Event::Counted { found }) if is_enough(terms.goal, *found) => {
            if now >= gathering.settled_at(terms.goal) { with(State::Closed { at: now }) } else { nothing() }
        }
        (State::Open, Event::Counted { found }) => {
            let announced = match terms.goal {
                Goal::Marker { .. } => gathering.marks,
                Goal::Batch { .. } | Goal::Count { .. } => gathering.items,
            };
            Decision::Advance(Gathering { in_vain: announced.saturating_sub(*found), ..gathering.clone() })
        }
        (State::Open, Event::Looked | Event::Settled(_)) => nothing(),
        (State::Closed { .. }, Event::Settled(outcome)) => with(State::Ended { at: now, outcome: outcome.clone() }),
        (State::Closed { .. }, Event::Looked | Event::Counted { .. }) => nothing(),
        (State::Ended { .. }, Event::Settled(_)) => Decision::Ignore(Ignored::Duplicate),
        (State::Ended { .. }, Event::Looked | Event::Counted { .. }) => Decision::Ignore(Ignored::Ended),
    }
}

fn nothing<T>() -> Decision<T> {
    Decision::Ignore(Ignored::NothingDue)
}

/// What is to be done for a gathering, from what is committed alone; nothing if it has ended.
pub fn outstanding(gathering: &Gathering, terms: Terms, now: Timestamp) -> Option<Effect> {
    match gathering.state {
        State::Open if now >= gathering.closes_at || gathering.is_full(terms.goal) => Some(Effect::Look),
        State::Open if gathering.may_be_enough(terms.goal) => {
            let settled_at = gathering.settled_at(terms.goal);
            Some(if now >= settled_at { Effect::Count } else { Effect::LookAt(settled_at.min(gathering.closes_at)) })
        }
        State::Open => Some(Effect::LookAt(gathering.closes_at)),
        State::Closed { .. } => Some(Effect::Settle),
        State::Ended { .. } => None,
    }
}
