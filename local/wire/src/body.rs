//! Bodies of requests and responses.

use std::{future::Future, pin::Pin};

use bytes::Bytes;
use http_body_util::{BodyExt, Collected, Full, LengthLimitError, Limited, combinators::BoxBody};

/// Any error of a body in transfer.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body, streamed or whole.
pub type Body = BoxBody<Bytes, BoxError>;

/// Why a body could not be read whole.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// It is longer than the service takes.
    #[error("the body is longer than {limit} bytes")]
    TooLong {
        /// The most bytes that are taken.
        limit: usize,
    },
    /// The connection broke, or the client sent less than it said.
    #[error("the body could not be read: {0}")]
    Broken(BoxError),
}

/// A whole body.
pub fn body(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed()
}

/// Reads a body whole, up to `limit` bytes.
///
/// # Errors
/// If it is longer, or breaks off.
pub async fn collect(body: Body, limit: usize) -> Result<Bytes, BodyError> {
    // Without its type: the compiler cannot tell that the combinators are `Send` for every lifetime of the error.
    let collecting: Pin<Box<dyn Future<Output = Result<Collected<Bytes>, BoxError>> + Send>> =
        Box::pin(Limited::new(body, limit).collect());
    match collecting.await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(BodyError::TooLong { limit }),
        Err(error) => Err(BodyError::Broken(error)),
    }
}
