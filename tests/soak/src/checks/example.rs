//! Facts with which all is well, to be doctored by tests: a run of `chain` that a message asked for, and one of `broken` by an
//! upload.

use std::collections::BTreeMap;

use machine::{CauseKind, Outcome, Timestamp, run};

use crate::{
    facts::{End, Facts, Job, Run, Stage, Try},
    input::{Door, Input},
    shapes::Shape,
};

/// What was asked for.
pub(crate) fn asked() -> Vec<Input> {
    let input = |name: &str, shape, door| Input {
        name: name.to_owned(),
        shape: Shape::named(shape).unwrap(),
        door,
        acknowledged: true,
    };
    vec![input("i0", "chain", Door::Message), input("i1", "broken", Door::Upload)]
}

/// What there is.
pub(crate) fn facts() -> Facts {
    let dead_letters = ["on-upload", "on-message", "on-schedule", "on-job-change", "on-wake", "sweep"];
    let mut facts = Facts {
        objects: BTreeMap::from([("broken/i1".to_owned(), b"i1".to_vec())]),
        queues: dead_letters.map(|function| (format!("batchwright-{function}-dead-letters"), 0)).into(),
        ..Facts::default()
    };
    let done = |lost: usize| [vec![Try::HostLost; lost], vec![Try::Exit(0)]].concat();
    let mut chain = ended("chain", "i0", run::Outcome::Succeeded);
    for (name, lost) in [("a", 0), ("b", 2), ("c", 0), ("d", 9)] {
        add(&mut facts, &mut chain, name, End::Succeeded, done(lost));
    }
    let mut broken = ended("broken", "i1", run::Outcome::Failed);
    add(&mut facts, &mut broken, "a", End::Succeeded, done(0));
    add(&mut facts, &mut broken, "bad", End::Failed, vec![Try::Exit(1)]);
    add(&mut facts, &mut broken, "good", End::Succeeded, done(1));
    let skipped = Stage { attempt: 0, job: None, ended: Some((Outcome::Skipped, Some(CauseKind::NeedNotMet))) };
    broken.stages.extend(["never", "after"].map(|name| (name.to_owned(), skipped.clone())));
    facts.runs = vec![chain, broken];
    facts
}

/// The first run.
pub(crate) fn chain(facts: &mut Facts) -> &mut Run {
    &mut facts.runs[0]
}

/// The second run.
pub(crate) fn broken(facts: &mut Facts) -> &mut Run {
    &mut facts.runs[1]
}

fn ended(pipeline: &str, input: &str, outcome: run::Outcome) -> Run {
    Run {
        id: control::RunId::of(pipeline, input).to_string(),
        pipeline: pipeline.to_owned(),
        input: input.to_owned(),
        status: run::Status::Ended { outcome, at: Timestamp::from_ms(1) },
        stages: BTreeMap::new(),
    }
}

/// Adds a stage, with a job that ended so.
fn add(facts: &mut Facts, run: &mut Run, name: &str, end: End, tries: Vec<Try>) {
    let id = format!("job-{}", facts.jobs.len());
    let outcome = match end {
        End::Succeeded => (Outcome::Succeeded, None),
        End::Failed | End::Alive => (Outcome::Failed, Some(CauseKind::Exit)),
    };
    let job = Job { name: format!("bw-{}-{name}-1", run.id), end, tries, failed_children: Vec::new() };
    facts.jobs.insert(id.clone(), job);
    run.stages.insert(name.to_owned(), Stage { attempt: 1, job: Some(id), ended: Some(outcome) });
}
