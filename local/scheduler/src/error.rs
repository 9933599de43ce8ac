//! Why a request was not served.

use local_wire::AwsError;

use crate::Invalid;

/// Why a request was not served, or the task that fires ended. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller's fault: what was wrong, and what would be right. AWS's `ValidationException`.
    #[error("{0}")]
    Validation(String),
    /// What the request names is not there. AWS's `ResourceNotFoundException`.
    #[error("{0}")]
    NotFound(String),
    /// What the request makes is there already. AWS's `ConflictException`.
    #[error("{0}")]
    Conflict(String),
    /// No such operation.
    #[error("{0}")]
    UnknownOperation(String),
    /// The store failed. AWS's `InternalServerException`: it may be tried again.
    #[error(transparent)]
    Store(#[from] local_store::Error),
    /// SQLite refused.
    #[error("the store failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A stored record does not read back.
    #[error("a stored record is broken: {0}")]
    Record(#[from] serde_json::Error),
}

impl Error {
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::Validation(message.into())
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        Self::Validation(invalid.to_string())
    }
}

impl From<Error> for AwsError {
    fn from(error: Error) -> Self {
        match error {
            Error::Validation(message) => Self::client("ValidationException", message),
            Error::NotFound(message) => Self { status: 404, code: "ResourceNotFoundException", message },
            Error::Conflict(message) => Self { status: 409, code: "ConflictException", message },
            Error::UnknownOperation(message) => Self { status: 404, code: "UnknownOperationException", message },
            Error::Store(_) | Error::Sqlite(_) | Error::Record(_) => {
                tracing::error!(%error, "a request to EventBridge Scheduler failed");
                Self::server("InternalServerException", error.to_string())
            }
        }
    }
}
