//! How a stage ended, and why.

/// How a stage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Its job succeeded.
    Succeeded,
    /// Its job failed, or could not be submitted, or was lost.
    Failed,
    /// It never started, because something it needs did not succeed.
    Skipped,
    /// It was stopped, or kept from starting, by a cancel.
    Cancelled,
}

/// What a stage tells its dependents when it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Verdict {
    /// How it ended.
    pub outcome: Outcome,
    /// Whether it, or anything it needs, directly or not, did not succeed. A run whose sinks are tainted fails, even if
    /// the sinks themselves succeeded.
    pub tainted: bool,
}

/// Why a stage ended as it did.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cause {
    /// Its kind, for programs.
    pub kind: CauseKind,
    /// In words, for people.
    pub text: String,
}

impl Cause {
    /// A cause of a kind, in words.
    pub fn new(kind: CauseKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

/// The kinds of causes that a retry policy tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CauseKind {
    /// The command ended with an exit code other than 0.
    Exit,
    /// The machine was taken away: Spot, or a host that failed.
    Host,
    /// It ran out of memory.
    OutOfMemory,
    /// The image could not be pulled, or the command could not be started.
    CannotStart,
    /// It ran longer than it may.
    Timeout,
    /// It was cancelled or terminated, by whomever.
    Cancelled,
    /// AWS Batch refused the submission for good.
    Refused,
    /// AWS Batch no longer knows the job.
    Lost,
    /// Something it needs did not succeed.
    NeedNotMet,
    /// Anything else that Batch says.
    Other,
}

macro_rules! names {
    ($type:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        impl $type {
            /// Its stable name, in items, logs and JSON.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The inverse of [`name`](Self::name); `None` if nothing has that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

names!(Outcome { Succeeded = "SUCCEEDED", Failed = "FAILED", Skipped = "SKIPPED", Cancelled = "CANCELLED" });
names!(CauseKind {
    Exit = "exit",
    Host = "host",
    OutOfMemory = "out-of-memory",
    CannotStart = "cannot-start",
    Timeout = "timeout",
    Cancelled = "cancelled",
    Refused = "refused",
    Lost = "lost",
    NeedNotMet = "need-not-met",
    Other = "other",
});
