//! Wake-ups. Each case begins with a run of which nothing has started, though its root should have.

use std::collections::BTreeSet;

use end_to_end::Result;
use machine::{Timestamp, run::Status, stage::State};

use crate::world::{Function, NOW_MS, RUN, SPLIT_JOB, World, event, files, succeeded};

/// What must become of a wake-up.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Expected {
    /// The jobs that are submitted: their stages.
    Submits(&'static [&'static str]),
    /// Nothing is done.
    Nothing,
}

use Expected::{Nothing, Submits};

const CASES: &[(&str, Expected)] = &[
    ("valid-run", Submits(&["chunk", "correlate"])),
    ("valid-stage", Submits(&["chunk"])),
    ("valid-twice", Submits(&["chunk"])),
    ("valid-unknown-fields", Submits(&["chunk"])),
    ("bad-unknown-run", Nothing),
    ("bad-unknown-stage", Nothing),
    ("bad-run-id-malformed", Nothing),
    ("bad-no-run", Nothing),
    ("bad-blank-body", Nothing),
    ("bad-not-json", Nothing),
    ("bad-not-an-object", Nothing),
    ("bad-one-of-three", Submits(&["chunk", "correlate"])),
];

/// A throttled stage whose time has come, and one that has not heard that what it needs has succeeded.
async fn admitted() -> Result<World> {
    let world = World::open().await?;
    let ready = State::Ready { not_before: Timestamp::from_ms(NOW_MS - 1000), throttles: 1 };
    world.admit(Status::Running, &[("split", 1, succeeded(SPLIT_JOB)), ("chunk", 1, ready)]).await?;
    Ok(world)
}

#[tokio::test]
async fn every_event_has_its_answer() -> Result<()> {
    let named: BTreeSet<String> = CASES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(named, files(Function::OnWake)?);
    for (name, expected) in CASES {
        let world = admitted().await?;
        let before = world.items().await?;
        for _ in 0..2 {
            let again = world.deliver(Function::OnWake, event(Function::OnWake, name)?).await?;
            assert!(again.is_empty(), "{name}: to be delivered again: {again:?}");
            let jobs = world.jobs().await?;
            match expected {
                Submits(stages) => {
                    let right: Vec<String> = stages.iter().map(|stage| format!("bw-{RUN}-{stage}-1")).collect();
                    assert_eq!(jobs, right, "{name}");
                }
                Nothing => assert!(jobs.is_empty() && world.items().await? == before, "{name}: {jobs:?}"),
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
