//! The events that S3 sends to a bucket's notification target.

use std::{
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rusqlite::Transaction;
use s3s::dto::{Timestamp, TimestampFormat};
use serde_json::{Map, Value, json};

/// What is called with every event, in the very transaction that makes the change visible: both are kept, or neither.
///
/// It must be short, and write through the transaction only. An error of it undoes the change.
pub type Hook = Arc<dyn Fn(&Transaction<'_>, &S3Event) -> rusqlite::Result<()> + Send + Sync>;

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventName {
    /// It was put whole.
    CreatedPut,
    /// It was copied from another.
    CreatedCopy,
    /// It was put in parts.
    CreatedCompleteMultipartUpload,
    /// It, or one version of it, is gone.
    RemovedDelete,
    /// It is hidden by a delete marker.
    RemovedDeleteMarkerCreated,
}

impl EventName {
    /// Its name in a notification's `eventName`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreatedPut => "ObjectCreated:Put",
            Self::CreatedCopy => "ObjectCreated:Copy",
            Self::CreatedCompleteMultipartUpload => "ObjectCreated:CompleteMultipartUpload",
            Self::RemovedDelete => "ObjectRemoved:Delete",
            Self::RemovedDeleteMarkerCreated => "ObjectRemoved:DeleteMarkerCreated",
        }
    }
}

/// One change of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Event {
    /// What happened.
    pub name: EventName,
    /// The bucket.
    pub bucket: String,
    /// The key, as it is: [`message`](Self::message) encodes it.
    pub key: String,
    /// The size in bytes, of an object that was created.
    pub size: Option<u64>,
    /// The ETag without its quotes, of an object that was created.
    pub etag: Option<String>,
    /// The version, if the bucket keeps versions.
    pub version_id: Option<String>,
    /// Hexadecimal, of a fixed length: it grows with every change of a key.
    pub sequencer: String,
    /// When, in milliseconds since the Unix epoch.
    pub time_ms: u64,
    /// The region of the bucket.
    pub region: String,
    /// The id of the request that did it.
    pub request_id: String,
}

impl S3Event {
    /// The message that S3 sends: `{"Records": [one record]}`, of the structure 2.1 of the S3 user guide.
    /// `configuration_id` is the id of the bucket's notification configuration.
    pub fn message(&self, configuration_id: &str) -> String {
        json!({ "Records": [self.record(configuration_id)] }).to_string()
    }

    fn record(&self, configuration_id: &str) -> Value {
        json!({
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": self.region,
            "eventTime": iso8601(self.time_ms),
            "eventName": self.name.as_str(),
            "userIdentity": { "principalId": "AWS:000000000000" },
            "requestParameters": { "sourceIPAddress": "127.0.0.1" },
            "responseElements": { "x-amz-request-id": self.request_id, "x-amz-id-2": self.request_id },
            "s3": {
                "s3SchemaVersion": "1.0",
                "configurationId": configuration_id,
                "bucket": {
                    "name": self.bucket,
                    "ownerIdentity": { "principalId": "000000000000" },
                    "arn": format!("arn:aws:s3:::{}", self.bucket),
                },
                "object": self.object(),
            },
        })
    }

    fn object(&self) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("key".into(), url_encoded(&self.key).into());
        if let Some(size) = self.size {
            object.insert("size".into(), size.into());
        }
        if let Some(etag) = &self.etag {
            object.insert("eTag".into(), etag.clone().into());
        }
        if let Some(version_id) = &self.version_id {
            object.insert("versionId".into(), version_id.clone().into());
        }
        object.insert("sequencer".into(), self.sequencer.clone().into());
        object
    }
}

/// What S3 leaves as it is in an encoded key.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'/').remove(b' ');

/// A key as S3 encodes it in events and, if asked to, in listings: a space becomes `+`, a slash stays.
pub(crate) fn url_encoded(key: &str) -> String {
    utf8_percent_encode(key, KEPT).to_string().replace(' ', "+")
}

/// The last millisecond of the year 9999, beyond which the formats of time end.
const LAST_MS: u64 = 253_402_300_799_999;

/// A time as S3's own type.
pub(crate) fn timestamp(ms: u64) -> Timestamp {
    Timestamp::from(UNIX_EPOCH.checked_add(Duration::from_millis(ms.min(LAST_MS))).unwrap_or(UNIX_EPOCH))
}

fn iso8601(ms: u64) -> String {
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = timestamp(ms).format(TimestampFormat::DateTime, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_what_aws_sends() {
        let event = S3Event {
            name: EventName::CreatedPut,
            bucket: "inbox".into(),
            key: "my folder/a+b ü.csv".into(),
            size: Some(1024),
            etag: Some("d41d8cd98f00b204e9800998ecf8427e".into()),
            version_id: None,
            sequencer: "0000000000000001".into(),
            time_ms: 1_764_000_000_123,
            region: "us-east-1".into(),
            request_id: "C3D13FE58DE4C810".into(),
        };
        let message: Value = serde_json::from_str(&event.message("batchwright")).unwrap();
        let record = &message["Records"][0];
        assert_eq!(record["eventTime"], "2025-11-24T16:00:00.123Z");
        assert_eq!(record["eventName"], "ObjectCreated:Put");
        let s3 = json!({
            "s3SchemaVersion": "1.0",
            "configurationId": "batchwright",
            "bucket": { "name": "inbox", "ownerIdentity": { "principalId": "000000000000" }, "arn": "arn:aws:s3:::inbox" },
            "object": {
                "key": "my+folder/a%2Bb+%C3%BC.csv", "size": 1024, "eTag": "d41d8cd98f00b204e9800998ecf8427e",
                "sequencer": "0000000000000001",
            },
        });
        assert_eq!(record["s3"], s3);
    }
}
