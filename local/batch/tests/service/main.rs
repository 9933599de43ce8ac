//! The service as its clients see it: through the AWS SDK, in process.

// For clippy: what is under `cfg(test)` may unwrap.
#[cfg(test)]
mod api;
#[cfg(test)]
mod mixes;
#[cfg(test)]
mod processes;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod scheduling;
#[cfg(test)]
mod support;
#[cfg(test)]
mod throughput;
