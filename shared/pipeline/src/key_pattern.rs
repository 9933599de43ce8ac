//! Patterns of keys: `readings/{station}/{date}.csv`, `raw/**/*.csv`.
//!
//! A pattern is turned into a regular expression without backtracking, so that matching takes time proportional to the key.

use std::fmt;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::name::ParamName;

/// The longest pattern, in bytes: as long as a key can be.
const MAX_LEN: usize = 1024;
/// What a named part and `*` match of: anything but the separator of folders.
const WITHIN: &str = "[^/]";

/// A pattern that a whole key must match.
///
/// `{name}` stands for one or more characters but `/`, `*` for any number of them, `**` for any number of characters whatever they
/// are, and `/**/` also for a single `/`. `\` takes the meaning from the character behind it. Everything else stands for itself.
/// Where a key could be taken apart in several ways, each part takes as much as it can, the first first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyPattern {
    source: String,
    regex: Regex,
    prefix: String,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}; {help}")]
pub struct PatternError {
    /// What is wrong, to follow "the key `…`".
    pub problem: String,
    /// What would be right.
    pub help: &'static str,
}

impl KeyPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// In words: what is wrong, and what would be right.
    pub fn parse(source: &str) -> Result<Self, PatternError> {
        if source.is_empty() || source.len() > MAX_LEN {
            return Err(wrong(
                "is empty, or longer than a key can be, 1024 bytes",
                "write `key: readings/{station}.csv`",
            ));
        }
        let pieces = pieces(source)?;
        check(&pieces)?;
        let regex = RegexBuilder::new(&expression(&pieces)).dot_matches_new_line(true).size_limit(1 << 20).build();
        let regex = regex.map_err(|_| wrong("has too many parts", "leave some of them to one `*`"))?;
        Ok(Self { source: source.to_owned(), regex, prefix: literal_beginning(&pieces) })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// How every key that matches begins; may be empty.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The names of its parts, in order.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.regex.capture_names().flatten()
    }

    /// The parts of a key by name, if it matches.
    pub fn parts_of(&self, key: &str) -> Option<Map<String, Value>> {
        let found = self.regex.captures(key)?;
        let part = |name: &str| Some((name.to_owned(), Value::from(found.name(name)?.as_str())));
        Some(self.parts().filter_map(part).collect())
    }
}

impl PartialEq for KeyPattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for KeyPattern {}

impl fmt::Display for KeyPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl TryFrom<String> for KeyPattern {
    type Error = PatternError;

    fn try_from(source: String) -> Result<Self, PatternError> {
        Self::parse(&source)
    }
}

impl From<KeyPattern> for String {
    fn from(pattern: KeyPattern) -> Self {
        pattern.source
    }
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    /// `{name}`.
    Named(String),
    /// `*`.
    Within,
    /// `**`.
    Across,
}

fn pieces(source: &str) -> Result<Vec<Piece>, PatternError> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = source.chars().peekable();
    while let Some(c) = rest.next() {
        let piece = match c {
            '\\' => match rest.next() {
                Some(escaped @ ('*' | '{' | '}' | '\\')) => {
                    literal.push(escaped);
                    continue;
                }
                Some(_) | None => {
                    let help = "behind it stands one of `*`, `{`, `}` and `\\`, which then means itself";
                    return Err(wrong("has a `\\` that takes the meaning from nothing", help));
                }
            },
            '*' if rest.next_if_eq(&'*').is_some() => Piece::Across,
            '*' => Piece::Within,
            '{' => Piece::Named(name(rest.by_ref())?),
            '}' => return Err(wrong("has a `}` without a `{`", "a brace that means itself is written `\\}`")),
            c => {
                literal.push(c);
                continue;
            }
        };
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(piece);
    }
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

/// The name of a part, up to its closing brace.
fn name(rest: &mut impl Iterator<Item = char>) -> Result<String, PatternError> {
    let mut name = String::new();
    for c in rest {
        if c != '}' {
            name.push(c);
        } else if ParamName::new(name.as_str()).is_ok() {
            return Ok(name);
        } else {
            return Err(wrong(format!("has a part `{{{name}}}`, which is not a name"), ParamName::RULE));
        }
    }
    Err(wrong("has a `{` that is not closed", "write a part as `{station}`; a brace that means itself as `\\{`"))
}

fn check(pieces: &[Piece]) -> Result<(), PatternError> {
    if let Some(Piece::Literal(first)) = pieces.first()
        && first.starts_with('/')
    {
        return Err(wrong("begins with `/`, which keys do not", "leave it out"));
    }
    let mut names: Vec<&str> = Vec::new();
    let mut after_wild = false;
    for piece in pieces {
        let wild = match piece {
            Piece::Literal(_) => false,
            Piece::Within | Piece::Across => true,
            Piece::Named(name) if names.contains(&name.as_str()) => {
                return Err(wrong(format!("has two parts `{{{name}}}`"), "give each a name of its own"));
            }
            Piece::Named(name) => {
                names.push(name);
                true
            }
        };
        if wild && after_wild {
            let help = "put something between them that the key has there, as in `{station}-{date}`";
            return Err(wrong("has two parts with nothing between them", help));
        }
        after_wild = wild;
    }
    Ok(())
}

