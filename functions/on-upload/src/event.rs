//! Decoding S3 event notifications.

use control::UploadedObject;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::Value;

use crate::event_bridge;

/// One record of an S3 event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Record {
    /// An object was created.
    Created(UploadedObject),
    /// Something else that S3 may tell, such as a removal.
    Other,
    /// It cannot be read; why, and what would be right.
    Malformed(String),
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "Records")]
    records: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRecord {
    event_source: String,
    event_name: String,
    s3: RawS3,
}

#[derive(Deserialize)]
struct RawS3 {
    bucket: RawBucket,
    object: RawObject,
}

#[derive(Deserialize)]
struct RawBucket {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawObject {
    key: String,
    // A removal has neither size nor ETag.
    #[serde(default)]
    size: u64,
    #[serde(default)]
    e_tag: String,
    version_id: Option<String>,
    #[serde(default)]
    sequencer: String,
}

/// Whether the event is a batch of SQS messages.
pub(crate) fn is_from_sqs(event: &Value) -> bool {
    event.pointer("/Records/0/eventSource").and_then(Value::as_str) == Some("aws:sqs")
}

/// Reads an S3 event. The test event that S3 sends when a notification is set up has no records.
pub(crate) fn parse(text: &str) -> Result<Vec<Record>, String> {
    let right = "an S3 event notification is {\"Records\": [{\"eventName\": …, \"s3\": {…}}]}";
    let event: Value =
        serde_json::from_str(text).map_err(|error| format!("the event is not JSON: {error}; {right}"))?;
    if event.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
        return Ok(Vec::new());
    }
    if event_bridge::is_from_s3(&event) {
        return Ok(vec![event_bridge::record(event)]);
    }
    let envelope: Envelope =
        serde_json::from_value(event).map_err(|error| format!("the event is not S3's: {error}; {right}"))?;
    let mut records: Vec<Record> = envelope.records.into_iter().map(record).collect();
    // The event is rejected as a whole, once: of ten thousand bad records the first one tells.
    let mut told = false;
    records.retain(|record| !matches!(record, Record::Malformed(_)) || !std::mem::replace(&mut told, true));
    Ok(records)
}

fn record(value: Value) -> Record {
    let raw: RawRecord = match serde_json::from_value(value) {
        Ok(raw) => raw,
        Err(error) => return Record::Malformed(format!("a record of the S3 event cannot be read: {error}")),
    };
    if raw.event_source != "aws:s3" {
        return Record::Malformed(format!("a record is of {:?}, and should be of aws:s3", raw.event_source));
    }
    let name = raw.event_name.strip_prefix("s3:").unwrap_or(&raw.event_name);
    if !name.starts_with("ObjectCreated:") {
        return Record::Other;
    }
    let object = raw.s3.object;
    if object.sequencer.is_empty() || object.e_tag.is_empty() {
        let what = "a record has no sequencer or no eTag, which S3 gives every created object: \
                    nothing would tell two writes of the key apart";
        return Record::Malformed(what.to_owned());
    }
    match decode_key(&object.key) {
        Some(key) => Record::Created(UploadedObject {
            bucket: raw.s3.bucket.name,
            key,
            size: object.size,
            etag: object.e_tag.trim_matches('"').to_owned(),
            version: object.version_id,
            sequencer: object.sequencer,
        }),
        None => Record::Malformed("the object's key is not URL-encoded UTF-8".to_owned()),
    }
}

/// S3 URL-encodes keys in events, a space as `+`.
fn decode_key(key: &str) -> Option<String> {
    let spaced = key.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_decoded_as_s3_encodes_them() {
        for (encoded, key) in [
            ("a/b.csv", "a/b.csv"),
            ("a+b%2Bc", "a b+c"),
            ("%C3%BC/%E2%82%AC", "ü/€"),
            ("..%2F..%2Fetc", "../../etc"),
            ("100%25", "100%"),
        ] {
            assert_eq!(decode_key(encoded).as_deref(), Some(key));
        }
        assert_eq!(decode_key("%FF"), None);
    }

    /// Each would be a write of the same rejection, which holds the whole event: found by fuzzing.
    #[test]
    fn of_many_bad_records_the_first_one_tells() {
        let removed = r#"{"eventSource":"aws:s3","eventName":"ObjectRemoved:Delete","s3":{"bucket":{"name":"b"},"object":{"key":"k"}}}"#;
        let records = parse(&format!(r#"{{"Records":["a",{removed},"b",{{}}]}}"#)).unwrap();
        assert!(matches!(records.as_slice(), [Record::Malformed(_), Record::Other]), "{records:?}");
    }

    #[test]
    fn the_test_event_has_no_records() {
        assert_eq!(parse(r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#), Ok(Vec::new()));
    }
}
