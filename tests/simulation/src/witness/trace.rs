//! What happened, line by line, for people.

use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};

/// A trace. One that is off costs nothing. Cheap to clone; clones are one trace.
#[derive(Debug, Clone, Default)]
pub enum Trace {
    /// None.
    #[default]
    Off,
    /// One that is kept.
    Kept(Arc<Mutex<Vec<String>>>),
    /// One that is printed as it grows: also that of a world that never ends.
    Printed,
}

impl Trace {
    /// Adds a line, at a time in milliseconds since the start.
    pub fn add(&self, at_ms: u64, line: impl FnOnce() -> String) {
        let timed = || {
            let (seconds, ms) = (at_ms / 1000, at_ms % 1000);
            let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            format!("{hours:02}:{minutes:02}:{seconds:02}.{ms:03} {}", line())
        };
        match self {
            Self::Off => {}
            Self::Kept(lines) => lines.lock().unwrap_or_else(PoisonError::into_inner).push(timed()),
            // If nobody reads it any more, there is nobody to tell.
            Self::Printed => drop(writeln!(std::io::stdout(), "{}", timed())),
        }
    }

    /// The lines, if they are kept.
    pub fn lines(&self) -> Vec<String> {
        match self {
            Self::Kept(lines) => lines.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            Self::Off | Self::Printed => Vec::new(),
        }
    }
}
