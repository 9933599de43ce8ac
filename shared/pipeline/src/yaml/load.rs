//! From text to a tree.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span as MarkerSpan};

use super::{Content, Key, MAX_DEPTH, Node, Scalar, Span};
use crate::fault::Report;

/// The tree of the only document in the source, or `None` with a fault. A duplicate key is a fault, and does not end the reading.
pub(crate) fn load(report: &mut Report<'_>) -> Option<Node> {
    let source = report.source();
    let bytes = ByteOffsets::new(source);
    let mut tree = Tree::default();
    for event in Parser::new_from_str(source) {
        let (event, span) = match event {
            Ok((event, span)) => (event, bytes.span(span)),
            Err(error) => {
                let at = bytes.at(error.marker().index());
                if error.info().contains("unknown anchor") {
                    report.add(&(at..at + 1), ALIAS.message, ALIAS.help);
                    return None;
                }
                report.add(&(at..at + 1), format!("this is not YAML: {}", error.info()), NOT_YAML);
                return None;
            }
        };
        if let Err(refusal) = tree.take(event, span.clone(), report) {
            report.add(&span, refusal.message, refusal.help);
            return None;
        }
    }
    if tree.root.is_none() {
        report.add(&(0..0), "the file is empty", "a definition begins with `pipeline: <name>` and has `stages:`");
    }
    tree.root
}

const NOT_YAML: &str = "check the indentation (spaces, no tabs), the colons, and that quotes and brackets are closed";

/// What the language leaves out of YAML.
struct Refusal {
    message: &'static str,
    help: &'static str,
}

const ALIAS: Refusal = Refusal {
    message: "anchors (`&x`) and aliases (`*x`) are not part of the language",
    help: "put what stages share under `defaults`; a text that begins with `&` or `*` needs quotes",
};
const MERGE: Refusal =
    Refusal { message: "merging (`<<`) is not part of the language", help: "put what stages share under `defaults`" };
const TAG: Refusal = Refusal {
    message: "tags (`!x`) are not part of the language",
    help: "leave it out; a text that begins with `!` needs quotes",
};
const SECOND_DOCUMENT: Refusal = Refusal {
    message: "a second document begins here",
    help: "one file holds one pipeline: put the other one into a file of its own",
};
const TOO_DEEP: Refusal =
    Refusal { message: "this is nested deeper than 32 levels", help: "a definition needs no more than a few" };
const KEY: Refusal =
    Refusal { message: "a key must be a text", help: "a list or a map cannot be a key; a `{` in a text needs quotes" };

/// A tree that grows with the events.
#[derive(Default)]
struct Tree {
    open: Vec<Open>,
    root: Option<Node>,
    documents: usize,
}

/// A collection whose end is still to come.
enum Open {
    Sequence { span: Span, items: Vec<Node> },
    Mapping { span: Span, entries: Vec<(Key, Node)>, key: Option<Key>, lines: BTreeMap<String, usize> },
}

impl Tree {
    fn take(&mut self, event: Event<'_>, span: Span, report: &mut Report<'_>) -> Result<(), Refusal> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => {
                self.documents += 1;
                if self.documents > 1 { Err(SECOND_DOCUMENT) } else { Ok(()) }
            }
            Event::Alias(_) => Err(ALIAS),
            Event::Scalar(_, _, 1.., _) | Event::SequenceStart(1.., _) | Event::MappingStart(1.., _) => Err(ALIAS),
            Event::Scalar(_, _, _, Some(_)) | Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) => {
                Err(TAG)
            }
            Event::Scalar(text, style, _, None) => {
                let scalar = Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain };
                self.scalar(scalar, span, report)
            }
            Event::SequenceStart(_, None) => self.begin(Open::Sequence { span, items: Vec::new() }),
            Event::MappingStart(_, None) => {
                self.begin(Open::Mapping { span, entries: Vec::new(), key: None, lines: BTreeMap::new() })
            }
            Event::SequenceEnd | Event::MappingEnd => {
                self.end(span);
                Ok(())
            }
        }
    }

    fn begin(&mut self, open: Open) -> Result<(), Refusal> {
        if let Some(Open::Mapping { key: None, .. }) = self.open.last() {
            return Err(KEY);
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(TOO_DEEP);
        }
        self.open.push(open);
        Ok(())
    }

    fn end(&mut self, end: Span) {
        let (span, content) = match self.open.pop() {
            Some(Open::Sequence { span, items }) => (span, Content::Sequence(items)),
            Some(Open::Mapping { span, entries, .. }) => (span, Content::Mapping(entries)),
            None => return,
        };
        self.add(Node { span: span.start..end.end.max(span.end), content });
    }

    fn scalar(&mut self, scalar: Scalar, span: Span, report: &mut Report<'_>) -> Result<(), Refusal> {
        match self.open.last_mut() {
            Some(Open::Mapping { key: None, .. }) if scalar.plain && scalar.text == "<<" => return Err(MERGE),
            Some(Open::Mapping { key: key @ None, lines, .. }) => {
                let line = report.line_of(span.start);
                if let Some(first) = lines.insert(scalar.text.clone(), line) {
                    let message = format!("`{}` is already given, in line {first}", scalar.text);
                    report.add(&span, message, "keep one of the two");
                }
                *key = Some(Key { text: scalar.text, span });
            }
            _ => self.add(Node { content: Content::Scalar(scalar), span }),
        }
        Ok(())
    }

    fn add(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(Open::Sequence { items, .. }) => items.push(node),
            Some(Open::Mapping { entries, key, .. }) => entries.extend(key.take().map(|key| (key, node))),
            None => self.root = Some(node),
        }
    }
}

/// The parser counts characters; a source is cut by bytes.
struct ByteOffsets(Option<Vec<usize>>, usize);

impl ByteOffsets {
    fn new(source: &str) -> Self {
        let offsets = (!source.is_ascii()).then(|| source.char_indices().map(|(at, _)| at).collect());
        Self(offsets, source.len())
    }

    fn at(&self, char_index: usize) -> usize {
        match &self.0 {
            None => char_index.min(self.1),
            Some(offsets) => offsets.get(char_index).copied().unwrap_or(self.1),
        }
    }

    fn span(&self, span: MarkerSpan) -> Span {
        self.at(span.start.index())..self.at(span.end.index())
    }
}
