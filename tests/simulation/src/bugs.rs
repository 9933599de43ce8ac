//! Bugs, planted on purpose: each must be found. A simulation that finds none of them would prove nothing.

mod events;
mod rules;
mod table;
mod wire;

pub use events::EventBug;
pub use table::{Bug, all};
pub use wire::WireBug;
