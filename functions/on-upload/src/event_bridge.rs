//! Decoding the events of a bucket that sends them to EventBridge, as one does that the stack does not own.
//!
//! They tell what a notification tells in other words, and keys are not URL-encoded.

use control::UploadedObject;
use serde::Deserialize;
use serde_json::Value;

use crate::event::Record;

#[derive(Deserialize)]
struct RawEvent {
    #[serde(rename = "detail-type")]
    detail_type: String,
    detail: Value,
}

#[derive(Deserialize)]
struct RawDetail {
    bucket: RawBucket,
    object: RawObject,
}

#[derive(Deserialize)]
struct RawBucket {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct RawObject {
    key: String,
    size: u64,
    etag: String,
    version_id: Option<String>,
    sequencer: String,
}

/// Whether it is an event of S3 that came through EventBridge.
pub(crate) fn is_from_s3(event: &Value) -> bool {
    event.get("source").and_then(Value::as_str) == Some("aws.s3")
}

/// Reads such an event.
pub(crate) fn record(event: Value) -> Record {
    let malformed = |error: serde_json::Error| Record::Malformed(format!("the event of S3 cannot be read: {error}"));
    let raw: RawEvent = match serde_json::from_value(event) {
        Ok(raw) => raw,
        Err(error) => return malformed(error),
    };
    if raw.detail_type != "Object Created" {
        return Record::Other;
    }
    match serde_json::from_value::<RawDetail>(raw.detail) {
        Ok(RawDetail { bucket, object }) => Record::Created(UploadedObject {
            bucket: bucket.name,
            key: object.key,
            size: object.size,
            etag: object.etag,
            version: object.version_id,
            sequencer: object.sequencer,
        }),
        Err(error) => malformed(error),
    }
}
