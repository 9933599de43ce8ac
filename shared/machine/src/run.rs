//! The machine of a run: nothing but the node that `needs` every sink.
//!
//! A run of a concurrency group begins as `Queued`, and so does each retry of it: nothing of it runs before it has a place.
//!
//! | state ↓ event → | place granted | turned away | sink resolved | looked | cancelled | retried |
//! |---|---|---|---|---|---|---|
//! | `Queued` | `Running` | `Ended` (skipped) | nothing | nothing | `Cancelling` | nothing |
//! | `Running` | duplicate | nothing | collects; complete: `Ended` | complete: `Ended` | `Cancelling` | nothing |
//! | `Cancelling` | nothing | nothing | collects; complete: `Ended` | complete: `Ended` | duplicate | nothing |
//! | `Ended` | ended | ended | duplicate | ended | ended | not succeeded: `Running` or `Queued`, in the next epoch |

use pipeline::StageIndex;

use crate::{Decision, Epoch, Ignored, Resolved, Timestamp, Verdict};

/// How many requests a run remembers. SQS delivers a message again within minutes, or after it was dead-lettered.
const REQUESTS: usize = 16;

/// A run: one execution of one version of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Raised by each retry.
    pub epoch: Epoch,
    /// The sinks that have resolved.
    pub resolved: Resolved,
    /// Where it stands.
    pub status: Status,
    /// The last requests that cancelled or retried it: the same one, delivered again, does nothing.
    pub requests: Vec<String>,
    /// Whether it runs only while it has a place in its concurrency group.
    pub grouped: bool,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It waits for a place in its concurrency group, and nothing of it runs.
    Queued,
    /// Its stages run, or wait for one another.
    Running,
    /// It was cancelled, and some of its jobs have yet to end.
    Cancelling,
    /// Every stage has ended, and every job.
    Ended {
        /// How.
        outcome: Outcome,
        /// When.
        at: Timestamp,
    },
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// Every stage did what it should.
    Succeeded,
    /// Something failed.
    Failed,
    /// It was cancelled, and something did not succeed because of it.
    Cancelled,
    /// Its concurrency group was full, and it was not to wait.
    Skipped,
}

/// What is to be done for a run, besides what its stages ask for. Both may be done twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It seeks a place in its concurrency group.
    SeekPlace,
    /// It gives up the place that it has, or may have.
    LeavePlace,
}

/// What happens to a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A sink has ended.
    SinkResolved {
        /// Which.
        sink: StageIndex,
        /// How.
        verdict: Verdict,
        /// In which epoch.
        epoch: Epoch,
    },
    /// It has a place in its concurrency group.
    PlaceGranted {
        /// For which epoch.
        epoch: Epoch,
    },
    /// Its concurrency group is full, and it does not wait.
    TurnedAway {
        /// In which epoch.
        epoch: Epoch,
    },
    /// Somebody looks: what is due is done.
    Looked,
    /// Somebody asked for it to be cancelled.
    Cancelled {
        /// What names the request.
        request: String,
    },
    /// Somebody asked for what failed to be run again. The sinks that succeeded are kept.
    Retried {
        /// The verdicts of the sinks that succeeded.
        kept: Resolved,
        /// What names the request.
        request: String,
    },
}

impl Run {
    /// A run that has just been admitted; `grouped` if it is in a concurrency group.
    pub fn admitted(grouped: bool) -> Self {
        let status = Status::beginning(grouped);
        Self { epoch: Epoch::FIRST, resolved: Resolved::default(), status, requests: Vec::new(), grouped }
    }

    fn remembering(&self, request: &str) -> Vec<String> {
        let kept = self.requests.len().saturating_sub(REQUESTS - 1);
        self.requests.iter().skip(kept).cloned().chain([request.to_owned()]).collect()
    }

    /// Whether it has ended, in this epoch.
    pub fn has_ended(&self) -> bool {
        matches!(self.status, Status::Ended { .. })
    }
}

/// What is to be done for a run, by its state alone.
pub fn outstanding(run: &Run) -> Option<Effect> {
    match run.status {
        Status::Queued => Some(Effect::SeekPlace),
        Status::Ended { .. } if run.grouped => Some(Effect::LeavePlace),
        Status::Running | Status::Cancelling | Status::Ended { .. } => None,
    }
}

