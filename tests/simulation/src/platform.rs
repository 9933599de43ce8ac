//! What carries events to the functions, and runs them: Lambda, queue mappings, EventBridge. It delivers at least once, in any
//! order, and kills whom it likes.

mod deliveries;
mod lambda;
mod mapping;

pub use deliveries::Deliveries;
pub(crate) use deliveries::LateDeliveries;
pub use lambda::{Lambda, MakeControl};
pub(crate) use mapping::Mapping;
