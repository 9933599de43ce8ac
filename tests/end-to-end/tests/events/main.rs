//! Every file of `events/` is a test case: it goes to its function's handler, and the answer of `events/README.md` is asserted.
//!
//! Each case has services of its own, whose jobs are submitted and never started. Each event is delivered twice, as AWS may:
//! the second time changes nothing.

#[cfg(test)]
mod case;
#[cfg(test)]
mod on_job_change;
#[cfg(test)]
mod on_message;
#[cfg(test)]
mod on_schedule;
#[cfg(test)]
mod on_upload;
#[cfg(test)]
mod on_wake;
#[cfg(test)]
mod sweep;
#[cfg(test)]
mod world;
