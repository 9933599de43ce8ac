//! What the end-to-end tests and the benchmark stand on.
//!
//! [`Laptop`] is the whole of `batchwright up` in this process, [`Server`] the real binary, [`Metered`] the control plane with a
//! counter at the SDK's HTTP client, [`Throttled`] one in virtual time behind a Batch that throttles. Nothing here waits for a time: conditions are polled, up to a deadline.

mod eventually;
mod laptop;
mod meter;
mod metered;
mod processes;
mod server;
mod throttled;

pub use eventually::{PATIENCE, eventually, within};
pub use laptop::Laptop;
pub use meter::{Counts, Meter};
pub use metered::{Cost, Metered};
pub use processes::{Group, processes_in};
pub use server::{Server, batchwright, binary, command, sdk};
pub use throttled::{Call, Throttled};

use std::path::PathBuf;

/// Whatever goes wrong fails the test.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// A file or folder of the repository.
pub fn repository(path: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(path)
}
