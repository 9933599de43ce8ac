//! What is to be done for a stage, from its committed state alone.

use crate::{
    ClaimId, JobId, JobQueue, Timestamp, Verdict, policy,
    stage::{CancelTarget, Node, SecondLook, Stage, State, start::Start},
};

/// Something to be done. Doing it twice does no harm.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Look at the stage now: what it waited for is there.
    Look,
    /// Look at the stage then.
    LookAt(Timestamp),
    /// Evaluate its condition: all that it needs has ended.
    Evaluate,
    /// Read the items that it is done for, and write down which chunk has which.
    Expand,
    /// Look at its chunks that may have begun and have not ended; if it was cancelled, cancel them.
    Chunks,
    /// Wake the paced lane, which gives it its turn.
    AwaitTurn,
    /// Call `SubmitJob` for the current attempt. Only the claimant does, while its lease lasts; to anyone else this is
    /// [`LookAt`](Self::LookAt) the time to settle.
    Submit {
        /// The claim.
        claim: ClaimId,
        /// The queue.
        queue: JobQueue,
        /// When the claim can be settled.
        settle_at: Timestamp,
    },
    /// Ask `ListJobs` for the current attempt's name: no request of this claim is in flight any more.
    Settle {
        /// The claim.
        claim: ClaimId,
        /// The queue.
        queue: JobQueue,
    },
    /// Ask Batch about the job: it has been silent.
    Describe {
        /// The job.
        job: JobId,
        /// Its queue.
        queue: JobQueue,
    },
    /// Call `TerminateJob`.
    Terminate(JobId),
    /// Look at the name of an attempt for jobs that are not the recorded one.
    LookAgain(SecondLook),
    /// Tell the dependents, or the run, how the stage ended.
    Resolve(Verdict),
}

/// What is to be done for `stage`, in this order.
pub fn outstanding(stage: &Stage, node: Node<'_>, now: Timestamp) -> Vec<Effect> {
    let mut effects: Vec<Effect> = stage.second_looks.iter().filter_map(|look| second_look(stage, look, now)).collect();
    match &stage.state {
        State::Waiting if stage.is_complete(node) => effects.push(match Start::of(stage, node) {
            Start::Asks => Effect::Evaluate,
            Start::Runs | Start::Ends(..) => Effect::Look,
        }),
        State::Waiting => {}
        State::Ready { .. } => effects.push(Effect::AwaitTurn),
        State::Claimed { claim, queue, at, .. } => {
            let settle_at = at.plus(policy::SETTLE_AFTER);
            if now < at.plus(policy::LEASE) {
                effects.push(Effect::Submit { claim: claim.clone(), queue: queue.clone(), settle_at });
            } else {
                effects.push(settle(claim, queue, settle_at, now));
            }
        }
        State::Backoff { until } if *until <= now => effects.push(Effect::Look),
        State::Backoff { until } => effects.push(Effect::LookAt(*until)),
        State::Expanding => effects.push(Effect::Expand),
        State::FannedOut { .. } => effects.push(Effect::Chunks),
        State::Submitted { job, queue, at, .. } => effects.extend(silent(job, queue, *at, now)),
        State::Cancelling { target: CancelTarget::Unsettled { claim, settle_at }, queue, .. } => {
            effects.push(settle(claim, queue, *settle_at, now));
        }
        State::Cancelling { target: CancelTarget::Job { job, .. }, queue, at } => {
            effects.push(Effect::Terminate(job.clone()));
            effects.extend(silent(job, queue, *at, now));
        }
        State::Ended(_) => effects.extend(stage.verdict(node).map(Effect::Resolve)),
    }
    effects
}

/// A look that is due waits until the attempt's job is recorded: before that, it could take the job itself for a twin.
fn second_look(stage: &Stage, look: &SecondLook, now: Timestamp) -> Option<Effect> {
    if look.due > now {
        Some(Effect::LookAt(look.due))
    } else if stage.is_unrecorded(look.attempt) {
        None
    } else {
        Some(Effect::LookAgain(look.clone()))
    }
}

fn settle(claim: &ClaimId, queue: &JobQueue, settle_at: Timestamp, now: Timestamp) -> Effect {
    if settle_at <= now {
        Effect::Settle { claim: claim.clone(), queue: queue.clone() }
    } else {
        Effect::LookAt(settle_at)
    }
}

fn silent(job: &JobId, queue: &JobQueue, at: Timestamp, now: Timestamp) -> Option<Effect> {
    (now.since(at) >= policy::SILENCE).then(|| Effect::Describe { job: job.clone(), queue: queue.clone() })
}
