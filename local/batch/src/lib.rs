//! AWS Batch on one machine: its API over an engine that runs jobs as processes.
//!
//! # What must hold
//! - **The table is the truth.** A job is a row of SQLite; what is in memory are handles of running processes and wake-ups. A
//!   job is marked `STARTING` before its process is made, so no crash makes two processes of one attempt.
//! - **One write per batch of changes.** Jobs that start together, or end together, share a transaction, with the changes that
//!   follow from theirs (dependents, array parents) and the events that tell of them.
//! - **Nothing polls.** The engine sleeps until a job is submitted, a process ends, or a timer fires.
//! - **Strict order.** Jobs start in the order of queue priority, scheduling priority, age. The first one that does not fit
//!   waits for room, and all behind it wait too: a big job is never starved by small ones.
//!
//! # The way a job goes
//! ```text
//! SubmitJob ─▶ Pending ─▶ Runnable ─▶ Starting ─▶ Running ─▶ Succeeded | Failed
//!              needs       ▲                         │
//!              others      └── the strategy retries ─┘
//! ```
//! The modules: `api` decodes requests, `job` decides (pure), `ledger` writes, `engine` places and runs.

mod api;
mod arn;
mod batch;
mod container;
mod detail;
mod engine;
mod error;
mod event;
mod job;
mod ledger;
mod logs;
mod machine;
mod process;
mod runner;
mod secrets;
mod table;

pub use batch::{Batch, Config, Emit};
pub use error::Error;
pub use event::Change;
pub use job::{JobKey, NotAJobId, Status};
pub use logs::{attempts, log_path};
pub use machine::Machine;
pub use process::Processes;
pub use runner::{Exit, ProcessId, Runner, Signal, StartError, Started, Survivor, Task};
