//! The whole control plane in virtual time, with every fault there is, and the invariants that must hold.
//!
//! A **world** is one simulation: the real handlers and the real AWS SDKs, the embedded services in memory, one thread, one
//! virtual clock, and everything random from one seed. Under the SDKs' HTTP client lies a network that loses, delays and
//! executes late; around the functions a platform that kills them, and delivers events twice, late, in any order, or never.
//! A witness sees every request that a service executes, keeps the facts, and asks the invariants at each step.
//!
//! The same seed gives the same world, byte for byte. `simulation --seed n` replays one, with its trace.
//!
//! ```text
//! plan ──▶ world ──▶ platform ──▶ functions, control, machine (the product)
//!                                      │ SDK
//!                                      ▼
//!                                 aws::network ──▶ embedded services (the product)
//!                                      │
//!                                      ▼
//!                                   witness ──▶ facts ──▶ invariants
//! ```
//! No arrow runs back, save that lies and bugs look at the facts. Nothing here is used by the product.

pub mod aws;
pub mod bugs;
pub mod dice;
pub mod facts;
pub mod invariants;
pub mod plan;
pub mod platform;
pub mod report;
mod verdicts;
pub mod witness;
pub mod world;

/// Why a world could not be simulated: a defect of the simulation, never of a run.
#[derive(Debug)]
pub struct Error(String);

impl Error {
    /// From what went wrong.
    pub fn of(error: &dyn std::fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        Self::of(&error)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Results of simulating.
pub type Result<T, E = Error> = std::result::Result<T, E>;
