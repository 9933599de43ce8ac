//! What can go wrong, and the exit status that says whether another attempt could help.

use std::process::ExitCode;

/// Why a stage failed. The text is for people: what is wrong, and what would be right.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data cannot be profiled; another attempt would fail in the same way.
    #[error("{0}")]
    Input(String),
    /// The stage was called wrongly: its arguments, its environment, or a stage before it that left nothing.
    #[error("{0}")]
    Wiring(String),
    /// S3 did not answer, or refused; another attempt may succeed.
    #[error("{action}: {cause}")]
    Storage {
        /// What was tried, with the object's address.
        action: String,
        /// What the SDK reports.
        cause: String,
    },
    /// The machine's own disk failed, or is full.
    #[error("cannot use the temporary folder {folder}: {0}; set TMPDIR to a folder with enough room", folder = std::env::temp_dir().display())]
    Disk(#[from] std::io::Error),
}

impl Error {
    /// 1: the input is at fault; 2: the call is; 75 (`EX_TEMPFAIL` of `sysexits.h`): a later attempt may succeed.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Input(_) => ExitCode::from(1),
            Self::Wiring(_) => ExitCode::from(2),
            Self::Storage { .. } | Self::Disk(_) => ExitCode::from(75),
        }
    }
}
