//! The item of a trigger: `PK=TRIGGER#<bucket or queue>`, `SK=<pipeline>#<hash of what it takes>`.
//!
//! They are read consistently, so that an upload right after a registration is matched. An item has all that decides whether an event
//! is one for the trigger; what the run is then given is for the definition to say.
//!
//! | attribute | meaning |
//! |---|---|
//! | `pipeline`, `prefix`, `suffix` | the pipeline, and how keys begin and end, for people and for functions of the first versions |
//! | `row` | all of it, as JSON |

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, ReturnConsumedCapacity, TransactWriteItem};
use pipeline::{Asks, Gather, ObjectFilter};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    run_id::short_hash,
    table::{
        Error, Item, Table,
        attributes::{Malformed, Reader, Writer},
        key,
    },
};

/// What starts runs of a pipeline: objects of a bucket, or messages of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriggerRow {
    /// `s3:<bucket>` or `sqs:<queue>`.
    pub source: String,
    /// The pipeline.
    pub pipeline: String,
    /// Which objects; of a queue, all messages.
    #[serde(flatten)]
    pub objects: ObjectFilter,
    /// The condition that an event must fulfil.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What S3 is asked about an object, by the condition, the parameters, or a stage.
    #[serde(default, skip_serializing_if = "Asks::is_nothing")]
    pub asks: Asks,
    /// Whether the definition says where the parameters of its runs come from.
    #[serde(default)]
    pub binds: bool,
    /// How several events become one run; `None` if each is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gather: Option<Gather>,
    /// Where it stands in the definition: of two triggers of a pipeline, the first counts.
    #[serde(default)]
    pub position: u16,
    /// The version of the pipeline that it is of.
    #[serde(default)]
    pub version: u32,
}

impl TriggerRow {
    pub(crate) fn to_json(&self) -> String {
        let mut row = serde_json::to_value(self).unwrap_or_default();
        // Functions of the first versions, which may read it during an upgrade, know one suffix.
        if let Some(row) = row.as_object_mut() {
            row.insert("suffix".to_owned(), Value::from(self.first_suffix()));
        }
        row.to_string()
    }

    pub(crate) fn from_json(text: &str) -> Option<Self> {
        let mut row: Value = serde_json::from_str(text).ok()?;
        let fields = row.as_object_mut()?;
        if let Some(Value::String(suffix)) = fields.remove("suffix")
            && !suffix.is_empty()
            && !fields.contains_key("suffixes")
        {
            fields.insert("suffixes".to_owned(), Value::from(vec![suffix]));
        }
        serde_json::from_value(row).ok()
    }

    fn first_suffix(&self) -> &str {
        self.objects.suffixes.first().map(String::as_str).unwrap_or_default()
    }

    /// The parts of an object's key if it is one for this trigger, and whether it is the marker of a set.
    pub fn takes(&self, key: &str, bytes: u64) -> Option<(Map<String, Value>, bool)> {
        let marker = self.gather.as_ref().and_then(Gather::marker).and_then(|marker| marker.parts_of(key));
        marker.map(|parts| (parts, true)).or_else(|| Some((self.objects.matches(key, bytes)?, false)))
    }

    /// What it is called among those of its source: the same as long as it takes the same.
    pub(crate) fn item_name(&self) -> String {
        self.key().get("SK").and_then(|name| name.as_s().ok()).cloned().unwrap_or_default()
    }

    /// Whether both are one item.
    pub(crate) fn is_same_item(&self, other: &Self) -> bool {
        self.key() == other.key()
    }

    /// A prefix and a suffix may be as long as a key may be in all, so they go into it as a hash; so does whatever else there is.
    fn key(&self) -> Item {
        let (prefix, suffixes) = (self.objects.prefix.as_str(), self.objects.suffixes.as_slice());
        let plain = ObjectFilter { prefix: prefix.to_owned(), suffixes: suffixes.to_vec(), ..ObjectFilter::default() };
        let hash = if suffixes.len() < 2 && self.objects == plain && self.when.is_none() {
            short_hash(&[prefix, self.first_suffix()])
        } else {
            let objects = serde_json::to_string(&self.objects).unwrap_or_default();
            short_hash(&[prefix, &objects, self.when.as_deref().unwrap_or_default()])
        };
        key(format!("TRIGGER#{}", self.source), format!("{}#{hash}", self.pipeline))
    }
}

