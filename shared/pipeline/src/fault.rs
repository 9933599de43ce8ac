//! What is wrong with a definition: all of it, each with its place and what would be right.

mod colourful;
mod plain;

use std::{fmt, ops::Range};

use serde::Serialize;

/// How many faults are kept; the rest is counted. Somebody who has a hundred to mend does not miss the next.
pub const MAX_FAULTS: usize = 100;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: String,
    /// The bytes of the source that it is about.
    #[serde(skip)]
    span: Range<usize>,
}

/// All that is wrong with a definition; never empty.
///
/// `Display` is plain text for logs and records. `Serialize` gives `{"file", "faults": [{"line", "column", "message", "help"}],
/// "more"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Faults {
    file: String,
    faults: Vec<Fault>,
    /// How many more there are.
    more: usize,
    #[serde(skip)]
    source: String,
}

impl Faults {
    /// One fault of a source that is not kept.
    pub(crate) fn sole(file: &str, message: impl Into<String>, help: impl Into<String>) -> Self {
        let fault = Fault { line: 1, column: 1, message: message.into(), help: help.into(), span: 0..0 };
        Self { file: shown(file), faults: vec![fault], more: 0, source: String::new() }
    }

    /// The name of the file.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The first [`MAX_FAULTS`], in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Fault> {
        self.faults.iter()
    }

    /// How many there are in all.
    pub fn count(&self) -> usize {
        self.faults.len() + self.more
    }

    /// One line: the first fault, and how many more there are.
    pub fn summary(&self) -> String {
        let first = self
            .faults
            .first()
            .map(|fault| format!("{}:{}:{}: {}", self.file, fault.line, fault.column, fault.message));
        let first = first.unwrap_or_default();
        match self.count() {
            0 | 1 => first,
            2 => format!("{first} (and 1 more fault)"),
            count => format!("{first} (and {} more faults)", count - 1),
        }
    }

    /// For a terminal: each fault with its lines of the source and a marker; with ANSI colours if wanted.
    pub fn render(&self, colour: bool) -> String {
        colourful::render(self, colour)
    }

    fn more_line(&self) -> Option<String> {
        (self.more > 0).then(|| format!("… and {} more\n", self.more))
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        plain::write(self, f)
    }
}

impl std::error::Error for Faults {}

/// Collects the faults of one source.
#[derive(Debug)]
pub(crate) struct Report<'s> {
    source: &'s str,
    line_starts: Vec<usize>,
    faults: Vec<Fault>,
    more: usize,
}

impl<'s> Report<'s> {
    pub(crate) fn new(source: &'s str) -> Self {
        let after_breaks = source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { source, line_starts: std::iter::once(0).chain(after_breaks).collect(), faults: Vec::new(), more: 0 }
    }

    /// The text that is diagnosed.
    pub(crate) fn source(&self) -> &'s str {
        self.source
    }

    /// The line that a byte is in, from 1.
    pub(crate) fn line_of(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at)
    }

    /// Adds a fault about those bytes of the source.
    pub(crate) fn add(&mut self, span: &Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        if self.faults.len() >= MAX_FAULTS {
            self.more += 1;
            return;
        }
        let start = self.source.floor_char_boundary(span.start);
        let line = self.line_of(start);
        let line_start = self.line_starts.get(line - 1).copied().unwrap_or_default();
        let line_end = self.line_starts.get(line).map_or(self.source.len(), |next| next - 1);
        let fault = Fault {
            line,
            column: self.source.get(line_start..start).unwrap_or_default().chars().count() + 1,
            message: harmless(&message.into()),
            help: harmless(&help.into()),
            span: start..self.source.floor_char_boundary(span.end.clamp(start, line_end)),
        };
        self.faults.push(fault);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// What was found, in the order of the file.
    pub(crate) fn into_faults(mut self, file: &str) -> Faults {
        self.faults.sort_by_key(|fault| fault.span.start);
        self.faults.dedup_by(|a, b| a.span == b.span && a.message == b.message);
        Faults { file: shown(file), faults: self.faults, more: self.more, source: self.source.to_owned() }
    }
}

/// The file's name as it may be shown: names come from S3 keys too.
fn shown(file: &str) -> String {
    harmless(&file.chars().take(1024).collect::<String>())
}

/// A text of the source in a message: cut short.
pub(crate) fn excerpt(text: &str) -> String {
    if text.chars().count() <= 80 {
        harmless(text)
    } else {
        harmless(&text.chars().take(79).chain(['…']).collect::<String>())
    }
}

/// Without control characters, which would move the cursor of whoever reads it.
fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
