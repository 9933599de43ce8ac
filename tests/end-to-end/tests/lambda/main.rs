//! The Lambda functions as AWS runs them: each its own process, fed by a Lambda Runtime API, against services over TCP.
//!
//! What must become of every kind of event is asserted by the tests of `events/`, on the handlers; here it is that the binaries
//! serve: that they start from their environment alone, answer, go on after an error, and log JSON.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod environment;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod function;
#[cfg(test)]
mod runtime_api;
