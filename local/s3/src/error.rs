//! Why an operation failed.

use std::io;

use s3s::{S3Error, S3ErrorCode};

/// Why an operation on the embedded S3 failed. Nothing became visible.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Refused with one of S3's own errors, such as `NoSuchBucket`.
    #[error("{}: {}", .0.code().as_str(), .0.message().unwrap_or("refused"))]
    Refused(#[from] S3Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] local_store::Error),
    /// The disk failed.
    #[error("the disk failed: {0}")]
    Disk(#[from] io::Error),
    /// A row holds what this version cannot read.
    #[error("the database holds what cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<Error> for S3Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refused) => refused,
            Error::Store(error) => internal(error),
            Error::Disk(error) => internal(error),
            Error::Unreadable(error) => internal(error),
        }
    }
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> S3Error {
    tracing::error!(%error, "the embedded S3 failed");
    let mut answer =
        S3Error::with_message(S3ErrorCode::InternalError, "We encountered an internal error. Please try again.");
    answer.set_source(Box::new(error));
    answer
}

/// One of S3's own errors, by the name of its code, with a message for people.
macro_rules! refused {
    ($code:ident, $($message:tt)+) => {
        $crate::Error::Refused(s3s::s3_error!($code, $($message)+))
    };
}
pub(crate) use refused;
