//! Lambda: the functions, and their asynchronous invocation as AWS does it.

mod function;
mod queue;

pub use function::Function;
pub(crate) use function::Functions;
pub(crate) use queue::{AsyncInvocations, dead_letter_queue};
