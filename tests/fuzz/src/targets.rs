//! Where inputs go.

mod decoders;
mod definition;
mod expression;
mod functions;
mod values;

use std::fmt;

use serde_json::Value;

use crate::{bounds::Bounds, corpus::Corpus, dice::Dice, world::World};

/// What an input comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The product took it.
    Taken,
    /// The product refused it.
    Refused,
    /// It never comes to the product: the platform refuses it.
    Skipped,
}

/// An input.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// The text that is read.
    pub text: String,
    /// What is known beside it.
    pub beside: Value,
}

impl Input {
    /// How long it is, in bytes.
    pub fn length(&self) -> usize {
        self.text.len() + if self.beside.is_null() { 0 } else { self.beside.to_string().len() }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What it holds must not paint the terminal; its lines are to be read as such.
        for c in self.text.chars() {
            if c.is_control() && c != '\n' { write!(f, "{}", c.escape_default())? } else { write!(f, "{c}")? }
        }
        if self.beside.is_null() { Ok(()) } else { write!(f, "\nbeside it: {}", self.beside) }
    }
}

/// What reads an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Target {
    /// `pipeline::parse`, and all that can be done with what it gives.
    Definition,
    /// Expressions and conditions, evaluated.
    Expression,
    /// The parameters that a request gives.
    Params,
    /// The outputs that a job writes.
    Outputs,
    /// What the functions decode with: requests, firings, state changes, wake-ups, names of jobs, causes.
    Decoders,
    /// The function `on-upload`: S3's notifications, bare, through SQS, and through EventBridge.
    OnUpload,
    /// The function `on-message`.
    OnMessage,
    /// The function `on-schedule`.
    OnSchedule,
    /// The function `on-job-change`.
    OnJobChange,
    /// The function `on-wake`.
    OnWake,
    /// The function `sweep`.
    Sweep,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Definition,
        Self::Expression,
        Self::Params,
        Self::Outputs,
        Self::Decoders,
        Self::OnUpload,
        Self::OnMessage,
        Self::OnSchedule,
        Self::OnJobChange,
        Self::OnWake,
        Self::Sweep,
    ];

    /// Its name; a function's is that of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Definition => "definition",
            Self::Expression => "expression",
            Self::Params => "params",
            Self::Outputs => "outputs",
            Self::Decoders => "decoders",
            Self::OnUpload => "on-upload",
            Self::OnMessage => "on-message",
            Self::OnSchedule => "on-schedule",
            Self::OnJobChange => "on-job-change",
            Self::OnWake => "on-wake",
            Self::Sweep => "sweep",
        }
    }

    /// How many of a hundred inputs it gets.
    fn weight(self) -> usize {
        match self {
            Self::Definition => 30,
            Self::Expression => 25,
            Self::Params => 10,
            Self::Outputs => 5,
            Self::Decoders => 18,
            Self::OnUpload | Self::OnMessage | Self::OnJobChange => 3,
            Self::OnSchedule | Self::OnWake => 1,
            Self::Sweep => 1,
        }
    }

    /// One of them, or of all if there are none.
    pub(crate) fn drawn(of: &[Self], dice: &mut Dice) -> Self {
        let of = if of.is_empty() { &Self::ALL[..] } else { of };
        let mut left = dice.between(1, of.iter().map(|target| target.weight()).sum());
        for target in of {
            match left.checked_sub(target.weight()) {
                None | Some(0) => return *target,
                Some(rest) => left = rest,
            }
        }
        Self::Definition
    }

    /// Whether it reaches for AWS.
    pub(crate) fn needs_world(self) -> bool {
        match self {
            Self::Definition | Self::Expression | Self::Params | Self::Outputs | Self::Decoders => false,
            Self::OnUpload | Self::OnMessage | Self::OnSchedule | Self::OnJobChange | Self::OnWake | Self::Sweep => {
                true
            }
        }
    }

    /// What it may take.
    pub(crate) fn bounds(self) -> Bounds {
        let mib = 1 << 20;
        match self {
            // A pattern of a few characters takes most of a megabyte to compile, and a hundred are allowed.
            Self::Definition => Bounds { peak: 4 * mib, peak_per_byte: 200, total: 128 * mib, total_per_byte: 3000 },
            Self::Expression => Bounds { peak: 8 * mib, peak_per_byte: 200, total: 64 * mib, total_per_byte: 3000 },
            Self::Params | Self::Outputs | Self::Decoders => {
                Bounds { peak: 2 * mib, peak_per_byte: 100, total: 8 * mib, total_per_byte: 500 }
            }
            Self::OnUpload | Self::OnMessage | Self::OnSchedule | Self::OnJobChange | Self::OnWake | Self::Sweep => {
                Bounds { peak: 8 * mib, peak_per_byte: 200, total: 64 * mib, total_per_byte: 3000 }
            }
        }
    }

    /// Makes an input.
    pub(crate) fn make(self, corpus: &Corpus, dice: &mut Dice) -> Input {
        match self {
            Self::Definition => definition::make(corpus, dice),
            Self::Expression => expression::make(dice),
            Self::Params => values::params(dice),
            Self::Outputs => values::outputs(dice),
            Self::Decoders => decoders::make(corpus, dice),
            Self::OnUpload | Self::OnMessage | Self::OnSchedule | Self::OnJobChange | Self::OnWake | Self::Sweep => {
                functions::make(self.name(), corpus, dice)
            }
        }
    }

    /// Gives it an input.
    ///
    /// # Errors
    /// In words: what should have followed, and did not.
    pub(crate) fn run(self, input: &Input, world: Option<&World>) -> Result<Verdict, String> {
        match self {
            Self::Definition => definition::run(&input.text),
            Self::Expression => expression::run(input),
            Self::Params => values::run_params(input),
            Self::Outputs => values::run_outputs(input),
            Self::Decoders => decoders::run(&input.text),
            Self::OnUpload | Self::OnMessage | Self::OnSchedule | Self::OnJobChange | Self::OnWake | Self::Sweep => {
                world.map_or(Ok(Verdict::Skipped), |world| functions::run(self, input, world))
            }
        }
    }
}

/// What of a text must not be shown to people as it is: control characters move their cursor.
fn paints(text: &str) -> Result<(), String> {
    match text.chars().find(|c| c.is_control() && *c != '\n') {
        Some(c) => Err(format!("the words hold the control character {c:?}: {text:?}")),
        None => Ok(()),
    }
}
