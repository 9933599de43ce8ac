//! S3 on one machine: the protocol by `s3s` over a small store of ours, and the inbox folder.
//!
//! What must hold:
//! - **An acknowledged write is never lost.** The bytes are in a flushed file before one SQLite transaction makes the object
//!   visible; that transaction also runs the [`Hook`] with the event, so that an object and its notification are one. Only
//!   when the transaction is durable is the client answered.
//! - **Any key works**: at most 1024 bytes of UTF-8, whatever they are. A key never becomes a path; files are named by a hash.
//! - **Memory does not grow with an object**: bytes are streamed in both directions.
//! - A file which no row names (a crash between the two) is removed when the store is opened again.
//!
//! [`S3`] is a [`local_wire::Service`]. It takes any credentials and looks at no signature: it is for one machine's loopback.

mod disk;
mod error;
mod event;
mod front;
mod inbox;
mod integrity;
mod ops;
mod protocol;
mod service;
mod table;

pub use error::Error;
pub use event::{EventName, Hook, S3Event};
pub use inbox::{Inbox, Looked};
pub use ops::Stored;
pub use service::{Config, S3};
