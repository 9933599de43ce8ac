//! A stage under test, with a clock and claims that are fresh for every event.

use machine::{
    Attempt, ClaimId, Decision, JobId, JobQueue, Stage, Timestamp,
    stage::{Context, Effect, Event, Node, State, SubmitAnswer, decide, outstanding},
};
use pipeline::{Retry, StageIndex, When};

use crate::sample::EPOCH;

/// What it needs: so many stages.
fn needs(count: u16) -> Vec<StageIndex> {
    (0..count).map(StageIndex::new).collect()
}

/// The stage, and what is around it.
#[derive(Debug)]
pub(crate) struct Play {
    pub(crate) stage: Stage,
    pub(crate) needs: Vec<StageIndex>,
    pub(crate) when: When,
    pub(crate) retry: Retry,
    pub(crate) now: Timestamp,
    claims: u32,
}

impl Play {
    pub(crate) fn new(need_count: u16) -> Self {
        Self {
            stage: Stage::absent(EPOCH),
            needs: needs(need_count),
            when: When::Success,
            retry: Retry::none(),
            now: Timestamp::from_ms(1_000_000),
            claims: 0,
        }
    }

    pub(crate) fn node(&self) -> Node<'_> {
        Node { when: &self.when, retry: &self.retry, ..Node::new(self.stage.epoch, &self.needs, &[]) }
    }

    pub(crate) fn decide(&mut self, event: &Event) -> Decision<Stage> {
        self.claims += 1;
        let claim = ClaimId::new(format!("claim-{}", self.claims));
        let queue = JobQueue::new("queue");
        let context = Context { now: self.now, claim: &claim, queue: &queue, priority: 100, node: self.node() };
        let decision = decide(&self.stage, event, context);
        if let Decision::Advance(next) = &decision {
            self.stage = next.clone();
        }
        decision
    }

    pub(crate) fn outstanding(&self) -> Vec<Effect> {
        outstanding(&self.stage, self.node(), self.now)
    }

    pub(crate) fn held_claim(&self) -> ClaimId {
        let State::Claimed { claim, .. } = &self.stage.state else {
            unreachable!("not claimed: {:?}", self.stage.state)
        };
        claim.clone()
    }

    pub(crate) fn submitted(job: &str) -> Self {
        let mut play = Self::new(0);
        play.decide(&Event::Looked);
        let claim = play.held_claim();
        play.decide(&answered(claim, SubmitAnswer::Done(JobId::new(job))));
        play
    }
}

/// What `SubmitJob` answered for the first attempt.
pub(crate) fn answered(claim: ClaimId, answer: SubmitAnswer) -> Event {
    Event::SubmitAnswered { claim, attempt: Attempt(1), answer }
}
