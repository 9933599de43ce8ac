//! Faults as plain text: one block each, the source line with a marker under it.

use std::fmt::{self, Write};

use super::{Fault, Faults};

/// How much of a long line is shown on either side of the fault, in characters.
const WINDOW: usize = 60;

pub(super) fn write(faults: &Faults, f: &mut impl Write) -> fmt::Result {
    for (at, fault) in faults.faults.iter().enumerate() {
        if at > 0 {
            f.write_char('\n')?;
        }
        block(faults, fault, f)?;
    }
    faults.more_line().map_or(Ok(()), |line| write!(f, "\n{line}"))
}

/// One fault.
pub(super) fn block(faults: &Faults, fault: &Fault, f: &mut impl Write) -> fmt::Result {
    writeln!(f, "{}:{}:{}: {}", faults.file, fault.line, fault.column, fault.message)?;
    if let Some(line) = line_of(faults, fault) {
        let (shown, before, marked) = window(line, fault);
        writeln!(f, "  {shown}\n  {}{}", " ".repeat(before), "^".repeat(marked))?;
    }
    if fault.help.is_empty() { Ok(()) } else { writeln!(f, "  help: {}", fault.help) }
}

/// The line of the source that the fault is in.
pub(super) fn line_of<'f>(faults: &'f Faults, fault: &Fault) -> Option<&'f str> {
    faults
        .source
        .split('\n')
        .nth(fault.line - 1)
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| !line.is_empty())
}

/// The part of the line to show, how many characters of it are before the marker, and how long the marker is.
fn window(line: &str, fault: &Fault) -> (String, usize, usize) {
    let column = fault.column - 1;
    let start = column.saturating_sub(WINDOW);
    let shown: String =
        line.chars().skip(start).take(2 * WINDOW).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let length = shown.chars().count();
    let before = (column - start).min(length);
    let marked = fault.span.len().clamp(1, (length - before).max(1));
    let marked = line.get(..).map_or(marked, |_| marked_chars(line, column, fault).clamp(1, marked.max(1)));
    let cut_before = if start > 0 { "…" } else { "" };
    let cut_after = if line.chars().count() > start + length { "…" } else { "" };
    (format!("{cut_before}{shown}{cut_after}"), before + cut_before.chars().count(), marked)
}

/// How many characters of the line the fault is about.
fn marked_chars(line: &str, column: usize, fault: &Fault) -> usize {
    let mut bytes = 0;
    line.chars()
        .skip(column)
        .take_while(|c| {
            bytes += c.len_utf8();
            bytes <= fault.span.len()
        })
        .count()
}
