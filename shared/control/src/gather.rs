//! Gathering: uploads and messages that become one run together, over a manifest of them.
//!
//! ```text
//!   intake:  reserve a slot (one upsert) ──▶ fill it (one put) ──▶ acknowledge
//!   settle:  close ──▶ void what is not filled ──▶ claim the members ──▶ manifest ──▶ admit ──▶ ended
//! ```
//! - **Nothing is lost.** What is acknowledged is in a filled slot of a gathering that was open when the slot was reserved, and whoever
//!   settles a gathering looks at each of its slots.
//! - **Nothing is doubled.** A slot is filled or voided, never both, so that a closed gathering is the same for everybody who settles it.
//!   An upload that came twice may be in two gatherings: each claims its members, and a member is one gathering's for good.
//! - **A crash is finished by others.** Until it has ended, a gathering is in the index `watch`: the sweep wakes whoever settles it, and
//!   each step may be done twice. The run's id follows from the gathering's.
//! - **No item is hot.** An invocation writes twice for all that it brings; a lane that takes too many of these writes is relieved by others.

mod entry;
mod intake;
mod manifest;
mod settle;

pub(crate) use entry::{Entry, MOST_ENTRY_BYTES};
pub use intake::Intake;

use std::time::Duration;

use machine::gathering::{Goal, Terms};
use pipeline::Gather;

/// How long a set whose marker has come waits for what was uploaded before it: S3 tells of objects in any order, within about a minute.
const SETTLE: Duration = Duration::from_secs(60);

/// What closes the gatherings of a trigger.
fn terms(gather: &Gather) -> Terms {
    let goal = match &gather.goal {
        pipeline::Goal::Batch { max_items } => Goal::Batch { most: *max_items },
        pipeline::Goal::Count { needed, .. } => Goal::Count { needed: *needed },
        pipeline::Goal::Marker { .. } => Goal::Marker { settle: SETTLE },
    };
    Terms { goal, window: Duration::from_secs(gather.window_s.into()) }
}
