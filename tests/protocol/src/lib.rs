//! One Batch job per attempt, checked in every reachable state.
//!
//! The transition functions are the product's own, `machine::stage::decide` and `machine::stage::outstanding`. Around them lies a
//! model of what they live in: the stage's item with its conditional writes; two workers that go through
//! `shared/control/src/advance.rs` and `perform.rs` step by step; AWS Batch; the sweep; a cancel; time. stateright visits every
//! state that can be reached, and [`properties`] says what must hold there. [`reach`] shows that from each of them the run can
//! still end, by looks alone.
//!
//! # What may happen
//!
//! Not one fault of a kind, but any number, at any time:
//! - a worker crashes, or pauses for as long as it likes, between any two steps; two work at once;
//! - `SubmitJob` is throttled, or lost, or executed and its answer lost, or executed late, before its claim can be settled;
//! - a job's event comes at any time after what it tells, however often, or never;
//! - somebody looks at any time (the sweep, a wake-up, a request that comes twice); the run is cancelled at any time;
//! - the lane gives a throttled stage its turn at any time.
//!
//! And once, `ListJobs` leaves out the newest job when a claim is settled; or, in a model of its own, Batch forgets jobs that are
//! recorded.
//!
//! # What is left out
//!
//! - The graph: one stage that needs nothing, one attempt, no retry of the run.
//! - Clocks that differ. `SETTLE_AFTER` has room for it.
//! - A worker that sleeps between the check of its lease and its `SubmitJob`: that is one step.
//! - `ListJobs` that does not show a job even at the second look: that it does is what the second look relies on.
//! - Refusals, and jobs that fail by themselves: they end a stage as a success does. So whatever fails here failed by our own doing.
//! - That a job is silent for a while before Batch is asked about it: it is asked at any time.
//! - The pace and the order of the lane, and what blocks a job: no transition depends on them.
//! - Services that answer with an error: to the stage that is a worker that crashed.

pub mod batch;
pub mod check;
pub mod model;
pub mod properties;
pub mod reach;
pub mod rules;
pub mod time;
pub mod worker;
pub mod world;

pub use model::Protocol;
pub use rules::{Commits, Rules};
