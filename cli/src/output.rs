//! What the program says: results on standard output, everything else on standard error.
//!
//! Colours go to terminals only, and nowhere if `NO_COLOR` is set (<https://no-color.org>). Text that came from elsewhere (an
//! object's key, a cause, a reason) is shown by [`printable`], so that it cannot drive the terminal.

use std::{
    borrow::Cow,
    fmt,
    io::{self, IsTerminal, Write},
};

use serde::Serialize;

use crate::exit::Failure;

/// Standard output, and how it is written to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    /// With colours.
    pub(crate) colour: bool,
    /// It is a terminal, and so is standard error: lines may be drawn over.
    pub(crate) live: bool,
}

impl Output {
    /// As the environment wants it.
    pub(crate) fn from_env() -> Self {
        let terminal = io::stdout().is_terminal();
        Self { colour: terminal && wants_colour(), live: terminal && may_be_drawn_over() }
    }

    /// Writes a line, or several, in one piece.
    pub(crate) fn line(self, line: impl fmt::Display) -> Result<(), Failure> {
        Ok(io::stdout().write_all(format!("{line}\n").as_bytes())?)
    }

    /// Writes bytes as they are.
    pub(crate) fn bytes(self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(io::stdout().write_all(bytes)?)
    }

    /// Writes a JSON document.
    pub(crate) fn json(self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(|error| Failure::failed(error.to_string()))?;
        self.line(text)
    }

    /// Hands on what was written so far. `logs --follow` says things that do not end with a line.
    pub(crate) fn flush(self) -> Result<(), Failure> {
        Ok(io::stdout().flush()?)
    }
}

/// Whether progress on standard error may be drawn over itself.
pub(crate) fn may_be_drawn_over() -> bool {
    io::stderr().is_terminal() && !dumb()
}

/// Tells a person something that is not the result. If nobody can hear it, nothing is lost.
pub(crate) fn note(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Tells what went wrong.
pub(crate) fn complain(message: &str) {
    let word = if colours_on_stderr() { "\x1b[1;31merror:\x1b[0m" } else { "error:" };
    note(format_args!("{word} {}", printable(message)));
}

/// Whether standard error takes colours.
pub(crate) fn colours_on_stderr() -> bool {
    io::stderr().is_terminal() && wants_colour()
}

fn wants_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && !dumb()
}

fn dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Text from elsewhere without its control characters, save line breaks.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let drives = |c: char| c.is_control() && c != '\n';
    if text.contains(drives) {
        return Cow::Owned(text.chars().map(|c| if drives(c) { '\u{fffd}' } else { c }).collect());
    }
    Cow::Borrowed(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_drive_the_terminal() {
        assert_eq!(printable("a\x1b[2Jb\r\u{9b}c\nd"), "a\u{fffd}[2Jb\u{fffd}\u{fffd}c\nd");
        assert!(matches!(printable("größer.csv\n"), Cow::Borrowed(_)));
    }
}
