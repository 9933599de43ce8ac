//! EventBridge Scheduler on one machine: its API, its cron dialect, its firing.
//!
//! # What must hold
//! - **The table is the truth.** A schedule is a row with the time of its next firing. To fire is one transaction: the row moves
//!   on, and the caller's hook writes down what is to be invoked. No crash fires twice, or loses a firing.
//! - **Nothing polls.** One task sleeps until the next firing, or until a schedule changes.
//! - **Late is better than never, once.** Of the firings that were missed while nothing ran, the newest is made up for, if it is
//!   within the target's maximum event age; the older ones are skipped, so that a machine that slept does not wake to a storm.
//! - [`cron`], [`expression`] and [`timing`] are pure: the time is an argument.

mod api;
mod arn;
mod cron;
mod definition;
mod error;
mod expression;
mod firing;
mod groups;
mod invalid;
mod run;
mod scheduler;
mod table;
mod timing;
mod zone;

pub use error::Error;
pub use expression::{Expression, next_after};
pub use firing::{Firing, RetryPolicy};
pub use invalid::Invalid;
pub use scheduler::{Config, Hook, Scheduler};
