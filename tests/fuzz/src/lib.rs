//! Inputs made to hurt, for everything that reads what comes from outside: definitions, their expressions and conditions, parameters,
//! outputs, and the events of the six functions.
//!
//! A **case** is a number. With the seed it says what its input is, so that any case can be run again alone:
//! `fuzz --seed S --case N`. Inputs are made by grammars (the definition's is its own JSON Schema), and by changing what the
//! repository has: examples, golden inputs, events. What must hold of every one of them:
//!
//! - nothing panics, and what each target says must follow holds;
//! - it takes no more memory at a time, and no more in all, than its length explains ([`bounds`]);
//! - it ends: a watchdog gives a case seconds where it takes microseconds.
//!
//! ```text
//! main ──▶ supervise ──▶ worker (a process) ──▶ case ──▶ targets ──▶ the product
//! ```
//! A worker is a process of its own because an endless recursion, or the last byte of memory, ends one without a word. The
//! supervisor finds which case that was. Nothing here is used by the product.

pub mod bounds;
pub mod case;
pub mod corpus;
pub mod dice;
pub mod finding;
mod frozen;
mod make;
pub mod memory;
pub mod plant;
pub mod report;
pub mod supervise;
pub mod targets;
pub mod worker;
mod world;

/// Why fuzzing itself failed: never because of an input.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Results of fuzzing.
pub type Result<T, E = Error> = std::result::Result<T, E>;