/// What becomes of `run`, whose sinks are `sinks`, when `event` happens.
pub fn decide(run: &Run, event: &Event, sinks: &[StageIndex], now: Timestamp) -> Decision<Run> {
    match (run.status, event) {
        (Status::Queued, Event::PlaceGranted { epoch } | Event::TurnedAway { epoch }) if *epoch != run.epoch => {
            Decision::Ignore(Ignored::OtherEpoch)
        }
        (Status::Queued, Event::PlaceGranted { .. }) => {
            Decision::Advance(Run { status: Status::Running, ..run.clone() })
        }
        (Status::Queued, Event::TurnedAway { .. }) => {
            Decision::Advance(Run { status: Status::Ended { outcome: Outcome::Skipped, at: now }, ..run.clone() })
        }
        (Status::Queued, Event::SinkResolved { .. } | Event::Looked)
        | (Status::Running | Status::Cancelling, Event::TurnedAway { .. })
        | (Status::Cancelling, Event::PlaceGranted { .. }) => Decision::Ignore(Ignored::NothingDue),
        (Status::Running, Event::PlaceGranted { .. }) => Decision::Ignore(Ignored::Duplicate),
        (Status::Running | Status::Cancelling, Event::SinkResolved { sink, verdict, epoch }) => {
            if *epoch != run.epoch {
                return Decision::Ignore(Ignored::OtherEpoch);
            }
            if run.resolved.contains(*sink) {
                return Decision::Ignore(Ignored::Duplicate);
            }
            let next = Run { resolved: run.resolved.clone().with(*sink, *verdict), ..run.clone() };
            Decision::Advance(end_if_complete(next, sinks, now))
        }
        (Status::Running | Status::Cancelling, Event::Looked) => {
            let next = end_if_complete(run.clone(), sinks, now);
            if next == *run { Decision::Ignore(Ignored::NothingDue) } else { Decision::Advance(next) }
        }
        (_, Event::Cancelled { request } | Event::Retried { request, .. }) if run.requests.contains(request) => {
            Decision::Ignore(Ignored::Duplicate)
        }
        (Status::Queued | Status::Running, Event::Cancelled { request }) => {
            Decision::Advance(Run { status: Status::Cancelling, requests: run.remembering(request), ..run.clone() })
        }
        (Status::Cancelling, Event::Cancelled { .. }) => Decision::Ignore(Ignored::Duplicate),
        (Status::Queued | Status::Running | Status::Cancelling, Event::Retried { .. }) => {
            Decision::Ignore(Ignored::NothingDue)
        }
        (Status::Ended { .. }, Event::SinkResolved { .. }) => Decision::Ignore(Ignored::Duplicate),
        (
            Status::Ended { outcome: Outcome::Failed | Outcome::Cancelled | Outcome::Skipped, .. },
            Event::Retried { kept, request },
        ) => Decision::Advance(Run {
            epoch: run.epoch.next(),
            resolved: kept.clone(),
            status: Status::beginning(run.grouped),
            requests: run.remembering(request),
            grouped: run.grouped,
        }),
        (Status::Ended { outcome: Outcome::Succeeded, .. }, Event::Retried { .. })
        | (
            Status::Ended { .. },
            Event::PlaceGranted { .. } | Event::TurnedAway { .. } | Event::Looked | Event::Cancelled { .. },
        ) => Decision::Ignore(Ignored::Ended),
    }
}

fn end_if_complete(run: Run, sinks: &[StageIndex], now: Timestamp) -> Run {
    if !sinks.iter().all(|sink| run.resolved.contains(*sink)) {
        return run;
    }
    let outcome = match (run.resolved.tainted(), run.status) {
        (false, _) => Outcome::Succeeded,
        (true, Status::Cancelling) => Outcome::Cancelled,
        (true, Status::Queued | Status::Running | Status::Ended { .. }) => Outcome::Failed,
    };
    Run { status: Status::Ended { outcome, at: now }, ..run }
}

impl Status {
    /// With what a run begins, and each retry of it.
    fn beginning(grouped: bool) -> Self {
        if grouped { Self::Queued } else { Self::Running }
    }

    /// Whether no stage of it may begin: it has no place in its concurrency group yet, or was not to have one.
    pub fn holds_back(self) -> bool {
        match self {
            Self::Queued | Self::Ended { outcome: Outcome::Skipped, .. } => true,
            Self::Running
            | Self::Cancelling
            | Self::Ended { outcome: Outcome::Succeeded | Outcome::Failed | Outcome::Cancelled, .. } => false,
        }
    }

    /// Its stable name, in items, logs and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Cancelling => "CANCELLING",
            Self::Ended { outcome: Outcome::Succeeded, .. } => "SUCCEEDED",
            Self::Ended { outcome: Outcome::Failed, .. } => "FAILED",
            Self::Ended { outcome: Outcome::Cancelled, .. } => "CANCELLED",
            Self::Ended { outcome: Outcome::Skipped, .. } => "SKIPPED",
        }
    }
}

impl crate::stage::State {
    /// Its stable name, in items, logs and JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "WAITING",
            Self::Ready { .. } => "READY",
            Self::Claimed { .. } => "CLAIMED",
            Self::Submitted { .. } => "SUBMITTED",
            Self::Backoff { .. } => "BACKOFF",
            Self::Expanding => "EXPANDING",
            Self::FannedOut { .. } => "FANNED_OUT",
            Self::Cancelling { .. } => "CANCELLING",
            Self::Ended(ended) => ended.outcome.name(),
        }
    }
}
