//! Driving a run: its stages are advanced by events, and by all that follows, as far as the invocation lasts.

use std::collections::VecDeque;

use futures_util::{StreamExt, stream::FuturesUnordered};
use machine::{Verdict, stage::Event};
use pipeline::StageIndex;

use crate::{Control, Error, Invocation, run_context::RunContext, wake::Look};

/// How many stages are advanced at once.
const CONCURRENCY: usize = 16;

/// A machine whose dependents are to be told something: a stage that has ended, or the run, whose roots are to be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Telling {
    /// The stage and its verdict; `None` for the run's roots.
    stage: Option<(StageIndex, Verdict)>,
    /// The first dependent that has not been told.
    next: usize,
}

impl Telling {
    /// The run starts its roots, from the given one on.
    pub(crate) fn roots(from: usize) -> Self {
        Self { stage: None, next: from }
    }

    /// The stage that tells, and its verdict; `None` if the run does.
    pub(crate) fn stage(&self) -> Option<(StageIndex, Verdict)> {
        self.stage
    }

    /// A stage tells its dependents, from the given one on.
    pub(crate) fn dependents(stage: StageIndex, verdict: Verdict, from: usize) -> Self {
        Self { stage: Some((stage, verdict)), next: from }
    }
}

impl Control {
    /// Advances a run by `events`, and by all that follows, as far as the invocation lasts. The rest goes to wake-ups.
    pub(crate) async fn drive(
        &self,
        run: &RunContext,
        events: Vec<(StageIndex, Event)>,
        tellings: Vec<Telling>,
        invocation: &Invocation,
    ) -> Result<(), Error> {
        let mut events = VecDeque::from(events);
        let mut tellings = VecDeque::from(tellings);
        let mut under_way = FuturesUnordered::new();
        let mut first_error = None;
        loop {
            while under_way.len() < CONCURRENCY {
                match events.pop_front().or_else(|| next_told(run, &mut tellings, invocation)) {
                    Some((index, event)) => under_way.push(self.advance(run, index, event)),
                    None => break,
                }
            }
            match under_way.next().await {
                Some(Ok(advanced)) => tellings.extend(advanced.telling),
                // The others are finished all the same: what they claimed must not wait for its settling.
                Some(Err(error)) => first_error = first_error.or(Some(error)),
                None => break,
            }
        }
        self.hand_over(run, tellings).await?;
        first_error.map_or(Ok(()), Err)
    }

    async fn hand_over(&self, run: &RunContext, tellings: VecDeque<Telling>) -> Result<(), Error> {
        for telling in tellings {
            let stage = telling.stage.and_then(|(index, _)| run.stage(index));
            let look = Look {
                run_id: run.id().to_string(),
                stage: stage.map(|stage| stage.stage.name.to_string()),
                from: Some(telling.next),
            };
            self.wake_at(look, None).await?;
        }
        Ok(())
    }
}

/// The next dependent to tell, as far as the invocation lasts.
fn next_told(
    run: &RunContext,
    tellings: &mut VecDeque<Telling>,
    invocation: &Invocation,
) -> Option<(StageIndex, Event)> {
    loop {
        let telling = tellings.front_mut()?;
        let told = match telling.stage {
            Some((stage, _)) => run.definition.dependents(stage),
            None => run.definition.roots(),
        };
        let Some(&index) = told.get(telling.next) else {
            tellings.pop_front();
            continue;
        };
        if !invocation.take() {
            return None;
        }
        telling.next += 1;
        let epoch = run.record.run.epoch;
        return Some((
            index,
            match telling.stage {
                Some((need, verdict)) => Event::NeedResolved { need, verdict, epoch },
                None => Event::Looked,
            },
        ));
    }
}
