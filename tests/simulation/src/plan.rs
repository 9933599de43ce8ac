//! What happens in a world from outside: which faults there are, which pipelines, and what people and producers do when.
//! All of it follows from the seed.

mod faults;
mod inputs;
mod pipelines;

pub use faults::Faults;
pub use inputs::{Input, MALFORMED};
pub use pipelines::PipelinePlan;

use crate::dice::Dice;

/// The plan of a world.
#[derive(Debug)]
pub struct Plan {
    /// The seed.
    pub seed: u64,
    /// The faults, and how often each comes.
    pub faults: Faults,
    /// The pipelines.
    pub pipelines: Vec<PipelinePlan>,
    /// What is put in, with the milliseconds since the start at which it is.
    pub inputs: Vec<(u64, Input)>,
    /// When the faults end, in milliseconds since the start. From then on everything must come to its end.
    pub calm_after_ms: u64,
}

/// How long the faults go on after the last input.
const AFTERMATH_MS: (u64, u64) = (60_000, 40 * 60_000);

impl Plan {
    /// The plan of a seed.
    pub fn of(seed: u64) -> Self {
        let faults = Faults::draw(&mut Dice::of(seed, "faults"));
        Self::with(seed, faults)
    }

    /// The plan of a seed, with other faults than it would have.
    pub fn with(seed: u64, faults: Faults) -> Self {
        let mut dice = Dice::of(seed, "plan");
        let pipelines: Vec<PipelinePlan> =
            (0..dice.between(1, 2)).map(|number| PipelinePlan::draw(number, &mut dice)).collect();
        let mut inputs = inputs::draw(&pipelines, &mut dice);
        let last = inputs.last().map_or(0, |(at, _)| *at);
        inputs.extend(inputs::gathered(&pipelines, last, &mut Dice::of(seed, "gathered")));
        inputs.sort_by_key(|(at, _)| *at);
        let last = inputs.last().map_or(0, |(at, _)| *at);
        let calm_after_ms = last + dice.magnitude(AFTERMATH_MS.0, AFTERMATH_MS.1);
        Self { seed, faults, pipelines, inputs, calm_after_ms }
    }
}
