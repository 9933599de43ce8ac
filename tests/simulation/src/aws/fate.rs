//! What becomes of each job: it follows from the seed and the job's name, so that twins fare alike, and so that the outcome of
//! a run can be told without asking anyone.

use control::jobs::name::JobName;

use crate::{dice::Dice, plan::Faults};

/// What becomes of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It runs, as [`Fates::ending`] says of each attempt that Batch makes.
    Runs,
    /// Batch forgets it this many milliseconds after it was submitted.
    Vanishes {
        /// When, in milliseconds since it was submitted.
        after_ms: u64,
    },
    /// It stays RUNNABLE.
    Stuck,
}

/// How an attempt of a job ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With exit code 0.
    Succeeds,
    /// With another exit code.
    Fails,
    /// Its host is taken away, with an exit code.
    HostLost,
    /// Its host is taken away, and no exit code is left.
    HostLostSilently,
    /// It is killed for the memory it uses.
    OutOfMemory,
}

/// What a job that succeeds has written of its outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// What it should.
    Right,
    /// Nothing.
    Nothing,
    /// What is no JSON object.
    Nonsense,
}

/// The fates of all jobs of a world.
#[derive(Debug, Clone)]
pub struct Fates {
    seed: u64,
    faults: Faults,
}

impl Fates {
    /// Those of a seed.
    pub fn new(seed: u64, faults: Faults) -> Self {
        Self { seed, faults }
    }

    /// What becomes of the job of that name. Arrays just run.
    pub fn of(&self, name: &JobName, array: bool) -> Fate {
        let mut dice = self.dice("fate", name, 0);
        if array {
            Fate::Runs
        } else if dice.chance(self.faults.vanishes) {
            Fate::Vanishes { after_ms: dice.magnitude(100, 600_000) }
        } else if dice.chance(self.faults.stuck) {
            Fate::Stuck
        } else {
            Fate::Runs
        }
    }

    /// How Batch's attempt (from 1) at a job ends. Of an array, only the first child has a fate of its own.
    pub fn ending(&self, name: &JobName, array: bool, attempt: u32) -> Ending {
        let mut dice = self.dice("ending", name, attempt);
        if dice.chance(self.faults.fails) {
            Ending::Fails
        } else if array {
            Ending::Succeeds
        } else if dice.chance(self.faults.out_of_memory) {
            Ending::OutOfMemory
        } else if dice.chance(self.faults.host_lost) {
            if dice.chance(0.5) { Ending::HostLost } else { Ending::HostLostSilently }
        } else {
            Ending::Succeeds
        }
    }

    /// How the job ends if Batch may make `attempts` attempts, and at which of them.
    pub fn last(&self, name: &JobName, array: bool, attempts: u32) -> (Ending, u32) {
        let first = (1..=attempts).find(|attempt| self.ending(name, array, *attempt) == Ending::Succeeds);
        let attempt = first.unwrap_or(attempts);
        (self.ending(name, array, attempt), attempt)
    }

    /// What it has written of its outputs when it succeeds, if it has any.
    pub fn outputs(&self, name: &JobName) -> Written {
        let mut dice = self.dice("outputs", name, 0);
        if !dice.chance(self.faults.fails) {
            Written::Right
        } else if dice.chance(0.5) {
            Written::Nothing
        } else {
            Written::Nonsense
        }
    }

    /// For how long an attempt runs, in milliseconds.
    pub fn duration_ms(&self, name: &JobName, attempt: u32) -> u64 {
        let (least, most) = self.faults.job_ms;
        self.dice("duration", name, attempt).magnitude(least, most)
    }

    /// Whether it goes on when it is asked to end.
    pub fn stubborn(&self, name: &JobName) -> bool {
        self.dice("stubborn", name, 0).chance(self.faults.stubborn)
    }

    /// For how long `ListJobs` does not show the job, in milliseconds.
    pub fn blind_ms(&self, job: &str) -> u64 {
        let mut dice = Dice::of(self.seed, ("blind", job));
        let most = self.faults.blind_ms;
        if dice.chance(self.faults.blind) { dice.magnitude(most / 20, most) } else { 0 }
    }

    fn dice(&self, what: &str, name: &JobName, attempt: u32) -> Dice {
        Dice::of(self.seed, (what, name.to_string(), attempt))
    }
}