impl Table {
    /// The triggers of a source, read consistently; those of one pipeline in the order of its definition.
    ///
    /// # Errors
    /// If DynamoDB fails, or an item is malformed.
    pub async fn triggers(&self, source: &str) -> Result<Vec<TriggerRow>, Error> {
        let mut pages = self
            .client
            .query()
            .table_name(self.table_name())
            .consistent_read(true)
            .key_condition_expression("PK = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(format!("TRIGGER#{source}")))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .into_paginator()
            .items()
            .send();
        let mut rows = Vec::new();
        while let Some(item) = pages.next().await {
            let item = item.map_err(|error| Error::dynamo("Query", &error))?;
            rows.push(decode(source, &item)?);
        }
        rows.sort_by(|one, other| (&one.pipeline, one.position).cmp(&(&other.pipeline, other.position)));
        Ok(rows)
    }

    pub(crate) fn put_trigger(&self, row: &TriggerRow) -> Result<TransactWriteItem, Error> {
        let put = Put::builder().table_name(self.table_name()).set_item(Some(encode(row))).build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    pub(crate) fn delete_trigger(&self, row: &TriggerRow) -> Result<TransactWriteItem, Error> {
        let delete = Delete::builder().table_name(self.table_name()).set_key(Some(row.key())).build()?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }
}

fn encode(row: &TriggerRow) -> Item {
    Writer::new(row.key())
        .text("pipeline", &row.pipeline)
        .text("prefix", &row.objects.prefix)
        .text("suffix", row.first_suffix())
        .text("row", row.to_json())
        .item()
}

fn decode(source: &str, item: &Item) -> Result<TriggerRow, Malformed> {
    let reader = Reader(item);
    if let Some(row) = reader.optional_text("row")? {
        return TriggerRow::from_json(row).ok_or_else(|| reader.malformed("row", "is no trigger"));
    }
    // Those of the first versions have nothing but a prefix and a suffix.
    let suffixes = Some(reader.text("suffix")?).filter(|suffix| !suffix.is_empty());
    Ok(TriggerRow {
        source: source.to_owned(),
        pipeline: reader.text("pipeline")?.to_owned(),
        objects: ObjectFilter {
            prefix: reader.text("prefix")?.to_owned(),
            suffixes: suffixes.into_iter().map(str::to_owned).collect(),
            ..ObjectFilter::default()
        },
        when: None,
        asks: Asks::default(),
        binds: false,
        gather: None,
        position: 0,
        version: 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(prefix: &str, suffix: &str) -> TriggerRow {
        let suffixes = Some(suffix).filter(|suffix| !suffix.is_empty()).into_iter().map(str::to_owned).collect();
        TriggerRow {
            source: "s3:b".to_owned(),
            pipeline: "p".to_owned(),
            objects: ObjectFilter { prefix: prefix.to_owned(), suffixes, ..ObjectFilter::default() },
            when: None,
            asks: Asks::default(),
            binds: false,
            gather: None,
            position: 3,
            version: 7,
        }
    }

    #[test]
    fn a_trigger_is_read_as_it_was_written() {
        let pattern = pipeline::KeyPattern::parse("in/{station}/*.csv").unwrap();
        let row = TriggerRow {
            objects: ObjectFilter {
                prefix: pattern.prefix().to_owned(),
                suffixes: vec![".csv".to_owned(), ".tsv".to_owned()],
                key: Some(pattern),
                min_bytes: Some(1),
                max_bytes: Some(u64::MAX),
            },
            when: Some("trigger.s3.size > 0".to_owned()),
            asks: Asks { metadata: true, tags: false },
            binds: true,
            gather: Some(Gather {
                goal: pipeline::Goal::Marker {
                    by: vec!["station".to_owned()],
                    marker: pipeline::KeyPattern::parse("in/{station}/_DONE").unwrap(),
                    incomplete: pipeline::Incomplete::Run,
                },
                window_s: 60,
            }),
            ..plain("", "")
        };
        assert_eq!(row.takes("in/b7/_DONE", 0).map(|(parts, marker)| (parts.len(), marker)), Some((1, true)));
        assert_eq!(row.takes("in/b7/a.csv", 1).map(|(parts, marker)| (parts.len(), marker)), Some((1, false)));
        for row in [row, plain("in/", ".csv"), plain("", "")] {
            assert_eq!(decode("s3:b", &encode(&row)), Ok(row.clone()));
            assert_eq!(TriggerRow::from_json(&row.to_json()), Some(row));
        }
    }

    /// What a registration of an older version wrote must be matched, and found when the next one takes it away.
    #[test]
    fn triggers_of_the_first_versions_are_read() {
        let old = r#"{"source":"s3:b","prefix":"in/","suffix":".csv","pipeline":"p"}"#;
        let read = TriggerRow::from_json(old).unwrap();
        assert_eq!(read.objects, plain("in/", ".csv").objects);
        let sk = |row: &TriggerRow| row.key().get("SK").and_then(|sk| sk.as_s().ok()).cloned().unwrap_or_default();
        assert_eq!(sk(&read), format!("p#{}", short_hash(&["in/", ".csv"])));
        let item = Writer::new(read.key()).text("prefix", "in/").text("suffix", ".csv").text("pipeline", "p").item();
        assert_eq!(decode("s3:b", &item), Ok(read));
    }

    #[test]
    fn whatever_takes_other_objects_is_another_item() {
        let with = |change: fn(&mut TriggerRow)| {
            let mut row = plain("in/", ".csv");
            change(&mut row);
            row
        };
        let rows = [
            plain("in/", ".csv"),
            plain("in/", ""),
            with(|row| row.objects.min_bytes = Some(0)),
            with(|row| row.objects.suffixes.push(".tsv".to_owned())),
            with(|row| row.when = Some("true".to_owned())),
            with(|row| row.pipeline = "q".to_owned()),
        ];
        for (at, row) in rows.iter().enumerate() {
            for (other_at, other) in rows.iter().enumerate() {
                assert_eq!(row.is_same_item(other), at == other_at, "{row:?} {other:?}");
            }
        }
        assert!(plain("in/", "").is_same_item(&with(|row| {
            row.objects.suffixes.clear();
            row.position = 9;
        })));
    }
}
