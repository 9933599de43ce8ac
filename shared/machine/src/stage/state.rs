//! What a stage is.

use crate::{
    Attempt, Cause, CauseKind, ClaimId, Epoch, JobId, JobQueue, Outcome, Resolved, Timestamp, Verdict,
    stage::{ChunkEnd, FanOut, Node},
};

/// How many past attempts are kept: more than the budgets of one epoch can be.
const PAST: usize = 150;

/// A stage of a run.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Stage {
    /// The run's epoch that this state belongs to.
    pub epoch: Epoch,
    /// The attempts opened so far. They only grow, over epochs too.
    pub attempt: Attempt,
    /// What it needs and has resolved.
    pub resolved: Resolved,
    /// Names that are still to be looked at for twins, one per attempt. They outlive the attempt they belong to.
    pub second_looks: Vec<SecondLook>,
    /// The attempts that failed and were followed by another, the earliest first; of many the latest.
    pub past: Vec<PastAttempt>,
    /// Its items, once they are known, if it is done for many. Kept when it has ended.
    pub fan_out: Option<FanOut>,
    /// Where it stands.
    pub state: State,
}

/// Where a stage stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum State {
    /// Not everything it needs has resolved.
    Waiting,
    /// Its submission was throttled, which means that there is certainly no job. It waits for its turn in the paced lane.
    Ready {
        /// Since when. Kept however often it is throttled, so that it keeps its place.
        since: Timestamp,
        /// Its priority, 0 to 9999: the highest has its turn first.
        priority: u16,
    },
    /// Somebody may submit the current attempt, has submitted it, or died trying.
    Claimed {
        /// Whose right it is.
        claim: ClaimId,
        /// The queue that the job goes to.
        queue: JobQueue,
        /// Since when.
        at: Timestamp,
        /// When this attempt was first claimed: "not found" says nothing once Batch may have forgotten it.
        opened_at: Timestamp,
        /// Since when it waited for its turn, if it was throttled before.
        throttled_since: Option<Timestamp>,
    },
    /// Its job is known.
    Submitted {
        /// The attempt's job, and no other.
        job: JobId,
        /// The queue it went to.
        queue: JobQueue,
        /// When that was recorded.
        at: Timestamp,
        /// Since when Batch does not know the job, if it does not.
        missing_since: Option<Timestamp>,
        /// What keeps it from being placed, in Batch's words, as far as Batch says.
        blocked: Option<String>,
    },
    /// Its current attempt failed, and there is to be another.
    Backoff {
        /// When.
        until: Timestamp,
    },
    /// It is done for many items, and they are being read.
    Expanding,
    /// Its chunks are at work.
    FannedOut {
        /// Since when.
        at: Timestamp,
        /// Whether it was cancelled: then no other chunk begins.
        cancelled: bool,
    },
    /// Cancelled, and its job, if there is one, has yet to end.
    Cancelling {
        /// What is to end.
        target: CancelTarget,
        /// The queue that the job is in.
        queue: JobQueue,
        /// Since when.
        at: Timestamp,
    },
    /// Ended for good, in this epoch.
    Ended(Ended),
}

/// What a cancelled stage waits for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum CancelTarget {
    /// Whether there is a job is not known yet.
    Unsettled {
        /// The claim under which it may have been submitted.
        claim: ClaimId,
        /// From when on Batch can tell.
        settle_at: Timestamp,
    },
    /// The job is known, and is terminated until it has ended.
    Job {
        /// The attempt's job.
        job: JobId,
        /// Since when Batch does not know it, if it does not.
        missing_since: Option<Timestamp>,
    },
}

/// How a stage ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Ended {
    /// How.
    pub outcome: Outcome,
    /// Why, unless it succeeded.
    pub cause: Option<Cause>,
    /// The attempt's job, if it had one.
    pub job: Option<JobId>,
    /// When its job began to run, if it did.
    pub started_at: Option<Timestamp>,
    /// When.
    pub at: Timestamp,
}

