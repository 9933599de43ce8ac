//! Why a request was not served.

use local_wire::AwsError;

/// Why a request was not served, or a step of the engine failed. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller's fault: what was wrong, and what would be right. AWS's `ClientException`.
    #[error("{0}")]
    Client(String),
    /// No such operation.
    #[error("{0}")]
    UnknownOperation(String),
    /// The store failed. AWS's `ServerException`: it may be tried again.
    #[error(transparent)]
    Store(#[from] local_store::Error),
    /// SQLite refused.
    #[error("the store failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A stored record does not read back.
    #[error("a stored record is broken: {0}")]
    Record(#[from] serde_json::Error),
    /// The disk failed.
    #[error("the disk failed: {0}")]
    Disk(#[from] std::io::Error),
}

impl Error {
    pub(crate) fn client(message: impl Into<String>) -> Self {
        Self::Client(message.into())
    }
}

impl From<Error> for AwsError {
    fn from(error: Error) -> Self {
        match error {
            Error::Client(message) => Self::client("ClientException", message),
            Error::UnknownOperation(message) => Self { status: 404, code: "UnknownOperationException", message },
            Error::Store(_) | Error::Sqlite(_) | Error::Record(_) | Error::Disk(_) => {
                tracing::error!(%error, "a Batch request failed");
                Self::server("ServerException", error.to_string())
            }
        }
    }
}