fn expression(pieces: &[Piece]) -> String {
    let mut expression = String::from(r"\A");
    for (at, piece) in pieces.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| pieces.get(before));
        let opens = before.is_none_or(|before| matches!(before, Piece::Literal(text) if text.ends_with('/')));
        match piece {
            // The slash behind `**/` belongs to the folders that there may be none of.
            Piece::Literal(text) => {
                let folders = before == Some(&Piece::Across) && opens_folders(pieces, at - 1);
                let text = if folders { text.strip_prefix('/').unwrap_or(text) } else { text };
                expression.push_str(&regex::escape(text));
            }
            Piece::Named(name) => expression.push_str(&format!("(?P<{name}>{WITHIN}+)")),
            Piece::Within => expression.push_str(&format!("{WITHIN}*")),
            Piece::Across if opens && opens_folders(pieces, at) => expression.push_str("(?:.*/)?"),
            Piece::Across => expression.push_str(".*"),
        }
    }
    expression.push_str(r"\z");
    expression
}

/// Whether the `**` there stands for whole folders: it has a `/`, or the beginning, before it, and a `/` behind it.
fn opens_folders(pieces: &[Piece], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| pieces.get(before));
    let opens = before.is_none_or(|before| matches!(before, Piece::Literal(text) if text.ends_with('/')));
    opens && matches!(pieces.get(at + 1), Some(Piece::Literal(text)) if text.starts_with('/'))
}

fn literal_beginning(pieces: &[Piece]) -> String {
    match pieces.first() {
        Some(Piece::Literal(text)) => text.clone(),
        Some(Piece::Named(_) | Piece::Within | Piece::Across) | None => String::new(),
    }
}

fn wrong(problem: impl Into<String>, help: &'static str) -> PatternError {
    PatternError { problem: problem.into(), help }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parts(pattern: &str, key: &str) -> Option<Value> {
        KeyPattern::parse(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}")).parts_of(key).map(Value::from)
    }

    #[test]
    fn a_key_is_taken_apart() {
        let pattern = "readings/{station}/{date}.csv";
        assert_eq!(
            parts(pattern, "readings/b7/2026-11-24.csv"),
            Some(json!({ "station": "b7", "date": "2026-11-24" }))
        );
        for other in [
            "readings/b7/x/2026.csv",
            "readings//2026.csv",
            "readings/b7/.csv",
            "readings/b7/2026.csv.gz",
            "old/readings/b7/2026.csv",
            "readings/b7/2026Xcsv",
            "readings/b7/2026.csv\n",
        ] {
            assert_eq!(parts(pattern, other), None, "{other}");
        }
        assert_eq!(parts("{a}_{b}.csv", "x_y_z.csv"), Some(json!({ "a": "x_y", "b": "z" })), "the first takes most");
        assert_eq!(parts("{a}/x", "zürich\n/x"), Some(json!({ "a": "zürich\n" })));
    }

    #[test]
    fn stars_stop_at_folders_or_not() {
        for (pattern, key, matches) in [
            ("a/*.csv", "a/b.csv", true),
            ("a/*.csv", "a/.csv", true),
            ("a/*.csv", "a/b/c.csv", false),
            ("a/**", "a/b/c.csv", true),
            ("a/**", "a/", true),
            ("a/**/c.csv", "a/c.csv", true),
            ("a/**/c.csv", "a/b/b/c.csv", true),
            ("a/**/c.csv", "a/xc.csv", false),
            ("**/c.csv", "c.csv", true),
            ("**/c.csv", "a/b/c.csv", true),
            ("**/c.csv", "xc.csv", false),
            ("a**/c", "axx/y/c", true),
            ("a**/c", "ac", false),
            ("**.csv", "a/b.csv", true),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            (r"\{x\}\\", r"{x}\", true),
            ("a.b", "axb", false),
            ("a?[b]+(c)|^$", "a?[b]+(c)|^$", true),
        ] {
            assert_eq!(parts(pattern, key).is_some(), matches, "{pattern} and {key}");
        }
    }

    #[test]
    fn what_every_match_begins_with() {
        let prefix = |pattern: &str| KeyPattern::parse(pattern).unwrap().prefix().to_owned();
        assert_eq!(prefix("readings/{station}/x"), "readings/");
        assert_eq!(prefix(r"a\*b/*"), "a*b/");
        assert_eq!(prefix("*.csv"), "");
        assert_eq!(prefix("whole.csv"), "whole.csv");
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        for (text, words) in [
            ("", "is empty"),
            ("/a", "begins with `/`"),
            ("{a}{b}", "nothing between"),
            ("{a}*", "nothing between"),
            ("***", "nothing between"),
            ("{a}/{a}", "two parts `{a}`"),
            ("{a", "not closed"),
            ("a}", "without a `{`"),
            ("{}", "not a name"),
            ("{a-b}", "not a name"),
            (r"a\b", "takes the meaning from nothing"),
            ("a\\", "takes the meaning from nothing"),
        ] {
            let error = KeyPattern::parse(text).expect_err(text);
            assert!(error.problem.contains(words), "{text}: {error}");
        }
        assert!(KeyPattern::parse(&"x".repeat(1025)).is_err());
    }

    /// Nested repetition is what makes others take for ever.
    #[test]
    fn a_long_key_is_matched_in_a_moment() {
        let pattern = KeyPattern::parse(&"**a".repeat(300)).unwrap();
        assert!(pattern.parts_of(&"a".repeat(1023)).is_some());
        assert!(pattern.parts_of(&format!("{}b", "a".repeat(1023))).is_none());
    }
}
