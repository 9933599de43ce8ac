//! Wake-ups. Each case begins with a run of which not all has started that should have.

use std::collections::BTreeSet;

use end_to_end::Result;
use machine::{Timestamp, run::Status, stage::State};

use crate::world::{CHUNK_JOB, Function, NOW_MS, RUN, SPLIT_JOB, World, event, files, submitted, succeeded};

/// What the run is like before the event. `split` has succeeded.
#[derive(Debug, Clone, Copy)]
enum Before {
    /// `chunk` knows that, and `correlate` does not; neither has started.
    Unstarted,
    /// `chunk` was throttled, and `correlate` is submitted.
    Throttled,
}

/// What must become of a wake-up.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Expected {
    /// The jobs that are submitted: their stages.
    Submits(&'static [&'static str]),
    /// Nothing but that the lane is woken.
    WakesLane,
    /// Nothing is done.
    Nothing,
}

use Before::{Throttled, Unstarted};
use Expected::{Nothing, Submits, WakesLane};

const CASES: &[(&str, Before, Expected)] = &[
    ("valid-run", Unstarted, Submits(&["chunk", "correlate"])),
    ("valid-run", Throttled, WakesLane),
    ("valid-stage", Unstarted, Submits(&["chunk"])),
    ("valid-stage", Throttled, WakesLane),
    ("valid-twice", Unstarted, Submits(&["chunk"])),
    ("valid-unknown-fields", Unstarted, Submits(&["chunk"])),
    ("valid-paced", Unstarted, Nothing),
    ("valid-paced", Throttled, Submits(&["chunk"])),
    ("valid-paced-among-others", Throttled, Submits(&["chunk"])),
    ("bad-unknown-run", Unstarted, Nothing),
    ("bad-unknown-stage", Unstarted, Nothing),
    ("bad-run-id-malformed", Unstarted, Nothing),
    ("bad-no-run", Unstarted, Nothing),
    ("bad-paced-false", Throttled, Nothing),
    ("bad-blank-body", Unstarted, Nothing),
    ("bad-not-json", Unstarted, Nothing),
    ("bad-not-an-object", Unstarted, Nothing),
    ("bad-one-of-three", Unstarted, Submits(&["chunk", "correlate"])),
];

async fn admitted(before: Before) -> Result<World> {
    let world = World::open().await?;
    let ready = State::Ready { since: Timestamp::from_ms(NOW_MS - 1000), priority: 100 };
    let split = ("split", 1, succeeded(SPLIT_JOB));
    match before {
        Unstarted => world.admit(Status::Running, &[split, ("chunk", 0, State::Waiting)]).await?,
        Throttled => {
            let correlate = ("correlate", 1, submitted(CHUNK_JOB));
            world.admit(Status::Running, &[split, ("chunk", 1, ready), correlate]).await?;
        }
    }
    Ok(world)
}

#[tokio::test]
async fn every_event_has_its_answer() -> Result<()> {
    let named: BTreeSet<String> = CASES.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(named, files(Function::OnWake)?);
    for (name, before, expected) in CASES {
        let world = admitted(*before).await?;
        let items = world.items().await?;
        for _ in 0..2 {
            let again = world.deliver(Function::OnWake, event(Function::OnWake, name)?).await?;
            assert!(again.is_empty(), "{name}: to be delivered again: {again:?}");
            let jobs = world.jobs().await?;
            match expected {
                Submits(stages) => {
                    let right: Vec<String> = stages.iter().map(|stage| format!("bw-{RUN}-{stage}-1")).collect();
                    assert_eq!(jobs, right, "{name}");
                }
                WakesLane => {
                    assert!(jobs.is_empty(), "{name}: {jobs:?}");
                    assert_ne!(world.wake_ups().await?, "0", "{name}");
                }
                Nothing => {
                    assert!(jobs.is_empty() && world.items().await? == items, "{name}: {jobs:?}");
                    assert_eq!(world.wake_ups().await?, "0", "{name}");
                }
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_wake_up_for_a_run_that_is_not_there_is_dropped() -> Result<()> {
    let world = World::open().await?;
    let before = world.items().await?;
    for name in files(Function::OnWake)? {
        let again = world.deliver(Function::OnWake, event(Function::OnWake, &name)?).await?;
        assert!(again.is_empty(), "{name}");
    }
    assert_eq!(world.items().await?, before);
    Ok(())
}
