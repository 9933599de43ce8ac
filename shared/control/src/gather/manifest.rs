//! The manifest: what a run is over, a JSON object a line, in the work bucket.

use std::collections::BTreeMap;

use aws_sdk_s3::error::DisplayErrorContext;
use machine::gathering::Goal;
use serde_json::{Map, Value, json};

use super::Entry;
use crate::{Control, Error, table::gathering_item::GatheringRecord};

/// Where manifests are, in the work bucket.
const PREFIX: &str = "manifests/";

/// A manifest that is written.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) uri: String,
    pub(super) items: usize,
    bucket: String,
    key: String,
    complete: bool,
    common: Map<String, Value>,
    marker: Option<Value>,
}

impl Manifest {
    /// What expressions see of it: `{"manifest": {…}, "key": {…}, "s3": {…}}`, the latter of the marker.
    pub(super) fn trigger(&self) -> Value {
        let manifest = json!({
            "uri": self.uri, "bucket": self.bucket, "key": self.key, "items": self.items, "complete": self.complete,
        });
        let mut trigger = Map::from_iter([("manifest".to_owned(), manifest)]);
        if !self.common.is_empty() {
            trigger.insert("key".to_owned(), Value::Object(self.common.clone()));
        }
        trigger.extend(self.marker.clone().map(|marker| ("s3".to_owned(), marker)));
        Value::Object(trigger)
    }
}

impl Control {
    /// Writes the manifest of a gathering. However often that is done, it is the same.
    pub(super) async fn write_manifest(
        &self,
        record: &GatheringRecord,
        members: &[Entry],
        goal: Goal,
        complete: bool,
    ) -> Result<Manifest, Error> {
        let items: Vec<&Value> = match goal {
            Goal::Batch { .. } => members.iter().map(|entry| &entry.item).collect(),
            Goal::Count { .. } | Goal::Marker { .. } => {
                objects(members).into_values().map(|entry| &entry.item).collect()
            }
        };
        let mut body = String::new();
        for item in &items {
            body.push_str(&item.to_string());
            body.push('\n');
        }
        let (bucket, key) = (self.config.work_bucket.clone(), format!("{PREFIX}{}.jsonl", record.id));
        let put = self.s3.put_object().bucket(&bucket).key(&key).content_type("application/x-ndjson");
        put.body(body.into_bytes().into())
            .send()
            .await
            .map_err(|error| Error::Service { service: "S3", message: DisplayErrorContext(&error).to_string() })?;
        Ok(Manifest {
            uri: format!("s3://{bucket}/{key}"),
            items: items.len(),
            bucket,
            key,
            complete,
            common: record.of.key.clone(),
            marker: members.iter().find(|entry| entry.marker).map(|entry| entry.item.clone()),
        })
    }
}

/// The objects of a set, by bucket and key: of one that was uploaded several times, the last.
pub(super) fn objects(members: &[Entry]) -> BTreeMap<(&str, &str), &Entry> {
    let mut objects: BTreeMap<(&str, &str), &Entry> = BTreeMap::new();
    for entry in members.iter().filter(|entry| !entry.marker) {
        let Some(object) = entry.object() else { continue };
        let kept = objects.entry(object).or_insert(entry);
        if entry.is_later_than(kept) {
            *kept = entry;
        }
    }
    objects
}
