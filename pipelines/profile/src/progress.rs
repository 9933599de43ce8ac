//! Lines for whoever reads the job's log.

use std::fmt::Display;
use std::io::{Write, stderr, stdout};

/// Says on standard output what has been done. A reader that has gone away is no fault.
pub fn say(stage: &str, what: &dyn Display) {
    let _ = writeln!(stdout(), "{stage}: {what}");
}

/// Says on standard error why it did not work.
pub fn complain(what: &dyn Display) {
    let _ = writeln!(stderr(), "profile: {what}");
}
