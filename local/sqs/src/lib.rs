//! SQS on one machine: standard queues over SQLite.
//!
//! # What must hold
//! - **The tables are the truth.** A queue and a message are rows; what is in memory are wake-ups. A message that was
//!   acknowledged to its sender survives the loss of the process and of power.
//! - **Taking is a write.** A receiver moves a message's `visible_ms` on and gives it a new receipt in one transaction, so no
//!   two receivers hold it at once, and only the newest receipt deletes it. It costs O(log n).
//! - **Nothing polls, no wake-up is lost.** A receiver registers for the queue's wake-up before it looks; then it sleeps until
//!   a message arrives, one is released, or the time of the next one to become visible comes.
//! - **Redrive happens on receive.** A message that was received `maxReceiveCount` times goes to the dead-letter queue when
//!   the next receiver would get it.
//!
//! The modules: [`service`] routes requests to [`ops`], which decode and validate; [`table`] is the SQL; [`in_process`] is what
//! the surface calls without HTTP. [`settings`], [`attribute`], [`body`], [`name`] and [`receipt`] are pure.

mod attribute;
mod body;
mod error;
mod in_process;
mod lambda;
mod message;
mod name;
mod ops;
mod receipt;
mod service;
mod settings;
mod sqs;
mod table;
mod wakes;

pub use attribute::{AttributeValue, Attributes};
pub use error::{Code, Error};
pub use message::{Message, MessageId};
pub use sqs::{Config, Sqs};
