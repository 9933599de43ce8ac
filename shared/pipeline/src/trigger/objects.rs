//! Which objects a trigger takes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::key_pattern::KeyPattern;

/// Which objects a trigger takes, by what the event of their creation tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectFilter {
    /// How the key begins; may be empty. If there is a pattern, it is the pattern's beginning.
    pub prefix: String,
    /// How the key ends: in one of these ways; empty is in any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suffixes: Vec<String>,
    /// The pattern that the whole key matches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<KeyPattern>,
    /// The least size, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_bytes: Option<u64>,
    /// The greatest size, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bytes: Option<u64>,
}

impl ObjectFilter {
    /// The parts of the key by name, none if there is no pattern, if the object is one for this trigger.
    pub fn matches(&self, key: &str, bytes: u64) -> Option<Map<String, Value>> {
        let sized =
            self.min_bytes.is_none_or(|least| bytes >= least) && self.max_bytes.is_none_or(|most| bytes <= most);
        // Beginning and end must not overlap: the key of `ab` + `bc` is at least `abbc`.
        let rest = key.strip_prefix(self.prefix.as_str()).filter(|_| sized)?;
        let ends = |suffix: &String| match &self.key {
            Some(_) => key.ends_with(suffix.as_str()),
            None => rest.ends_with(suffix.as_str()),
        };
        if !self.suffixes.is_empty() && !self.suffixes.iter().any(ends) {
            return None;
        }
        self.key.as_ref().map_or_else(|| Some(Map::new()), |pattern| pattern.parts_of(key))
    }
}

/// What only S3 itself can tell of an object: no event has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asks {
    /// The user's metadata: `HeadObject`.
    pub metadata: bool,
    /// The tags: `GetObjectTagging`.
    pub tags: bool,
}

impl Asks {
    /// Both together.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { metadata: self.metadata || other.metadata, tags: self.tags || other.tags }
    }

    /// Whether it asks nothing.
    pub fn is_nothing(&self) -> bool {
        !self.metadata && !self.tags
    }

    /// What an expression asks by naming that.
    pub(crate) fn of_name(name: &str) -> Self {
        let of = |what: &str| name == what || name.strip_prefix(what).is_some_and(|rest| rest.starts_with('.'));
        Self { metadata: of("trigger.s3.metadata"), tags: of("trigger.s3.tags") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_taken_by_the_beginning_and_the_end_of_its_key_and_by_its_size() {
        let filter = |prefix: &str, suffixes: &[&str]| ObjectFilter {
            prefix: prefix.into(),
            suffixes: suffixes.iter().map(|suffix| (*suffix).to_owned()).collect(),
            ..ObjectFilter::default()
        };
        let takes = |filter: &ObjectFilter, key: &str| filter.matches(key, 5).is_some();
        assert!(takes(&filter("in/", &[".csv"]), "in/a.csv"));
        assert!(takes(&filter("", &[]), "anything"));
        assert!(takes(&filter("in/", &[".tsv", ".csv"]), "in/a.csv"));
        assert!(!takes(&filter("in/", &[".csv"]), "in/a.csv.gz"));
        assert!(!takes(&filter("in/", &[".csv"]), "out/in/a.csv"));
        assert!(!takes(&filter("abc", &["bcd"]), "abcd"), "they overlap");
        let sized = |least, most| ObjectFilter { min_bytes: least, max_bytes: most, ..ObjectFilter::default() };
        for (least, most, taken) in
            [(Some(5), Some(5), true), (Some(6), None, false), (None, Some(4), false), (Some(0), Some(u64::MAX), true)]
        {
            assert_eq!(takes(&sized(least, most), "k"), taken, "{least:?} {most:?}");
        }
    }

    #[test]
    fn a_pattern_goes_together_with_an_end() {
        let pattern = KeyPattern::parse("in/{name}").unwrap();
        let filter = ObjectFilter {
            prefix: pattern.prefix().to_owned(),
            suffixes: vec![".csv".to_owned()],
            key: Some(pattern),
            ..ObjectFilter::default()
        };
        assert_eq!(filter.matches("in/a.csv", 1).and_then(|parts| parts.get("name").cloned()), Some("a.csv".into()));
        assert_eq!(filter.matches("in/a.txt", 1), None);
        assert_eq!(filter.matches("in/b/a.csv", 1), None);
    }
}
