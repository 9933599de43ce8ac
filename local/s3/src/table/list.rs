//! Listing keys in the order of their bytes, a page at a time.
//!
//! A page costs what it shows: everything below a common prefix is skipped by one seek, however much it is.

use rusqlite::{CachedStatement, Connection, params};

use super::{Bucket, Key, Seq, Version, version::COLUMNS};
use crate::Error;

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Objects that keys mean now.
    Current,
    /// All versions and delete markers, of one key the newest first.
    Versions,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum After {
    /// At the start.
    Nothing,
    /// After this key, or, if it is a common prefix, after all below it.
    Key(String),
    /// After this version of this key.
    Version(String, Seq),
}

/// What is asked for.
#[derive(Debug)]
pub(crate) struct Query<'a> {
    pub(crate) scope: Scope,
    pub(crate) bucket: &'a str,
    pub(crate) prefix: &'a str,
    /// Keys are grouped by what is before its first occurrence after the prefix.
    pub(crate) delimiter: Option<&'a str>,
    pub(crate) after: After,
    /// The most versions and common prefixes of a page.
    pub(crate) limit: usize,
}

/// An entry of a page.
#[derive(Debug)]
pub(crate) enum Listed {
    Version(Version),
    CommonPrefix(String),
}

/// A page, in order.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) entries: Vec<Listed>,
    /// Whether there is more.
    pub(crate) truncated: bool,
}

impl Page {
    /// The key, or common prefix, of the last entry, and the id of the version that it is.
    pub(crate) fn last(&self) -> Option<(&str, Option<&str>)> {
        self.entries.last().map(|entry| match entry {
            Listed::Version(version) => (version.key.as_str(), Some(version.version_id.as_str())),
            Listed::CommonPrefix(prefix) => (prefix.as_str(), None),
        })
    }
}

/// The next entry is the first of `key` or greater, and of `key` itself only what is older than `below`.
struct Cursor {
    key: String,
    below: Seq,
}

impl Cursor {
    fn at(key: String) -> Self {
        Self { key, below: Seq(i64::MAX) }
    }

    fn past(key: &str) -> Self {
        // No key lies between a key and itself with a zero byte.
        Self::at(format!("{key}\0"))
    }
}

enum Step {
    /// The page has an entry more; go on from here.
    Seek(Cursor),
    End,
}

impl Query<'_> {
    /// The page, or `NoSuchBucket`.
    pub(crate) fn page(&self, connection: &Connection) -> Result<Page, Error> {
        Bucket::get(connection, self.bucket)?;
        let mut page = Page::default();
        let mut statement = connection.prepare_cached(&self.sql())?;
        let mut cursor = self.start();
        while self.limit > 0
            && let Some(from) = cursor
        {
            cursor = match self.scan(&mut statement, &from, &mut page)? {
                Step::Seek(next) => Some(next),
                Step::End => None,
            };
        }
        Ok(page)
    }

    fn sql(&self) -> String {
        let which = match self.scope {
            Scope::Current => "AND latest = 1 AND marker = 0 ORDER BY key",
            Scope::Versions => "ORDER BY key, seq DESC",
        };
        format!("SELECT {COLUMNS} FROM s3_version WHERE bucket = ?1 AND key >= ?2 AND (key > ?2 OR seq < ?3) {which}")
    }

    fn start(&self) -> Option<Cursor> {
        let cursor = match &self.after {
            After::Nothing => Cursor::at(self.prefix.to_owned()),
            After::Key(key) => match self.common_prefix(key) {
                Some(common) if common == key => Cursor::at(successor(common)?),
                Some(_) | None => Cursor::past(key),
            },
            After::Version(key, seq) => Cursor { key: key.clone(), below: *seq },
        };
        let before_all = cursor.key.as_str() < self.prefix;
        Some(if before_all { Cursor::at(self.prefix.to_owned()) } else { cursor })
    }

    /// Reads on from `from`, until the page is full, there is no more, or a common prefix is to be skipped.
    fn scan(&self, statement: &mut CachedStatement<'_>, from: &Cursor, page: &mut Page) -> Result<Step, Error> {
        let mut rows = statement.query(params![self.bucket, Key(from.key.clone()), from.below])?;
        while let Some(row) = rows.next()? {
            let version = Version::of(row)?;
            if !version.key.starts_with(self.prefix) {
                return Ok(Step::End);
            }
            if page.entries.len() >= self.limit {
                page.truncated = true;
                return Ok(Step::End);
            }
            match self.common_prefix(&version.key) {
                Some(common) => {
                    let next = successor(common).map(Cursor::at);
                    page.entries.push(Listed::CommonPrefix(common.to_owned()));
                    return Ok(next.map_or(Step::End, Step::Seek));
                }
                None => page.entries.push(Listed::Version(version)),
            }
        }
        Ok(Step::End)
    }

    /// What `key` is grouped under.
    fn common_prefix<'k>(&self, key: &'k str) -> Option<&'k str> {
        let delimiter = self.delimiter.filter(|delimiter| !delimiter.is_empty())?;
        let rest = key.strip_prefix(self.prefix)?;
        let end = self.prefix.len().checked_add(rest.find(delimiter)?)?.checked_add(delimiter.len())?;
        key.get(..end)
    }
}

/// The least text that is greater than everything that begins with `prefix`; none if nothing is.
fn successor(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        // UTF-8 orders as code points do. The gap in them is where the surrogates would be.
        let next = match last {
            '\u{d7ff}' => Some('\u{e000}'),
            other => u32::from(other).checked_add(1).and_then(char::from_u32),
        };
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_successor_is_greater_than_all_that_begins_with_the_prefix() {
        assert_eq!(successor("a/").as_deref(), Some("a0"));
        assert_eq!(successor("a\u{d7ff}").as_deref(), Some("a\u{e000}"));
        assert_eq!(successor("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(successor("\u{10ffff}"), None);
        assert_eq!(successor(""), None);
    }
}
