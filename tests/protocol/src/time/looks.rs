//! Second looks that are overdue.

use machine::{
    Stage, Timestamp,
    stage::{Effect, Event},
};

use super::NOW;
use crate::{
    worker::{Doing, Worker},
    world::World,
};

/// Of those that are overdue only their order is told apart: a look is known by when it was due, and nothing else is asked.
pub(super) fn rank(world: &mut World) {
    let mut overdue: Vec<&mut Timestamp> = dues(world).into_iter().filter(|due| **due < NOW).collect();
    overdue.sort_by_key(|due| std::cmp::Reverse(**due));
    let (mut rank, mut last) = (0, NOW);
    for due in overdue {
        if *due != last {
            (rank, last) = (rank + 1, *due);
        }
        *due = Timestamp::from_ms(NOW.as_ms() - rank);
    }
}

fn dues(world: &mut World) -> Vec<&mut Timestamp> {
    let mut dues: Vec<&mut Timestamp> = of_stage(&mut world.item).collect();
    for worker in &mut world.workers {
        let Worker::Busy { doing, .. } = worker else { continue };
        match doing {
            Doing::Committing { event, next } => {
                dues.extend(of_event(event));
                dues.extend(of_stage(next));
            }
            Doing::Conflicting { event } => dues.extend(of_event(event)),
            Doing::Undoing { seen, .. } => dues.extend(of_stage(&mut seen.stage)),
            Doing::Performing { seen, effects } => {
                dues.extend(of_stage(&mut seen.stage));
                dues.extend(effects.iter_mut().filter_map(of_effect));
            }
        }
    }
    dues
}

fn of_stage(stage: &mut Stage) -> impl Iterator<Item = &mut Timestamp> {
    stage.second_looks.iter_mut().map(|look| &mut look.due)
}

fn of_event(event: &mut Event) -> Vec<&mut Timestamp> {
    match event {
        Event::LookedAgain { due, again, .. } => std::iter::once(due).chain(again).collect(),
        Event::NeedResolved { .. }
        | Event::Looked
        | Event::Evaluated { .. }
        | Event::Expanded { .. }
        | Event::ChunkEnded { .. }
        | Event::TurnCame
        | Event::SubmitAnswered { .. }
        | Event::Settled { .. }
        | Event::JobChanged { .. }
        | Event::JobMissing { .. }
        | Event::Cancelled { .. }
        | Event::Reset { .. } => Vec::new(),
    }
}

fn of_effect(effect: &mut Effect) -> Option<&mut Timestamp> {
    match effect {
        Effect::LookAgain(look) => Some(&mut look.due),
        Effect::Look
        | Effect::LookAt(_)
        | Effect::Evaluate
        | Effect::Expand
        | Effect::Chunks
        | Effect::AwaitTurn
        | Effect::Submit { .. }
        | Effect::Settle { .. }
        | Effect::Describe { .. }
        | Effect::Terminate(_)
        | Effect::Resolve(_) => None,
    }
}
