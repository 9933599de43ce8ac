//! What a slot holds.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest entry, in bytes of JSON: it must fit into one item of DynamoDB (≤ 400 KB).
pub(crate) const MOST_ENTRY_BYTES: usize = 256 * 1024;

/// An upload or a message that was gathered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// What makes two of them the same.
    pub(crate) member: String,
    /// Its line of the manifest.
    pub(crate) item: Value,
    /// S3's order of the uploads of one key; empty for messages.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) sequencer: String,
    /// Whether it is the marker of a set, and no item.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) marker: bool,
}

impl Entry {
    /// How many bytes it takes in a slot.
    pub(crate) fn bytes(&self) -> usize {
        serde_json::to_string(self).map_or(0, |text| text.len())
    }

    /// The object that it is about, if it is about one.
    pub(super) fn object(&self) -> Option<(&str, &str)> {
        let text = |name: &str| self.item.get(name).and_then(Value::as_str);
        Some((text("bucket")?, text("key")?)).filter(|_| !self.sequencer.is_empty())
    }

    /// Whether it is of a later upload of its key: S3 orders sequencers as texts, the shorter one filled up with zeros.
    pub(super) fn is_later_than(&self, other: &Self) -> bool {
        let len = self.sequencer.len().max(other.sequencer.len());
        let filled = |entry: &Self| format!("{:0<len$}", entry.sequencer.to_ascii_uppercase());
        filled(self) > filled(other)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(sequencer: &str) -> Entry {
        let item = json!({ "bucket": "b", "key": "k" });
        Entry { member: "m".to_owned(), item, sequencer: sequencer.to_owned(), marker: false }
    }

    #[test]
    fn the_later_upload_of_a_key_is_told_by_its_sequencer() {
        for (later, earlier) in
            [("0055AED6DCD90281E6", "0055AED6DCD90281E5"), ("0056", "0055AED6DCD90281E5"), ("00561", "0056")]
        {
            assert!(
                of(later).is_later_than(&of(earlier)) && !of(earlier).is_later_than(&of(later)),
                "{later} {earlier}"
            );
        }
        assert!(!of("0056").is_later_than(&of("005600")), "they are the same");
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        for entry in [of("0055"), Entry { marker: true, ..of("") }] {
            assert_eq!(serde_json::from_str::<Entry>(&serde_json::to_string(&entry).unwrap()).unwrap(), entry);
        }
    }
}
