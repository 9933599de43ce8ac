//! Faults for a terminal, drawn by miette.

use std::fmt;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

use super::{Fault, Faults, plain};

/// A longer line is not drawn whole: it would hide what it is to show.
const LONGEST_LINE: usize = 400;

pub(super) fn render(faults: &Faults, colour: bool) -> String {
    let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_links(false).with_context_lines(1).with_width(100);
    let source = NamedSource::new(&faults.file, visible(&faults.source));
    let mut text = String::new();
    for fault in &faults.faults {
        let drawable = plain::line_of(faults, fault).is_some_and(|line| line.len() <= LONGEST_LINE);
        let drawn = drawable && handler.render_report(&mut text, &Drawn { fault, source: &source }).is_ok();
        // Writing to a string fails only if miette does; the plain form is there for that, and for long lines.
        if !drawn && plain::block(faults, fault, &mut text).is_err() {
            text.push_str(&fault.message);
        }
        text.push('\n');
    }
    text.push_str(&faults.more_line().unwrap_or_default());
    text
}

/// A source whose control characters do nothing to the terminal that it is shown on. Each is replaced by as many bytes, so that every
/// place stays where it is.
fn visible(source: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\t' => c,
        c if c.is_ascii_control() => ' ',
        c if c.is_control() => '\u{a0}',
        c => c,
    };
    source.chars().map(shown).collect()
}

struct Drawn<'f> {
    fault: &'f Fault,
    source: &'f NamedSource<String>,
}

impl fmt::Debug for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fault.fmt(f)
    }
}

impl fmt::Display for Drawn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.fault.message)
    }
}

impl std::error::Error for Drawn<'_> {}

impl Diagnostic for Drawn<'_> {
    fn help(&self) -> Option<Box<dyn fmt::Display + '_>> {
        (!self.fault.help.is_empty()).then(|| Box::new(&self.fault.help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new(None, self.fault.span.start, self.fault.span.len());
        Some(Box::new(std::iter::once(label)))
    }
}
