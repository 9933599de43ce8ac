//! What was found, and how it is told.

use std::fmt;

use serde_json::{Value, json};

/// Of what kind a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The product panicked.
    Panic,
    /// What must follow did not.
    Wrong,
    /// It took too much memory.
    Memory,
    /// It did not end in time.
    Hang,
    /// It ended the process.
    Death,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Panic, Self::Wrong, Self::Memory, Self::Hang, Self::Death];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Panic => "panic",
            Self::Wrong => "wrong",
            Self::Memory => "memory",
            Self::Hang => "hang",
            Self::Death => "death",
        }
    }
}

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The case.
    pub case: u64,
    /// Of what kind it is.
    pub kind: Kind,
    /// What happened.
    pub words: String,
}

impl Finding {
    /// For the supervisor.
    pub(crate) fn to_json(&self) -> Value {
        json!({ "case": self.case, "kind": self.kind.name(), "words": self.words })
    }

    /// From a worker.
    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        let kind = value.get("kind")?.as_str()?;
        Some(Self {
            case: value.get("case")?.as_u64()?,
            kind: Kind::ALL.into_iter().find(|known| known.name() == kind)?,
            words: value.get("words")?.as_str()?.to_owned(),
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in case {}: {}", self.kind.name(), self.case, self.words)
    }
}
