//! Rules that are wrong, each in one way: the model finds the state in which it shows.

use machine::{
    ClaimId, Decision, JobId, Outcome, Rejected, Stage, Timestamp, policy,
    stage::{CancelTarget, Context, Effect, Ended, Event, JobChange, Node, State, SubmitAnswer, decide, outstanding},
};
use protocol::{
    Commits, Protocol, Rules,
    check::counterexample,
    model::Action,
    properties::{CLAIMED_FIRST, ENDS_AFTER_ITS_JOB, NO_ORPHAN, NO_SECOND_JOB, NOT_TERMINATED, ONE_LIVE_JOB},
    reach::reach,
    time::NOW,
    world::World,
};

fn is_caught(rules: Rules, property: &'static str) {
    let way = counterexample(&Protocol::blind_once(rules), property);
    assert!(way.is_some(), "nothing violates: {property}");
}

#[test]
fn a_claim_that_is_settled_right_after_its_lease() {
    fn hasty(stage: &Stage, node: Node<'_>, now: Timestamp) -> Vec<Effect> {
        if let State::Claimed { claim, queue, at, .. } = &stage.state
            && now.since(*at) >= policy::LEASE
        {
            return vec![Effect::Settle { claim: claim.clone(), queue: queue.clone() }];
        }
        outstanding(stage, node, now)
    }
    let rules = Rules { outstanding: hasty, settle_after: policy::LEASE, ..Rules::of_the_product() };
    is_caught(rules, NO_SECOND_JOB);
}

#[test]
fn a_second_look_that_is_taken_before_the_job_is_recorded() {
    fn rash(stage: &Stage, node: Node<'_>, now: Timestamp) -> Vec<Effect> {
        let due = stage.second_looks.iter().filter(|look| look.due <= now).map(|look| Effect::LookAgain(look.clone()));
        let rest = outstanding(stage, node, now).into_iter().filter(|effect| !matches!(effect, Effect::LookAgain(_)));
        due.chain(rest).collect()
    }
    is_caught(Rules { outstanding: rash, ..Rules::of_the_product() }, NOT_TERMINATED);
}

#[test]
fn a_cancel_that_forgets_a_claimed_stage() {
    fn forgetful(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
        match (&stage.state, event) {
            (State::Claimed { .. }, Event::Cancelled { .. }) => {
                let ended = Ended { outcome: Outcome::Cancelled, cause: None, job: None, started_at: None, at: NOW };
                Decision::Advance(Stage { state: State::Ended(ended), ..stage.clone() })
            }
            _ => decide(stage, event, context),
        }
    }
    is_caught(Rules { decide: forgetful, ..Rules::of_the_product() }, NO_ORPHAN);
}

#[test]
fn a_job_that_is_submitted_before_its_claim_is_committed() {
    is_caught(Rules { commits: Commits::AfterSubmitJob, ..Rules::of_the_product() }, CLAIMED_FIRST);
}

#[test]
fn a_claim_without_a_condition() {
    is_caught(Rules { commits: Commits::Blindly, ..Rules::of_the_product() }, NO_SECOND_JOB);
}

#[test]
fn an_unknown_answer_that_is_taken_for_not_executed() {
    let unanswered = SubmitAnswer::Throttled;
    is_caught(Rules { unanswered, ..Rules::of_the_product() }, NO_SECOND_JOB);
}

#[test]
fn a_second_look_that_is_forgotten_when_the_stage_moves_on() {
    fn forgetful(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
        match decide(stage, event, context) {
            Decision::Advance(next) if next.job().is_some() => {
                Decision::Advance(Stage { second_looks: Vec::new(), ..next })
            }
            decision @ (Decision::Advance(_) | Decision::Ignore(_) | Decision::Reject(_)) => decision,
        }
    }
    is_caught(Rules { decide: forgetful, ..Rules::of_the_product() }, ONE_LIVE_JOB);
}

#[test]
fn a_job_in_hand_that_is_taken_for_a_twin_while_none_is_recorded() {
    fn strict(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
        if let Event::SubmitAnswered { claim, answer: SubmitAnswer::Done(job), .. } = event
            && held(stage) != Some(claim)
            && stage.job() != Some(job)
        {
            return Decision::Reject(Rejected::Twin(job.clone()));
        }
        decide(stage, event, context)
    }
    fn held(stage: &Stage) -> Option<&ClaimId> {
        match &stage.state {
            State::Claimed { claim, .. } | State::Cancelling { target: CancelTarget::Unsettled { claim, .. }, .. } => {
                Some(claim)
            }
            State::Waiting
            | State::Ready { .. }
            | State::Submitted { .. }
            | State::Backoff { .. }
            | State::Expanding
            | State::FannedOut { .. }
            | State::Cancelling { target: CancelTarget::Job { .. }, .. }
            | State::Ended(_) => None,
        }
    }
    is_caught(Rules { decide: strict, ..Rules::of_the_product() }, NOT_TERMINATED);
}

#[test]
fn a_turn_that_leaves_the_second_look_where_it_is() {
    fn careless(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
        match (event, decide(stage, event, context)) {
            (Event::TurnCame, Decision::Advance(next)) => {
                Decision::Advance(Stage { second_looks: stage.second_looks.clone(), ..next })
            }
            (_, decision) => decision,
        }
    }
    is_caught(Rules { decide: careless, ..Rules::of_the_product() }, ONE_LIVE_JOB);
}

#[test]
fn a_job_that_counts_as_lost_because_it_is_silent() {
    fn impatient(stage: &Stage, event: &Event, context: Context<'_>) -> Decision<Stage> {
        match (&stage.state, event) {
            (State::Submitted { job, .. }, Event::JobChanged { change: JobChange::Alive { .. }, .. }) => {
                lost(stage, job)
            }
            _ => decide(stage, event, context),
        }
    }
    fn lost(stage: &Stage, job: &JobId) -> Decision<Stage> {
        let job = Some(job.clone());
        let ended = Ended { outcome: Outcome::Failed, cause: None, job, started_at: None, at: NOW };
        Decision::Advance(Stage { state: State::Ended(ended), ..stage.clone() })
    }
    is_caught(Rules { decide: impatient, ..Rules::of_the_product() }, ENDS_AFTER_ITS_JOB);
}

#[test]
fn a_sweep_that_skips_claimed_stages_leaves_some_that_cannot_end() {
    fn lazy(stage: &Stage, node: Node<'_>, now: Timestamp) -> Vec<Effect> {
        let mut effects = outstanding(stage, node, now);
        effects.retain(|effect| !matches!(effect, Effect::Settle { .. }));
        effects
    }
    let protocol = Protocol::blind_once(Rules { outstanding: lazy, ..Rules::of_the_product() });
    let reach = reach(&protocol, World::is_at_rest, Action::is_progress);
    assert!(reach.stuck > 0, "every state can end, although nobody settles");
}
