//! The paced lane: submissions that Batch throttled take turns, the highest priority first, at a pace that adapts to the
//! answers.
//!
//! **Whoever drains the lane reserves slots of one shared pace, so that it does not matter how many do.** The index nominates
//! whose turn it is; a turn is an event like any other, so that two who give the same stage its turn waste a slot, and no more.
//! A drainer that dies loses nothing: the stages stay in the index, and the sweep wakes the next one.

use std::{
    collections::HashMap,
    future::Future,
    pin::{Pin, pin},
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use machine::{
    Pace, Timestamp,
    pace::Answers,
    policy,
    stage::{Event, SubmitAnswer},
};
use tokio::time::Instant;

use crate::{
    Control, Error, Invocation,
    advance::CONFLICTS,
    cascade::Cascade,
    perform::look_at,
    place::Place,
    table::{Put, Versioned, lane_index::Waiting},
};

/// How far ahead the next slot may lie for one who is woken: beyond that, enough others drain the lane. Clocks may differ by
/// as much.
const JOINS_WITHIN: Duration = Duration::from_secs(3);
/// How far ahead the next slot may lie for one who goes on.
const STAYS_WITHIN: Duration = Duration::from_secs(1);
/// A slot that has passed by more than that is not used: those that come late must not come all at once.
const SLOT_LASTS: Duration = Duration::from_millis(500);
/// How many turns are under way at once. A slow answer holds up nobody else, until so many are slow.
const UNDER_WAY: usize = 64;
/// How old the index may be: a stage that has just had its turn is not nominated again before.
const INDEX_LAGS: Duration = Duration::from_secs(3);

/// A turn that is being taken.
type Turn<'a> = Pin<Box<dyn Future<Output = (Waiting, Result<Option<SubmitAnswer>, Error>)> + Send + 'a>>;

/// The lane, as one drainer sees it.
struct Lane<'a> {
    under_way: FuturesUnordered<Turn<'a>>,
    /// Stages that had their turn, and when.
    recent: HashMap<Waiting, Instant>,
    /// What Batch answered and the shared pace does not reflect yet.
    answers: Answers,
    pace: Versioned<Pace>,
}

impl Control {
    /// Gives the stages that wait in the lane their turns, as far as the invocation lasts; then another goes on.
    ///
    /// # Errors
    /// If the table or SQS fail. What has begun is finished all the same.
    pub async fn drain(&self, invocation: &Invocation) -> Result<(), Error> {
        let pace = self.table.pace().await?;
        if pace.value.ahead(self.now()) > JOINS_WITHIN || self.table.waiting(1).await?.is_empty() {
            return Ok(());
        }
        let mut lane =
            Lane { under_way: FuturesUnordered::new(), recent: HashMap::new(), answers: Answers::default(), pace };
        let drained = self.give_turns(&mut lane, invocation).await;
        while let Some((waiting, answer)) = lane.under_way.next().await {
            lane.note(&waiting, answer);
        }
        let answers = std::mem::take(&mut lane.answers);
        if answers != Answers::default() {
            self.change_pace(&mut lane.pace, |pace| Some((pace.answered(answers), ()))).await?;
        }
        match drained? {
            Left::Nobody => Ok(()),
            Left::Somebody => self.wake_lane().await,
        }
    }

