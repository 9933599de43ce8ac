//! Driving a run: its stages are advanced by events, and by all that follows, as far as the invocation lasts.

use std::collections::VecDeque;

use futures_util::{StreamExt, stream::FuturesUnordered};
use machine::stage::Event;

use crate::{Control, Error, Invocation, cascade::Cascade, place::Place, run_context::RunContext, wake::Look};

/// How many stages are advanced at once.
const CONCURRENCY: usize = 16;

impl Control {
    /// Advances a run by `events`, and by all that follows, as far as the invocation lasts. The rest goes to a wake-up.
    pub(crate) async fn drive(
        &self,
        run: &RunContext,
        events: Vec<(Place, Event)>,
        mut cascade: Cascade,
        invocation: &Invocation,
    ) -> Result<(), Error> {
        let mut events = VecDeque::from(events);
        let mut follow = VecDeque::new();
        let mut under_way = FuturesUnordered::new();
        let mut first_error = None;
        loop {
            while under_way.len() < CONCURRENCY {
                let next = events.pop_front().or_else(|| cascade.next(run, invocation));
                match next.or_else(|| follow.pop_front_if(|_| invocation.take())) {
                    Some((place, event)) => under_way.push(self.advance(run, place, event)),
                    None => break,
                }
            }
            match under_way.next().await {
                Some(Ok(advanced)) => {
                    advanced.telling.into_iter().for_each(|telling| cascade.add(telling));
                    follow.extend(advanced.follow);
                }
                // The others are finished all the same: what they claimed must not wait for its settling.
                Some(Err(error)) => first_error = first_error.or(Some(error)),
                None => break,
            }
        }
        if let Some(rest) = cascade.rest() {
            self.wake_at(Look { rest: Some(rest), ..Look::run(run.id()) }, None).await?;
        }
        if !follow.is_empty() {
            // Which these are, a look at the whole run finds.
            self.wake_at(Look::run(run.id()), None).await?;
        }
        first_error.map_or(Ok(()), Err)
    }
}
