//! How a stage ended, and why.

/// How a stage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Its job succeeded.
    Succeeded,
    /// Its job failed, or could not be submitted, or was lost.
    Failed,
    /// It never started, because its condition did not hold: by default, because something it needs failed.
    Skipped,
    /// It was stopped, or kept from starting, by a cancel.
    Cancelled,
}

/// What a stage tells its dependents when it has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Verdict {
    /// How it ended.
    pub outcome: Outcome,
    /// Whether it, or anything it needs, directly or not, failed or was cancelled, save what is allowed to fail. A run whose
    /// sinks are tainted fails, even if the sinks themselves succeeded.
    pub tainted: bool,
}

/// Why a stage ended as it did.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cause {
    /// Its kind, for programs.
    pub kind: CauseKind,
    /// In words, for people.
    pub text: String,
    /// The exit code of the command, if there was one.
    pub exit_code: Option<i32>,
    /// How many children failed, of an array job.
    pub children: Option<u32>,
}

impl Cause {
    /// A cause of a kind, in words.
    pub fn new(kind: CauseKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), exit_code: None, children: None }
    }

    /// The same, with the exit code of the command, if there was one.
    #[must_use]
    pub fn with_exit_code(self, exit_code: Option<i32>) -> Self {
        Self { exit_code, ..self }
    }

    /// The same, with the number of children that failed, of an array job.
    #[must_use]
    pub fn with_children(self, children: Option<u32>) -> Self {
        Self { children, ..self }
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
    /// The image could not be pulled.
    ImagePull,
    /// The command could not be started.
    CannotStart,
    /// It ran longer than it may.
    Timeout,
    /// It was cancelled or terminated, by whomever.
    Cancelled,
    /// AWS Batch refused the submission for good.
    Refused,
    /// AWS Batch no longer knows the job.
    Lost,
    /// Something it needs failed, or was skipped because of a failure.
    NeedNotMet,
    /// Its condition does not hold.
    ConditionNotMet,
    /// Whether its condition holds, or what its job runs, cannot be told: an expression has no value.
    Expression,
    /// Its job succeeded, but did not write the outputs that it should.
    Outputs,
    /// Too many of the items that it is done for failed.
    Items,
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
    ImagePull = "image-pull",
    CannotStart = "cannot-start",
    Timeout = "timeout",
    Cancelled = "cancelled",
    Refused = "refused",
    Lost = "lost",
    NeedNotMet = "need-not-met",
    ConditionNotMet = "condition-not-met",
    Expression = "expression",
    Outputs = "outputs",
    Items = "items",
    Other = "other",
});