    async fn give_turns<'a>(&'a self, lane: &mut Lane<'a>, invocation: &'a Invocation) -> Result<Left, Error> {
        let mut within = JOINS_WITHIN;
        while invocation.has_time() {
            let Some(slots) = self.reserve(lane, within).await? else { return Ok(Left::Nobody) };
            if let Some(first) = slots.first() {
                lane.meanwhile(self.until(*first)).await;
            }
            let nominated = self.nominate(lane, slots.len()).await?;
            if nominated.is_empty() {
                return Ok(Left::Nobody);
            }
            let in_time = slots.into_iter().filter(|slot| self.now().since(*slot) < SLOT_LASTS);
            for (slot, waiting) in in_time.zip(nominated) {
                lane.meanwhile(self.until(slot)).await;
                lane.make_room().await;
                lane.recent.insert(waiting.clone(), Instant::now());
                lane.under_way.push(Box::pin(self.take_turn(waiting, invocation)));
            }
            within = STAYS_WITHIN;
        }
        Ok(Left::Somebody)
    }

    /// Reserves a batch of slots. `None` if the next one is too far ahead: enough others drain the lane.
    async fn reserve(&self, lane: &mut Lane<'_>, within: Duration) -> Result<Option<Vec<Timestamp>>, Error> {
        let (answers, mut pace) = (std::mem::take(&mut lane.answers), lane.pace.clone());
        let change = |pace: Pace| {
            let now = self.now();
            (pace.ahead(now) <= within).then(|| pace.answered(answers).reserve(now))
        };
        let reserved = lane.meanwhile(self.change_pace(&mut pace, change)).await;
        lane.pace = pace;
        if !matches!(reserved, Ok(Some(_))) {
            lane.answers = lane.answers.and(answers);
        }
        reserved
    }

    /// Changes the shared pace, anew if others did. `None` if it is left as it is: `change` says so, or so many others change it
    /// that the lane does not need this one.
    async fn change_pace<T>(
        &self,
        current: &mut Versioned<Pace>,
        change: impl Fn(Pace) -> Option<(Pace, T)>,
    ) -> Result<Option<T>, Error> {
        for _ in 0..CONFLICTS {
            let Some((next, outcome)) = change(current.value) else { return Ok(None) };
            *current = match self.table.put_pace(next, current.revision).await? {
                Put::Written(written) => {
                    *current = written;
                    return Ok(Some(outcome));
                }
                Put::Conflict(Some(actual)) => actual,
                Put::Conflict(None) => Versioned { value: Pace::first(), revision: 0 },
            };
        }
        Ok(None)
    }

    /// Those whose turn is next, save those that have just had it.
    async fn nominate(&self, lane: &mut Lane<'_>, count: usize) -> Result<Vec<Waiting>, Error> {
        lane.recent.retain(|_, at| at.elapsed() < INDEX_LAGS);
        let limit = count + lane.recent.len();
        let waiting = lane.meanwhile(self.table.waiting(limit)).await?;
        Ok(waiting.into_iter().filter(|waiting| !lane.recent.contains_key(waiting)).take(count).collect())
    }

    async fn until(&self, time: Timestamp) {
        tokio::time::sleep(time.since(self.now())).await;
    }

    async fn take_turn(
        &self,
        waiting: Waiting,
        invocation: &Invocation,
    ) -> (Waiting, Result<Option<SubmitAnswer>, Error>) {
        let taken = self.submit_in_turn(&waiting, invocation).await;
        (waiting, taken)
    }

    /// The stage hears that its turn came; what follows from that is what follows from any event.
    async fn submit_in_turn(&self, waiting: &Waiting, invocation: &Invocation) -> Result<Option<SubmitAnswer>, Error> {
        let Some(run) = self.run_context(&waiting.run).await? else { return Ok(None) };
        let Some(place) = Place::parse(&run.definition, &waiting.stage) else { return Ok(None) };
        match self.advance(&run, place, Event::TurnCame).await {
            Ok(advanced) => {
                let cascade = advanced.telling.map(Cascade::beginning_with).unwrap_or_default();
                self.drive(&run, advanced.follow, cascade, invocation).await?;
                Ok(advanced.answer)
            }
            Err(error) => {
                // It may have been claimed: no event is delivered again to see to that.
                if let Some(at) = run.at(place) {
                    self.wake_at(look_at(&run, at), Some(self.now().plus(policy::SETTLE_AFTER))).await?;
                }
                Err(error)
            }
        }
    }
}

/// Whether a drainer that leaves has to call the next one.
enum Left {
    /// Nobody waits, or others drain the lane.
    Nobody,
    /// Its time was up.
    Somebody,
}

impl Lane<'_> {
    /// Does something while the turns under way go on.
    async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                Some((waiting, answer)) = self.under_way.next() => self.note(&waiting, answer),
            }
        }
    }

    /// Waits until one more turn may be under way.
    async fn make_room(&mut self) {
        while self.under_way.len() >= UNDER_WAY {
            if let Some((waiting, answer)) = self.under_way.next().await {
                self.note(&waiting, answer);
            }
        }
    }

    fn note(&mut self, waiting: &Waiting, answer: Result<Option<SubmitAnswer>, Error>) {
        match answer {
            Ok(Some(SubmitAnswer::Done(_) | SubmitAnswer::Refused(_))) => {
                self.answers = self.answers.and(Answers { accepted: 1, throttled: 0 });
            }
            Ok(Some(SubmitAnswer::Throttled)) => {
                // It waits again, in its old place.
                self.recent.remove(waiting);
                self.answers = self.answers.and(Answers { accepted: 0, throttled: 1 });
            }
            Ok(Some(SubmitAnswer::Unknown) | None) => {}
            Err(error) => tracing::error!(run = %waiting.run, stage = waiting.stage, %error, "a turn failed"),
        }
    }
}
