//! How often each fault comes. Some seeds are calm, and some are hell.

use crate::dice::Dice;

/// The rates of the faults: probabilities for each occasion, unless they say otherwise.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// A request is lost before the service sees it.
    pub lost: f64,
    /// A request is executed, and the answer lost.
    pub answer_lost: f64,
    /// A request is executed up to a minute after the client gave up.
    pub late: f64,
    /// The service answers 5xx, having executed the request or not.
    pub server_error: f64,
    /// The service answers that there are too many requests, having executed nothing.
    pub throttled: f64,
    /// An answer takes seconds.
    pub slow: f64,
    /// An invocation is killed at some await point.
    pub killed: f64,
    /// An event is handled by two invocations at once.
    pub twice: f64,
    /// An invocation gets a cold execution environment.
    pub cold: f64,
    /// An invocation has hardly any time.
    pub short_of_time: f64,
    /// How far the clocks of execution environments differ, in milliseconds.
    pub skew_ms: u64,
    /// An event of a job is lost for good.
    pub event_lost: f64,
    /// An event comes again.
    pub event_again: f64,
    /// An event is late by minutes.
    pub event_late: f64,
    /// An event is late by hours.
    pub event_very_late: f64,
    /// An event of an array's child is let through.
    pub event_of_child: f64,
    /// A wake-up message is lost.
    pub wake_lost: f64,
    /// A message is delivered again before its handler is done.
    pub redelivered: f64,
    /// How old the answer of an index may be, in milliseconds.
    pub index_lag_ms: u64,
    /// `ListJobs` does not show a new job for a while.
    pub blind: f64,
    /// For how long, at most, in milliseconds. Below the span after which a second look is taken.
    pub blind_ms: u64,
    /// `DescribeJobs` does not know a job for a moment.
    pub unknown: f64,
    /// A job vanishes from Batch.
    pub vanishes: f64,
    /// A job stays RUNNABLE for ever.
    pub stuck: f64,
    /// A job's attempt loses its host.
    pub host_lost: f64,
    /// A job's attempt runs out of memory.
    pub out_of_memory: f64,
    /// A job's attempt fails by itself.
    pub fails: f64,
    /// A job does not heed `SIGTERM`.
    pub stubborn: f64,
    /// How long an attempt of a job runs, at least and at most, in milliseconds.
    pub job_ms: (u64, u64),
    /// How many `SubmitJob` a second are taken.
    pub submits_per_second: u64,
    /// How many seconds pass between two sweeps: some are skipped.
    pub sweep_every_s: u64,
}

impl Faults {
    /// None at all, save that jobs fail.
    pub fn none() -> Self {
        Self { fails: 0.05, job_ms: (200, 900_000), submits_per_second: 50, sweep_every_s: 120, ..Self::default() }
    }

    /// Those of a seed.
    pub fn draw(dice: &mut Dice) -> Self {
        let level = match dice.between(0, 9) {
            0 => return Self::none(),
            1..=4 => 0.3,
            5..=7 => 1.0,
            _ => 2.5,
        };
        // Each is there in half of the seeds, so that each is also seen alone.
        let mut rate = |usual: f64| if dice.chance(0.5) { (usual * level).min(0.9) } else { 0.0 };
        Self {
            lost: rate(0.02),
            answer_lost: rate(0.02),
            late: rate(0.02),
            server_error: rate(0.02),
            throttled: rate(0.03),
            slow: rate(0.04),
            killed: rate(0.08),
            twice: rate(0.10),
            cold: rate(0.10),
            short_of_time: rate(0.05),
            event_lost: rate(0.10),
            event_again: rate(0.15),
            event_late: rate(0.10),
            event_very_late: rate(0.03),
            event_of_child: rate(0.3),
            wake_lost: rate(0.15),
            redelivered: rate(0.10),
            blind: rate(0.6),
            unknown: rate(0.15),
            vanishes: rate(0.01),
            stuck: rate(0.01),
            host_lost: rate(0.03),
            out_of_memory: rate(0.03),
            stubborn: rate(0.2),
            fails: 0.08,
            job_ms: (200, 900_000),
            skew_ms: *dice.pick(&[0, 500, 5_000]).unwrap_or(&0),
            index_lag_ms: *dice.pick(&[0, 1_000, 8_000]).unwrap_or(&0),
            blind_ms: *dice.pick(&[60_000, 8 * 60_000, 8 * 60_000]).unwrap_or(&0),
            submits_per_second: *dice.pick(&[50, 50, 50, 50, 50, 50, 10, 3]).unwrap_or(&50),
            sweep_every_s: *dice.pick(&[120, 240, 300, 600]).unwrap_or(&60),
        }
    }
}
