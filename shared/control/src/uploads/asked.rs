//! What S3 tells of an object only if it is asked: its metadata and its tags.

use pipeline::Asks;
use serde_json::{Map, Value};

use super::UploadedObject;
use crate::{Control, Error, objects::Answer};

/// What was asked about one object so far.
#[derive(Debug, Default)]
pub(super) struct Told {
    metadata: Option<Map<String, Value>>,
    tags: Option<Map<String, Value>>,
}

impl Told {
    /// Adds it to what the event tells: `{"s3": {…}}`.
    pub(super) fn add_to(&self, trigger: &mut Value, asks: Asks) {
        let Some(Value::Object(s3)) = trigger.get_mut("s3") else { return };
        for (name, told) in [
            ("metadata", self.metadata.as_ref().filter(|_| asks.metadata)),
            ("tags", self.tags.as_ref().filter(|_| asks.tags)),
        ] {
            if let Some(told) = told {
                s3.insert(name.to_owned(), Value::Object(told.clone()));
            }
        }
    }
}

impl Control {
    /// Asks S3 what is asked for and not told yet. The inner error is why it can never be told.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub(super) async fn ask(
        &self,
        object: &UploadedObject,
        asks: Asks,
        told: &mut Told,
    ) -> Result<Result<(), String>, Error> {
        if asks.metadata && told.metadata.is_none() {
            match self.object_metadata(object).await? {
                Answer::Told(metadata) => told.metadata = Some(named(metadata)),
                Answer::Refused(why) => return Ok(Err(format!("S3 does not tell the object's metadata: {why}"))),
            }
        }
        if asks.tags && told.tags.is_none() {
            match self.object_tags(object).await? {
                Answer::Told(tags) => told.tags = Some(named(tags)),
                Answer::Refused(why) => return Ok(Err(format!("S3 does not tell the object's tags: {why}"))),
            }
        }
        Ok(Ok(()))
    }
}

/// By name; a name with `-` also as expressions write it.
fn named(pairs: Vec<(String, String)>) -> Map<String, Value> {
    let mut named = Map::new();
    for (name, value) in &pairs {
        named.insert(name.replace('-', "_"), Value::from(value.as_str()));
    }
    named.extend(pairs.into_iter().map(|(name, value)| (name, Value::from(value))));
    named
}
