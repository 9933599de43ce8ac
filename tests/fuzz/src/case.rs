//! One case: its input is made, given to the product, and what came of it is looked at.

use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind, set_hook},
};

use crate::{
    Result,
    corpus::Corpus,
    dice::Dice,
    finding::{Finding, Kind},
    memory::{Usage, measured},
    plant::Plant,
    targets::{Input, Target, Verdict},
    world::World,
};

/// Which inputs are made, and where to.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// What everything random follows from.
    pub seed: u64,
    /// The targets; all of them, if none is named.
    pub targets: Vec<Target>,
    /// A bug to be found.
    pub plant: Option<Plant>,
}

/// What came of a case.
#[derive(Debug)]
pub struct Outcome {
    /// Where its input went.
    pub target: Target,
    /// What the product made of it; nothing, if there is a finding.
    pub verdict: Option<Verdict>,
    /// What it took.
    pub usage: Usage,
    /// What must not be.
    pub finding: Option<Finding>,
}

/// Makes and runs cases, one after the other, on one thread.
#[derive(Debug)]
pub struct Bench {
    campaign: Campaign,
    corpus: Corpus,
    /// The functions' surroundings, once a case needs them.
    world: Option<World>,
}

thread_local! {
    static PANICKED: RefCell<Option<String>> = const { RefCell::new(None) };
}

impl Bench {
    /// For a campaign.
    ///
    /// # Errors
    /// If the repository cannot be read.
    pub fn new(campaign: Campaign) -> Result<Self> {
        Ok(Self { campaign, corpus: Corpus::read()?, world: None })
    }

    /// The input of a case, and where it goes.
    pub fn input(&self, case: u64) -> (Target, Input) {
        let mut dice = Dice::of(self.campaign.seed, case);
        let target = Target::drawn(&self.campaign.targets, &mut dice);
        (target, target.make(&self.corpus, &mut dice))
    }

    /// Runs a case.
    ///
    /// # Errors
    /// If what surrounds the functions cannot be made.
    pub fn run(&mut self, case: u64) -> Result<Outcome> {
        let (target, input) = self.input(case);
        self.give(case, target, &input)
    }

    /// Gives an input to a target, as that of a case.
    ///
    /// # Errors
    /// If what surrounds the functions cannot be made.
    pub fn give(&mut self, case: u64, target: Target, input: &Input) -> Result<Outcome> {
        if target.needs_world() && self.world.is_none() {
            self.world = Some(World::open()?);
        }
        let (world, plant) = (self.world.as_ref(), self.campaign.plant);
        // What a case leaves behind matters to no other: definitions are read only, and the world is frozen.
        let work = AssertUnwindSafe(|| {
            plant.map_or(Ok(()), |plant| plant.strike(input))?;
            target.run(input, world)
        });
        let (done, usage) = measured(|| catch_unwind(work));
        let (verdict, found) = match done {
            Err(_) => (None, Some((Kind::Panic, panicked()))),
            Ok(Err(words)) => (None, Some((Kind::Wrong, words))),
            Ok(Ok(verdict)) => {
                let exceeded = target.bounds().exceeded(input.length(), usage);
                (Some(verdict), exceeded.map(|words| (Kind::Memory, words)))
            }
        };
        if verdict.is_none() && target.needs_world() {
            // A runtime that was left by a panic is not used again.
            self.world = None;
        }
        Ok(Outcome { target, verdict, usage, finding: found.map(|(kind, words)| Finding { case, kind, words }) })
    }
}

/// From here on a panic says nothing by itself: what it said is kept for the case it was in.
pub fn keep_panics() {
    set_hook(Box::new(|info| {
        let words = info.to_string();
        PANICKED.with(|kept| *kept.borrow_mut() = Some(words));
    }));
}

fn panicked() -> String {
    PANICKED.with(|kept| kept.borrow_mut().take()).unwrap_or_else(|| "it says nothing".to_owned())
}
