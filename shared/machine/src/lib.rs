//! The state machines of a run and of its stages. Pure: no IO, no clock, no randomness.
//!
//! A machine is a value ([`Stage`], [`Run`]). Something happens to it (an event); [`stage::decide`] and [`run::decide`] say
//! what it becomes; whoever asked commits that by one conditional write; and [`stage::outstanding`] says, from the committed
//! value alone, what is then to be done. Nothing is done because of an event: an event only says *look*.
//!
//! Time and fresh ids are arguments. The same arguments give the same answer, today and in a replay.

mod decision;
pub mod gathering;
pub mod group;
mod ids;
mod outcome;
pub mod pace;
pub mod policy;
mod resolved;
pub mod run;
pub mod stage;
mod time;

pub use decision::{Decision, Ignored, Rejected};
pub use group::GroupOrder;
pub use ids::{Attempt, ClaimId, Epoch, JobId, JobQueue};
pub use outcome::{Cause, CauseKind, Outcome, Verdict};
pub use pace::Pace;
pub use resolved::{Resolved, UnknownVerdict};
pub use run::Run;
pub use stage::Stage;
pub use time::Timestamp;
