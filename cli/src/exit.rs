//! How the program ends: the exit status, and what there is to say about it.

use std::{fmt, io, process::ExitCode};

use machine::run;

use crate::output;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what was asked; a run that was awaited succeeded.
    Done,
    /// What was asked for failed: the run, the definition, the request.
    Failed,
    /// It was called in a way that cannot be meant. Clap, which finds most of these, ends with this status too.
    CalledWrongly,
    /// The run that was awaited was cancelled.
    Cancelled,
    /// There is nothing there: no server, no stack, no such run.
    NothingThere,
    /// It was interrupted, and what it was to do was not done.
    Interrupted,
    /// Whoever read its output has gone, as `head` does: the status that SIGPIPE gives other programs.
    PipeClosed,
}

impl Exit {
    /// The exit status.
    pub(crate) fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::CalledWrongly => 2,
            Self::Cancelled => 3,
            Self::NothingThere => 4,
            Self::Interrupted => 130,
            Self::PipeClosed => 141,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.status())
    }
}

impl From<run::Outcome> for Exit {
    fn from(outcome: run::Outcome) -> Self {
        match outcome {
            run::Outcome::Succeeded => Self::Done,
            run::Outcome::Failed => Self::Failed,
            run::Outcome::Cancelled | run::Outcome::Skipped => Self::Cancelled,
        }
    }
}

/// Why a command could not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
}

impl Failure {
    /// It failed.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self { exit: Exit::Failed, message: message.into() }
    }

    /// What it is about is not there.
    pub(crate) fn nothing_there(message: impl Into<String>) -> Self {
        Self { exit: Exit::NothingThere, message: message.into() }
    }

    /// It was called in a way that cannot be meant.
    pub(crate) fn called_wrongly(message: impl Into<String>) -> Self {
        Self { exit: Exit::CalledWrongly, message: message.into() }
    }

    /// Says what went wrong, on standard error, and how the program ends.
    pub(crate) fn report(self) -> Exit {
        if self.exit != Exit::PipeClosed {
            output::complain(&self.message);
        }
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Of writing to standard output; errors about files say which, and are made where the file is known.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self { exit: Exit::PipeClosed, message: String::new() };
        }
        Self::failed(format!("the output cannot be written: {error}"))
    }
}

impl From<control::table::Error> for Failure {
    fn from(error: control::table::Error) -> Self {
        let message = error.to_string();
        if message.contains("ResourceNotFoundException") {
            return Self::nothing_there(
                "there is no table of Batchwright's: is it another service that listens at the endpoint, or has the stack's table \
                 been deleted?",
            );
        }
        Self::answered(&message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_has_gone_is_not_a_failure_to_speak_of() {
        assert_eq!(Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)).report(), Exit::PipeClosed);
        assert_eq!(Failure::from(io::Error::from(io::ErrorKind::StorageFull)).exit, Exit::Failed);
    }

    #[test]
    fn the_statuses_are_those_that_are_documented() {
        let exits = [
            Exit::Done,
            Exit::Failed,
            Exit::CalledWrongly,
            Exit::Cancelled,
            Exit::NothingThere,
            Exit::Interrupted,
            Exit::PipeClosed,
        ];
        assert_eq!(exits.map(Exit::status), [0, 1, 2, 3, 4, 130, 141]);
    }
}