/// An attempt that failed, and was followed by another or is to be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PastAttempt {
    /// Which.
    pub attempt: Attempt,
    /// In which epoch of the run: budgets are those of an epoch.
    pub epoch: Epoch,
    /// Why it failed.
    pub cause: Cause,
    /// Its job.
    pub job: Option<JobId>,
    /// When its job began to run, if it did.
    pub started_at: Option<Timestamp>,
    /// When it failed.
    pub at: Timestamp,
}

/// A name that must be looked at again, because "not found" was acted upon.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SecondLook {
    /// The attempt that the name is of.
    pub attempt: Attempt,
    /// The queue to look in.
    pub queue: JobQueue,
    /// When.
    pub due: Timestamp,
}

impl Stage {
    /// What a stage is before its item exists.
    pub fn absent(epoch: Epoch) -> Self {
        Self {
            epoch,
            attempt: Attempt::NONE,
            resolved: Resolved::default(),
            second_looks: Vec::new(),
            past: Vec::new(),
            fan_out: None,
            state: State::Waiting,
        }
    }

    /// Whether all that it needs has resolved.
    pub fn is_complete(&self, node: Node<'_>) -> bool {
        node.needs.iter().all(|need| self.resolved.contains(*need))
    }

    /// Whether it failed, or followed from a failure, in an epoch before the run's, and has yet to hear of the retry.
    pub fn is_to_be_reset(&self, node: Node<'_>) -> bool {
        self.epoch < node.epoch && matches!(&self.state, State::Ended(ended) if self.taints(node, ended.outcome))
    }

    /// Whether what follows is tainted by it, or by what it needs, if it ended so.
    pub(crate) fn taints(&self, node: Node<'_>, outcome: Outcome) -> bool {
        let itself = match outcome {
            Outcome::Succeeded | Outcome::Skipped => false,
            Outcome::Failed => !node.allow_failure,
            Outcome::Cancelled => true,
        };
        itself || self.resolved.tainted()
    }

    /// What it tells its dependents: only once it has ended *and* all that it needs has resolved, so that a run ends after
    /// its last job even if a cancel ended this stage before its needs. One that is to be reset tells nothing any more.
    pub fn verdict(&self, node: Node<'_>) -> Option<Verdict> {
        match &self.state {
            State::Ended(ended) if self.is_complete(node) && !self.is_to_be_reset(node) => {
                Some(Verdict { outcome: ended.outcome, tainted: self.taints(node, ended.outcome) })
            }
            State::Ended(_)
            | State::Waiting
            | State::Ready { .. }
            | State::Claimed { .. }
            | State::Submitted { .. }
            | State::Backoff { .. }
            | State::Expanding
            | State::FannedOut { .. }
            | State::Cancelling { .. } => None,
        }
    }

    /// The attempts of this epoch that failed and were followed by another, or are to be.
    pub(crate) fn past_of_epoch(&self) -> impl Iterator<Item = &PastAttempt> {
        self.past.iter().filter(|past| past.epoch == self.epoch)
    }

    /// How many attempts of this epoch failed for such a cause.
    pub fn failures_by(&self, kind: CauseKind) -> u32 {
        u32::try_from(self.past_of_epoch().filter(|past| past.cause.kind == kind).count()).unwrap_or(u32::MAX)
    }

    /// Whether it succeeded.
    pub fn has_succeeded(&self) -> bool {
        matches!(&self.state, State::Ended(ended) if ended.outcome == Outcome::Succeeded)
    }

    /// Since when Batch does not know the recorded job, if it does not.
    pub fn missing_since(&self) -> Option<Timestamp> {
        match &self.state {
            State::Submitted { missing_since, .. }
            | State::Cancelling { target: CancelTarget::Job { missing_since, .. }, .. } => *missing_since,
            State::Waiting
            | State::Ready { .. }
            | State::Claimed { .. }
            | State::Backoff { .. }
            | State::Expanding
            | State::FannedOut { .. }
            | State::Cancelling { target: CancelTarget::Unsettled { .. }, .. }
            | State::Ended(_) => None,
        }
    }

