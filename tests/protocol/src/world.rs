//! All that there is: the item, the run, the workers, AWS Batch.

use std::hash::{DefaultHasher, Hash, Hasher};

use machine::{
    Epoch, Stage,
    stage::{Node, State},
};

use crate::{batch::Batch, worker::Worker};

/// A state of the model.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    /// The stage's item. One that does not exist is a stage that waits.
    pub item: Stage,
    /// The run.
    pub run: Run,
    /// The workers. They are alike: which is which is not told apart.
    pub workers: [Worker; 2],
    /// AWS Batch.
    pub batch: Batch,
}

/// What of the run matters to its only stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Run {
    /// It was cancelled: the cancel of its stage is due.
    pub cancelled: bool,
    /// It has heard how its stage ended, and has ended.
    pub ended: bool,
    /// The sweep looks at it.
    pub watched: bool,
}

/// One of the workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Which {
    /// The first.
    One,
    /// The second.
    Two,
}

impl World {
    pub(crate) fn new(blind: u8) -> Self {
        Self {
            item: Stage::absent(Epoch::FIRST),
            run: Run { cancelled: false, ended: false, watched: true },
            workers: [Worker::Idle, Worker::Idle],
            batch: Batch::new(blind),
        }
    }

    /// A worker.
    pub fn worker(&self, which: Which) -> &Worker {
        let [one, two] = &self.workers;
        match which {
            Which::One => one,
            Which::Two => two,
        }
    }

    /// A worker, and the other one.
    pub(crate) fn both(&mut self, which: Which) -> (&mut Worker, &mut Worker) {
        let [one, two] = &mut self.workers;
        match which {
            Which::One => (one, two),
            Which::Two => (two, one),
        }
    }

    /// Whether nothing of the stage is left to look at, as the sweep sees it.
    pub(crate) fn is_over(&self) -> bool {
        self.run.ended && self.item.second_looks.is_empty() && matches!(self.item.state, State::Ended(_))
    }

    /// Whether it has come to its end: the run is off its watch, nobody is at work, and no job is alive.
    pub fn is_at_rest(&self) -> bool {
        !self.run.watched
            && self.workers.iter().all(|worker| *worker == Worker::Idle)
            && self.batch.alive().next().is_none()
    }

    /// Two states that differ only in which worker is which are one.
    pub(crate) fn sort_workers(&mut self) {
        let [one, two] = &mut self.workers;
        if hash(one) > hash(two) {
            std::mem::swap(one, two);
        }
    }
}

/// The stage's place: it needs nothing, and only the run needs it.
pub(crate) const NODE: Node<'static> = Node::new(Epoch::FIRST, &[], &[]);

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
