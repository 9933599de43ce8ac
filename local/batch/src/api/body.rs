//! A request's body, read whole.

use bytes::Bytes;
use local_wire::{Body, collect};

use crate::Error;

/// Larger than any request may be: those that AWS limits to 30 KiB are checked where they are read.
const LIMIT: usize = 1024 * 1024;

/// # Errors
/// If it is too long, or breaks off.
pub(super) async fn read(body: Body) -> Result<Bytes, Error> {
    collect(body, LIMIT).await.map_err(|error| Error::client(error.to_string()))
}
