//! Why a request was not served, in SQS's codes.

use http::{HeaderValue, Response};
use local_wire::{AwsError, Body};

/// What was wrong with a request. Each has a shape of the JSON protocol and an older code of the query protocol, which clients
/// match on. Source: the SQS API model and its `awsQueryError` traits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Two entries of a batch have one id.
    BatchEntryIdsNotDistinct,
    /// The messages of a batch are too long together.
    BatchRequestTooLong,
    /// A batch without entries.
    EmptyBatchRequest,
    /// No such attribute of a queue.
    InvalidAttributeName,
    /// An attribute of a queue out of its bounds.
    InvalidAttributeValue,
    /// The id of an entry of a batch is malformed.
    InvalidBatchEntryId,
    /// A character that SQS does not carry.
    InvalidMessageContents,
    /// A parameter out of its bounds.
    InvalidParameterValue,
    /// A message that is not in flight has no visibility to change.
    MessageNotInflight,
    /// A required parameter is missing.
    MissingParameter,
    /// The queue was purged within the last minute.
    PurgeQueueInProgress,
    /// No such queue.
    QueueDoesNotExist,
    /// A queue of this name has other attributes.
    QueueNameExists,
    /// Not a handle of this queue.
    ReceiptHandleIsInvalid,
    /// What is named in a message move does not exist.
    ResourceNotFound,
    /// The request is not the JSON it should be.
    Serialization,
    /// More than ten entries.
    TooManyEntriesInBatchRequest,
    /// No such operation.
    UnknownOperation,
    /// The operation exists in AWS, but not here or not so.
    UnsupportedOperation,
}

impl Code {
    /// The error's shape in the JSON protocol.
    pub fn shape(self) -> &'static str {
        match self {
            Self::BatchEntryIdsNotDistinct => "com.amazonaws.sqs#BatchEntryIdsNotDistinct",
            Self::BatchRequestTooLong => "com.amazonaws.sqs#BatchRequestTooLong",
            Self::EmptyBatchRequest => "com.amazonaws.sqs#EmptyBatchRequest",
            Self::InvalidAttributeName => "com.amazonaws.sqs#InvalidAttributeName",
            Self::InvalidAttributeValue => "com.amazonaws.sqs#InvalidAttributeValue",
            Self::InvalidBatchEntryId => "com.amazonaws.sqs#InvalidBatchEntryId",
            Self::InvalidMessageContents => "com.amazonaws.sqs#InvalidMessageContents",
            Self::InvalidParameterValue => "com.amazon.coral.service#InvalidParameterValueException",
            Self::MessageNotInflight => "com.amazonaws.sqs#MessageNotInflight",
            Self::MissingParameter => "com.amazon.coral.service#MissingRequiredParameterException",
            Self::PurgeQueueInProgress => "com.amazonaws.sqs#PurgeQueueInProgress",
            Self::QueueDoesNotExist => "com.amazonaws.sqs#QueueDoesNotExist",
            Self::QueueNameExists => "com.amazonaws.sqs#QueueNameExists",
            Self::ReceiptHandleIsInvalid => "com.amazonaws.sqs#ReceiptHandleIsInvalid",
            Self::ResourceNotFound => "com.amazonaws.sqs#ResourceNotFoundException",
            Self::Serialization => "com.amazon.coral.service#SerializationException",
            Self::TooManyEntriesInBatchRequest => "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
            Self::UnknownOperation => "com.amazon.coral.service#UnknownOperationException",
            Self::UnsupportedOperation => "com.amazonaws.sqs#UnsupportedOperation",
        }
    }

    /// The error's code in the query protocol: what boto3 and the older SDKs match on.
    pub fn legacy(self) -> &'static str {
        match self {
            Self::BatchEntryIdsNotDistinct => "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            Self::BatchRequestTooLong => "AWS.SimpleQueueService.BatchRequestTooLong",
            Self::EmptyBatchRequest => "AWS.SimpleQueueService.EmptyBatchRequest",
            Self::InvalidAttributeName => "InvalidAttributeName",
            Self::InvalidAttributeValue => "InvalidAttributeValue",
            Self::InvalidBatchEntryId => "AWS.SimpleQueueService.InvalidBatchEntryId",
            Self::InvalidMessageContents => "InvalidMessageContents",
            Self::InvalidParameterValue => "InvalidParameterValue",
            Self::MessageNotInflight => "AWS.SimpleQueueService.MessageNotInflight",
            Self::MissingParameter => "MissingParameter",
            Self::PurgeQueueInProgress => "AWS.SimpleQueueService.PurgeQueueInProgress",
            Self::QueueDoesNotExist => "AWS.SimpleQueueService.NonExistentQueue",
            Self::QueueNameExists => "QueueAlreadyExists",
            Self::ReceiptHandleIsInvalid => "ReceiptHandleIsInvalid",
            Self::ResourceNotFound => "ResourceNotFoundException",
            Self::Serialization => "SerializationException",
            Self::TooManyEntriesInBatchRequest => "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
            Self::UnknownOperation => "UnknownOperationException",
            Self::UnsupportedOperation => "AWS.SimpleQueueService.UnsupportedOperation",
        }
    }
}

/// Why a request was not served. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller's fault.
    #[error("{message}")]
    Caller {
        /// What kind of fault.
        code: Code,
        /// What was wrong, and what would be right.
        message: String,
    },
    /// The store failed: it may be tried again.
    #[error(transparent)]
    Store(#[from] local_store::Error),
    /// SQLite refused: it may be tried again.
    #[error("the store failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A stored record does not read back.
    #[error("a stored record is broken: {0}")]
    Record(#[from] serde_json::Error),
}

impl Error {
    pub(crate) fn caller(code: Code, message: impl Into<String>) -> Self {
        Self::Caller { code, message: message.into() }
    }

    /// A value out of its bounds, in AWS's words.
    pub(crate) fn value(value: impl std::fmt::Display, parameter: &str, reason: impl std::fmt::Display) -> Self {
        let message = format!("Value {value} for parameter {parameter} is invalid. Reason: {reason}");
        Self::caller(Code::InvalidParameterValue, message)
    }

    pub(crate) fn missing(parameter: &str) -> Self {
        Self::caller(Code::MissingParameter, format!("The request must contain the parameter {parameter}."))
    }

    pub(crate) fn no_queue() -> Self {
        Self::caller(Code::QueueDoesNotExist, "The specified queue does not exist.")
    }

    /// The response that carries it.
    pub(crate) fn response(self) -> Response<Body> {
        let (aws, legacy) = match self {
            Self::Caller { code, message } => {
                let status = if code == Code::UnknownOperation { 404 } else { 400 };
                (AwsError { status, code: code.shape(), message }, format!("{};Sender", code.legacy()))
            }
            Self::Store(_) | Self::Sqlite(_) | Self::Record(_) => {
                tracing::error!(error = %self, "an SQS request failed");
                let aws = AwsError::server("com.amazon.coral.service#InternalFailure", self.to_string());
                (aws, "InternalFailure;Receiver".to_owned())
            }
        };
        let mut response = aws.response();
        if let Ok(value) = HeaderValue::from_str(&legacy) {
            response.headers_mut().insert("x-amzn-query-error", value);
        }
        response
    }
}
