//! What a program may only take from outside: the clock and random ids.
//!
//! Everything that needs the time or a random id is handed a [`Clock`] and an [`Ids`]. In production they are the
//! machine's; in a simulation they are virtual and seeded, so that the same seed gives the same run, byte for byte.

mod clock;
mod ids;

pub use clock::Clock;
pub use ids::Ids;
