//! DynamoDB: the crate `dynoxide-rs` behind its JSON protocol, with grouped commits.
//!
//! Its database is a SQLite file of its own, written without waiting for the disk; a write is answered once the group's flush
//! of the log is done (see [`local_store::LogSync`]).

use std::path::Path;

use dynoxide::{Database, DynoxideError};
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use local_store::LogSync;
use local_wire::{Answer, AwsError, Body, Service, body, collect, target};
use serde::{Serialize, de::DeserializeOwned};

/// DynamoDB takes bodies up to 16 MB.
const BODY_BYTES: usize = 16 * 1024 * 1024;

/// DynamoDB on one machine.
pub struct DynamoDb {
    database: Database,
    /// `None` in memory.
    sync: Option<LogSync>,
}

impl DynamoDb {
    /// Opens or creates the file.
    ///
    /// # Errors
    /// If it cannot be opened, or is not a database.
    pub fn open(path: &Path) -> Result<Self, DynoxideError> {
        let database = Database::new(&path.to_string_lossy())?;
        // Despite its name this is what sets `synchronous = NORMAL`: the flush is ours, and shared.
        database.disable_bulk_loading()?;
        Ok(Self { database, sync: Some(LogSync::of(path)) })
    }

    /// In memory, for tests and simulations.
    ///
    /// # Errors
    /// If SQLite has no memory.
    pub fn memory() -> Result<Self, DynoxideError> {
        Ok(Self { database: Database::memory()?, sync: None })
    }

    async fn answer(&self, request: http::Request<Body>) -> Response<Body> {
        let operation = target(request.headers()).unwrap_or_default().to_owned();
        let bytes = match collect(request.into_body(), BODY_BYTES).await {
            Ok(bytes) => bytes,
            Err(error) => return AwsError::client("SerializationException", error.to_string()).response(),
        };
        let done = match self.execute(&operation, &bytes) {
            Ok(done) => done,
            Err(error) => return error.response(),
        };
        match (&self.sync, done.wrote) {
            (Some(sync), true) => match sync.flushed().await {
                Ok(()) => respond(StatusCode::OK, done.json),
                Err(error) => AwsError::server("InternalServerError", error.to_string()).response(),
            },
            _ => respond(StatusCode::OK, done.json),
        }
    }

    fn execute(&self, operation: &str, bytes: &[u8]) -> Result<Done, Failed> {
        let db = &self.database;
        match operation {
            "GetItem" => read(bytes, |request| db.get_item(request)),
            "Query" => read(bytes, |request| db.query(request)),
            "Scan" => read(bytes, |request| db.scan(request)),
            "BatchGetItem" => read(bytes, |request| db.batch_get_item(request)),
            "TransactGetItems" => read(bytes, |request| db.transact_get_items(request)),
            "DescribeTable" => read(bytes, |request| db.describe_table(request)),
            "ListTables" => read(bytes, |request| db.list_tables(request)),
            "DescribeTimeToLive" => read(bytes, |request| db.describe_time_to_live(request)),
            "PutItem" => write(bytes, |request| db.put_item(request)),
            "UpdateItem" => write(bytes, |request| db.update_item(request)),
            "DeleteItem" => write(bytes, |request| db.delete_item(request)),
            "BatchWriteItem" => write(bytes, |request| db.batch_write_item(request)),
            "TransactWriteItems" => write(bytes, |request| db.transact_write_items(request)),
            "CreateTable" => write(bytes, |request| db.create_table(request)),
            "UpdateTable" => write(bytes, |request| db.update_table(request)),
            "DeleteTable" => write(bytes, |request| db.delete_table(request)),
            "UpdateTimeToLive" => write(bytes, |request| db.update_time_to_live(request)),
            _ => Err(Failed::Aws(AwsError::client(
                "UnknownOperationException",
                format!("{operation:?} is not an operation of DynamoDB that is served here"),
            ))),
        }
    }
}

impl Service for DynamoDb {
    fn call(&self, request: http::Request<Body>) -> Answer<'_> {
        Box::pin(self.answer(request))
    }
}

/// An operation that was executed.
struct Done {
    json: Vec<u8>,
    wrote: bool,
}

/// One that was not.
enum Failed {
    Dynamo(Box<DynoxideError>),
    Aws(AwsError),
}

impl Failed {
    fn response(self) -> Response<Body> {
        match self {
            Self::Aws(error) => error.response(),
            Self::Dynamo(error) => {
                let status = StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                respond(status, error.to_json().into_bytes())
            }
        }
    }
}

fn read<Request: DeserializeOwned, Output: Serialize>(
    bytes: &[u8],
    operation: impl FnOnce(Request) -> dynoxide::Result<Output>,
) -> Result<Done, Failed> {
    run(bytes, operation, false)
}

fn write<Request: DeserializeOwned, Output: Serialize>(
    bytes: &[u8],
    operation: impl FnOnce(Request) -> dynoxide::Result<Output>,
) -> Result<Done, Failed> {
    run(bytes, operation, true)
}

fn run<Request: DeserializeOwned, Output: Serialize>(
    bytes: &[u8],
    operation: impl FnOnce(Request) -> dynoxide::Result<Output>,
    wrote: bool,
) -> Result<Done, Failed> {
    let malformed = |error: serde_json::Error| {
        Failed::Aws(AwsError::client("SerializationException", format!("the request cannot be read: {error}")))
    };
    let request = serde_json::from_slice(bytes).map_err(malformed)?;
    let output = operation(request).map_err(|error| Failed::Dynamo(Box::new(error)))?;
    Ok(Done { json: serde_json::to_vec(&output).map_err(malformed)?, wrote })
}

fn respond(status: StatusCode, json: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(body(json));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}
