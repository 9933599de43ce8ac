//! What happens to a stage.

use pipeline::StageIndex;

use crate::{
    Attempt, Cause, ClaimId, Epoch, JobId, Resolved, Timestamp, Verdict,
    stage::{ChunkEnd, ChunkId, FanOut},
};

/// What happens to a stage.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Event {
    /// Something it needs has ended.
    NeedResolved {
        /// What.
        need: StageIndex,
        /// How.
        verdict: Verdict,
        /// In which epoch of the run.
        epoch: Epoch,
    },
    /// Somebody looks, for whatever reason: what is due is done.
    Looked,
    /// Its condition was evaluated.
    Evaluated {
        /// In which epoch of the run.
        epoch: Epoch,
        /// Whether it holds, or why that cannot be told.
        holds: Result<bool, Cause>,
    },
    /// The paced lane gave it its turn to be submitted.
    TurnCame,
    /// `SubmitJob` answered, or did not.
    SubmitAnswered {
        /// Under which claim it was called.
        claim: ClaimId,
        /// For which attempt.
        attempt: Attempt,
        /// What it answered.
        answer: SubmitAnswer,
    },
    /// A claim whose `SubmitJob` can no longer be in flight was settled: `ListJobs` was asked for the attempt's name.
    Settled {
        /// The claim.
        claim: ClaimId,
        /// The oldest job of that name, if there is one.
        found: Option<JobId>,
    },
    /// A job of this stage was seen.
    JobChanged {
        /// Of which attempt it is.
        attempt: Attempt,
        /// Which it is.
        job: JobId,
        /// What was seen.
        change: JobChange,
    },
    /// Batch does not know the recorded job: neither `DescribeJobs` nor `ListJobs` does.
    JobMissing {
        /// The job.
        job: JobId,
    },
    /// A second look was taken.
    LookedAgain {
        /// At the name of this attempt.
        attempt: Attempt,
        /// When it was due: a later one, recorded meanwhile, stays.
        due: Timestamp,
        /// Look once more then: a twin was found and terminated, but has not ended yet.
        again: Option<Timestamp>,
    },
    /// Its items were read and written down, or cannot be.
    Expanded {
        /// In which epoch of the run.
        epoch: Epoch,
        /// The items, none of which is done yet.
        items: Result<FanOut, Cause>,
    },
    /// One of its chunks has ended.
    ChunkEnded {
        /// Which.
        chunk: ChunkId,
        /// How.
        end: ChunkEnd,
    },
    /// The run was cancelled.
    Cancelled {
        /// In which epoch: a late cancel of the past does not touch a run that was retried since.
        epoch: Epoch,
    },
    /// The run was retried, and this stage is to run again.
    Reset {
        /// The run's new epoch.
        epoch: Epoch,
        /// What it needs that has succeeded already and is kept.
        kept: Resolved,
        /// Whether the run was cancelled since: then the stage ends in the new epoch without running.
        cancelled: bool,
    },
}

/// What `SubmitJob` answered.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SubmitAnswer {
    /// The job is submitted.
    Done(JobId),
    /// It was certainly not executed, and never will be.
    Refused(Cause),
    /// It was certainly not executed, and may be tried again at the lane's pace.
    Throttled,
    /// It may or may not have been executed, or may be yet.
    Unknown,
}

/// What was seen of a job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum JobChange {
    /// It exists and has not ended.
    Alive {
        /// What keeps it from being placed, in Batch's words, as far as Batch says.
        blocked: Option<String>,
    },
    /// It ended well.
    Succeeded {
        /// When it began to run.
        started_at: Option<Timestamp>,
        /// When it ended.
        at: Timestamp,
    },
    /// It failed.
    Failed {
        /// When it began to run, if it did.
        started_at: Option<Timestamp>,
        /// When it ended.
        at: Timestamp,
        /// Why.
        cause: Cause,
    },
}
