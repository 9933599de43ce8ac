//! Handing in inputs, so that so many runs are always in flight.

use std::{convert::Infallible, time::Duration};

use ambient::Ids;
use control::table::Table;
use end_to_end::Result;
use machine::Timestamp;
use tokio::{task::JoinSet, time::sleep};

use crate::{
    input::{Answer, Door, Doors, Input},
    shapes::SHAPES,
};

/// How many requests are under way at once.
const AT_ONCE: usize = 16;
/// How many inputs come at least after each pause, however many runs are in flight: some of these wait for their claims to be
/// settled, and what sleeps cannot be hit.
const AT_LEAST: usize = 2;
/// The longest pause in milliseconds.
const PAUSE_MS: u64 = 500;
/// How many inputs are under way when the server is killed.
pub(crate) const LAST: usize = 6;
/// More runs than there are.
pub(crate) const ALL_RUNS: usize = 1_000_000;

/// All inputs, and those that are being handed in.
pub(crate) struct Traffic {
    chance: Ids,
    /// How many runs are to be in flight.
    in_flight: usize,
    /// What was handed in, or was tried to.
    pub(crate) inputs: Vec<Input>,
    /// What the server refused, and why.
    pub(crate) refused: Vec<String>,
    sending: JoinSet<(usize, Answer)>,
}

impl Traffic {
    pub(crate) fn new(chance: Ids, in_flight: usize) -> Self {
        Self { chance, in_flight, inputs: Vec::new(), refused: Vec::new(), sending: JoinSet::new() }
    }

    /// Hands in so many inputs that all runs are in flight.
    ///
    /// # Errors
    /// If a task broke.
    pub(crate) async fn fill(&mut self, doors: &Doors) -> Result<()> {
        self.send(doors, self.in_flight).await
    }

    /// Keeps them in flight, for ever.
    ///
    /// # Errors
    /// If the server does not answer.
    pub(crate) async fn keep(&mut self, doors: &Doors, table: &Table) -> Result<Infallible> {
        loop {
            let ended = ended(table).await?;
            let in_flight = self.inputs.iter().filter(|input| input.acknowledged).count().saturating_sub(ended);
            self.send(doors, self.in_flight.saturating_sub(in_flight).max(AT_LEAST)).await?;
            sleep(Duration::from_millis(self.chance.below(PAUSE_MS))).await;
        }
    }

    /// Begins to hand in the last ones before a kill.
    pub(crate) fn send_last(&mut self, doors: &Doors) {
        (0..LAST).for_each(|_| self.send_one(doors));
    }

    /// Waits until all has been handed in, or was cut off.
    ///
    /// # Errors
    /// If a task broke.
    pub(crate) async fn settle(&mut self) -> Result<()> {
        while self.answered().await? {}
        Ok(())
    }

    async fn send(&mut self, doors: &Doors, count: usize) -> Result<()> {
        for _ in 0..count {
            while self.sending.len() >= AT_ONCE {
                self.answered().await?;
            }
            self.send_one(doors);
        }
        Ok(())
    }

    fn send_one(&mut self, doors: &Doors) {
        let (number, input) = self.again().unwrap_or_else(|| self.new_input());
        let doors = doors.clone();
        self.sending.spawn(async move { (number, doors.send(&input).await) });
    }

    /// Waits for one answer. Answers whether there was one to wait for.
    async fn answered(&mut self) -> Result<bool> {
        let Some(answered) = self.sending.join_next().await else { return Ok(false) };
        let (number, answer) = answered?;
        if let Some(input) = self.inputs.get_mut(number) {
            match answer {
                Answer::Acknowledged => input.acknowledged = true,
                Answer::CutOff => {}
                Answer::Refused(why) => self.refused.push(format!("{} ({:?}): {why}", input.name, input.door)),
            }
        }
        Ok(true)
    }

    /// One in ten is an earlier one that is sent again, if it may be.
    fn again(&self) -> Option<(usize, Input)> {
        if self.chance.below(10) > 0 {
            return None;
        }
        let number = self.below(self.inputs.len());
        let input = self.inputs.get(number).filter(|input| input.door.is_idempotent())?;
        Some((number, input.clone()))
    }

    fn new_input(&mut self) -> (usize, Input) {
        let number = self.inputs.len();
        let door = match self.chance.below(20) {
            0..8 => Door::Upload,
            8..13 => Door::Message,
            13..18 => Door::Keyed,
            18 => Door::Command,
            _ => Door::File,
        };
        let [first, ..] = &SHAPES;
        let shape = SHAPES.get(self.below(SHAPES.len())).unwrap_or(first);
        let input = Input { name: format!("i{number}"), shape, door, acknowledged: false };
        self.inputs.push(input.clone());
        (number, input)
    }

    fn below(&self, bound: usize) -> usize {
        let drawn = self.chance.below(u64::try_from(bound).unwrap_or(u64::MAX));
        usize::try_from(drawn).unwrap_or_default()
    }
}

/// How many runs have ended, by an index.
async fn ended(table: &Table) -> Result<usize> {
    let runs = table.latest_runs(Timestamp::from_ms(u64::MAX >> 1), ALL_RUNS).await?;
    Ok(runs.iter().filter(|run| run.ended_at.is_some()).count())
}
