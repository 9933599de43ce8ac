//! State changes of jobs. Each case begins with a run whose job the event is about.

use std::collections::BTreeSet;

use end_to_end::Result;
use machine::{run::Status, stage::State};
use serde_json::{Value, json};

use crate::world::{
    CHUNK_JOB, Function, RUN, SPLIT_JOB, World, blocked, cancelling, event, files, submitted, succeeded,
};

/// What the run is like before the event.
#[derive(Debug, Clone, Copy)]
enum Before {
    /// `split` is submitted.
    Splitting,
    /// `split` is submitted, and kept from its place.
    Blocked,
    /// `split` has succeeded, and `chunk` and `correlate` are submitted.
    Chunking,
    /// As before, with the second attempt of `chunk`.
    ChunkingAgain,
    /// The run was cancelled while `split` was submitted.
    Cancelling,
}

/// What must become of it.
#[derive(Debug, Clone, Copy)]
enum Expected {
    /// Nothing is written, and nothing submitted.
    Ignored,
    /// `split` stays submitted, and this keeps it from its place.
    BlockedBy(Option<&'static str>),
    /// `split` has succeeded, and what it unblocks is submitted.
    SplitSucceeded,
    /// `split` has failed for a cause of that kind, what needs it is skipped, and the run has failed.
    SplitFailed(&'static str),
    /// `chunk` has ended so, and the run goes on with `correlate`.
    ChunkEnded(&'static str),
    /// The run has ended, cancelled.
    Cancelled,
}

use Before::{Blocked, Cancelling, Chunking, ChunkingAgain, Splitting};
use Expected::{BlockedBy, Cancelled, ChunkEnded, Ignored, SplitFailed, SplitSucceeded};

/// What keeps a job from its place, in Batch's words.
const REASON: &str = "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job's resource requirement cannot be met by the CE(s) \
                      associated with the job queue.";

const CASES: &[(&str, Before, Expected)] = &[
    ("valid-succeeded", Splitting, SplitSucceeded),
    ("valid-unknown-fields", Splitting, SplitSucceeded),
    ("valid-failed-exit-code", Splitting, SplitFailed("exit")),
    ("valid-failed-spot-ec2", Splitting, SplitFailed("host")),
    ("valid-failed-spot-fargate", Splitting, SplitFailed("host")),
    ("valid-failed-out-of-memory", Splitting, SplitFailed("out-of-memory")),
    ("valid-failed-image-pull", Splitting, SplitFailed("image-pull")),
    ("valid-failed-timeout", Splitting, SplitFailed("timeout")),
    ("valid-failed-capacity", Splitting, SplitFailed("other")),
    ("valid-failed-terminated", Cancelling, Cancelled),
    ("valid-array-parent-succeeded", Chunking, ChunkEnded("SUCCEEDED")),
    ("valid-array-parent-failed", Chunking, ChunkEnded("FAILED")),
    ("valid-array-child", Chunking, Ignored),
    ("valid-node-of-several", Splitting, Ignored),
    ("valid-running", Splitting, Ignored),
    ("valid-runnable", Splitting, Ignored),
    ("valid-queue-blocked", Splitting, BlockedBy(Some(REASON))),
    ("valid-queue-blocked", Blocked, Ignored),
    ("valid-queue-blocked", Cancelling, Ignored),
    ("valid-queue-blocked-without-reason", Splitting, Ignored),
    ("valid-running", Blocked, BlockedBy(None)),
    ("valid-succeeded", Blocked, SplitSucceeded),
    ("valid-twin-of-the-same-attempt", Splitting, Ignored),
    ("valid-earlier-attempt", ChunkingAgain, Ignored),
    ("bad-job-of-a-stranger", Splitting, Ignored),
    ("bad-job-of-a-stranger-in-our-queue", Splitting, Ignored),
    ("bad-queue-blocked-by-a-stranger", Splitting, Ignored),
    ("bad-unknown-run", Splitting, Ignored),
    ("bad-unknown-stage", Splitting, Ignored),
    ("bad-attempt-not-a-number", Splitting, Ignored),
    ("bad-run-id-malformed", Splitting, Ignored),
    ("bad-tags-contradict-name", Splitting, SplitSucceeded),
    ("bad-unknown-status", Splitting, Ignored),
    ("bad-missing-job-name", Splitting, Ignored),
    ("bad-missing-job-id", Splitting, Ignored),
    ("bad-missing-status", Splitting, Ignored),
    ("bad-missing-detail", Splitting, Ignored),
    ("bad-other-detail-type", Splitting, Ignored),
];

#[tokio::test]
async fn every_event_has_its_answer() -> Result<()> {
    let named: BTreeSet<String> = CASES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(named, files(Function::OnJobChange)?);
    let mut wrong = Vec::new();
    for (name, before, expected) in CASES {
        wrong.extend(deliver(name, *before, *expected).await?.map(|what| format!("{name}: {what}")));
    }
    assert!(wrong.is_empty(), "{} of {} events:\n{}", wrong.len(), CASES.len(), wrong.join("\n"));
    Ok(())
}

async fn admitted(before: Before) -> Result<World> {
    let world = World::open().await?;
    let chunking = |attempt| {
        [
            ("split", 1, succeeded(SPLIT_JOB)),
            ("chunk", attempt, submitted(CHUNK_JOB)),
            ("correlate", 1, submitted("0b1ff6a5-3f5f-4f7c-8a55-000000000001")),
        ]
    };
    match before {
        Splitting => world.admit(Status::Running, &[("split", 1, submitted(SPLIT_JOB))]).await?,
        Blocked => world.admit(Status::Running, &[("split", 1, blocked(SPLIT_JOB, REASON))]).await?,
        Chunking => world.admit(Status::Running, &chunking(1)).await?,
        ChunkingAgain => world.admit(Status::Running, &chunking(2)).await?,
        Cancelling => {
            let by_cancel = || {
                State::Ended(machine::stage::Ended {
                    outcome: machine::Outcome::Cancelled,
                    cause: None,
                    job: None,
                    started_at: None,
                    at: machine::Timestamp::from_ms(crate::world::NOW_MS),
                })
            };
            // Cancelled before they had heard of what they need.
            world.admit(Status::Cancelling, &[("split", 1, cancelling(SPLIT_JOB))]).await?;
            world.cancel_early(&["chunk", "correlate", "report"], by_cancel()).await?;
        }
    }
    Ok(world)
}

async fn deliver(name: &str, before: Before, expected: Expected) -> Result<Option<String>> {
    let world = admitted(before).await?;
    let items = world.items().await?;
    let event = event(Function::OnJobChange, name)?;
    world.deliver(Function::OnJobChange, event.clone()).await?;
    let (after, jobs, statuses) =
        (world.items().await?, world.jobs().await?, serde_json::to_value(world.statuses().await?)?);
    let wrong = match expected {
        Ignored => (after != items || !jobs.is_empty()).then(|| format!("something was done: {statuses}, {jobs:?}")),
        BlockedBy(reason) => {
            let blocked = world.blocked("split").await?;
            let right = json!({ "run": "RUNNING", "split": "SUBMITTED" });
            unequal(&statuses, &right)
                .or_else(|| (blocked.as_deref() != reason).then(|| format!("{blocked:?} keeps it from its place")))
        }
        SplitSucceeded => {
            let right =
                json!({ "run": "RUNNING", "split": "SUCCEEDED", "chunk": "SUBMITTED", "correlate": "SUBMITTED" });
            let unblocked = [format!("bw-{RUN}-chunk-1"), format!("bw-{RUN}-correlate-1")];
            unequal(&statuses, &right).or_else(|| (jobs != unblocked).then(|| format!("submitted: {jobs:?}")))
        }
        SplitFailed(kind) => {
            let right = json!({ "run": "FAILED", "split": "FAILED", "chunk": "SKIPPED", "correlate": "SKIPPED", "report": "SKIPPED" });
            let cause = world.cause("split").await?;
            let is_right = cause.as_ref().is_some_and(|cause| cause.kind.name() == kind);
            unequal(&statuses, &right).or_else(|| (!is_right).then(|| format!("the cause is {cause:?}, not {kind}")))
        }
        ChunkEnded(status) => {
            let waiting = json!({ "run": "RUNNING", "split": "SUCCEEDED", "chunk": status, "correlate": "SUBMITTED",
                "report": "WAITING" });
            unequal(&statuses, &waiting)
        }
        Cancelled => {
            let right = json!({ "run": "CANCELLED", "split": "CANCELLED", "chunk": "CANCELLED", "correlate": "CANCELLED",
                "report": "CANCELLED" });
            unequal(&statuses, &right)
        }
    };
    if wrong.is_some() {
        return Ok(wrong);
    }
    // Whoever needs it is told again, which may raise a revision, and changes nothing else.
    world.deliver(Function::OnJobChange, event).await?;
    let again = serde_json::to_value(world.statuses().await?)?;
    let same = after.keys().eq(world.items().await?.keys()) && statuses == again && jobs == world.jobs().await?;
    Ok((!same).then(|| "delivered twice, it did more than once".to_owned()))
}

fn unequal(is: &Value, right: &Value) -> Option<String> {
    (is != right).then(|| format!("{is}, not {right}"))
}