    /// Whether it would learn nothing from its job's being alive, and kept from its place by that or by nothing.
    pub fn knows_alive(&self, by: Option<&str>) -> bool {
        match &self.state {
            State::Submitted { missing_since, blocked, .. } => missing_since.is_none() && blocked.as_deref() == by,
            State::Cancelling { target: CancelTarget::Job { missing_since, .. }, .. } => missing_since.is_none(),
            State::Waiting
            | State::Ready { .. }
            | State::Claimed { .. }
            | State::Backoff { .. }
            | State::Expanding
            | State::FannedOut { .. }
            | State::Cancelling { target: CancelTarget::Unsettled { .. }, .. }
            | State::Ended(_) => false,
        }
    }

    /// Whether an attempt may have a job that is not recorded yet. Until it is, no job of its name can be told to be a twin.
    pub(crate) fn is_unrecorded(&self, attempt: Attempt) -> bool {
        attempt == self.attempt
            && match &self.state {
                State::Ready { .. }
                | State::Claimed { .. }
                | State::Cancelling { target: CancelTarget::Unsettled { .. }, .. } => true,
                State::Waiting
                | State::Submitted { .. }
                | State::Backoff { .. }
                | State::Expanding
                | State::FannedOut { .. }
                | State::Cancelling { target: CancelTarget::Job { .. }, .. }
                | State::Ended(_) => false,
            }
    }

    /// Notes how the current attempt ended, because another follows.
    pub(crate) fn remember(&mut self, attempt: Attempt, epoch: Epoch, ended: &Ended) {
        let Some(cause) = ended.cause.clone() else { return };
        let Ended { job, started_at, at, .. } = ended.clone();
        self.past.push(PastAttempt { attempt, epoch, cause, job, started_at, at });
        self.past.drain(..self.past.len().saturating_sub(PAST));
    }

    /// Marks the current attempt's name to be looked at again.
    pub(crate) fn look_again(&mut self, queue: JobQueue, due: Timestamp) {
        let attempt = self.attempt;
        self.second_looks.retain(|look| look.attempt != attempt);
        self.second_looks.push(SecondLook { attempt, queue, due });
    }

    /// Puts off the second look at the current attempt's name, if there is one to be taken.
    pub(crate) fn put_off_second_look(&mut self, due: Timestamp) {
        let attempt = self.attempt;
        self.second_looks
            .iter_mut()
            .filter(|look| look.attempt == attempt)
            .for_each(|look| look.due = look.due.max(due));
    }

    /// The job recorded for the current attempt.
    pub fn job(&self) -> Option<&JobId> {
        match &self.state {
            State::Submitted { job, .. } | State::Cancelling { target: CancelTarget::Job { job, .. }, .. } => Some(job),
            State::Ended(ended) => ended.job.as_ref(),
            State::Backoff { .. } => {
                let current = self.past.iter().rfind(|past| past.attempt == self.attempt);
                current.and_then(|past| past.job.as_ref())
            }
            State::Waiting
            | State::Ready { .. }
            | State::Claimed { .. }
            | State::Expanding
            | State::FannedOut { .. }
            | State::Cancelling { target: CancelTarget::Unsettled { .. }, .. } => None,
        }
    }

    /// How it ended, if it is a chunk, for the stage that it is of.
    pub fn chunk_end(&self, node: Node<'_>) -> Option<ChunkEnd> {
        let State::Ended(ended) = &self.state else { return None };
        self.verdict(node)?;
        Some(match ended.outcome {
            Outcome::Succeeded | Outcome::Skipped => ChunkEnd::Succeeded,
            Outcome::Cancelled => ChunkEnd::Cancelled,
            Outcome::Failed => {
                // Where Batch does not say how many, it is all that were tried, which are those that failed before.
                let past = self.past.iter().rev().map(|past| &past.cause);
                let known = ended.cause.iter().chain(past).find_map(|cause| cause.children);
                ChunkEnd::Failed(known.unwrap_or(u32::MAX))
            }
        })
    }
}
