//! What the functions answer, and what has come of it on the other side of their services.

use control::{RunId, table::whole_run::WholeRun};
use end_to_end::{Laptop, Result, repository};
use local_surface::REQUEST_QUEUE;
use serde_json::{Value, json};

use crate::function::{Function, Line, Outcome, event};

/// Nothing in a batch of messages is to be delivered again.
fn all_done() -> Outcome {
    Outcome::Response(json!({ "batchItemFailures": [] }))
}

fn done() -> Outcome {
    Outcome::Response(Value::Null)
}

/// The lines that say so.
fn saying<'a>(log: &'a [Line], field: &str, value: &str) -> Vec<&'a Line> {
    log.iter().filter(|line| line.get(field).and_then(Value::as_str) == Some(value)).collect()
}

/// What the only stage wrote, of a run that has succeeded.
fn said(laptop: &Laptop, whole: &WholeRun) -> Result<String> {
    assert_eq!(whole.run.value.run.status.name(), "SUCCEEDED");
    let stage = whole.stages.values().next().ok_or("the run has no stage")?;
    Ok(String::from_utf8(laptop.log(&stage.value)?)?)
}

#[tokio::test]
async fn on_message_starts_a_run_and_finds_it_when_the_message_comes_again() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register(&std::fs::read_to_string(repository("pipelines/hello.yaml"))?).await?;
    let mut function = Function::start("on-message", laptop.endpoint()).await?;
    for name in ["valid-run", "valid-redelivery"] {
        assert_eq!(function.invoke(event("on-message", name)?).await?, all_done(), "{name}");
    }
    let run = RunId::of("hello", &format!("sqs\n{REQUEST_QUEUE}\nba33d270-7475-5d42-abf3-05835f2c3d43"));
    let whole = laptop.ended(&run).await?;
    assert_eq!(said(&laptop, &whole)?, "hello Ada\n");
    assert_eq!(laptop.runs().await?, std::slice::from_ref(&run));

    let log = function.stop().await?;
    let admitted = saying(&log, "message", "admitted");
    assert_eq!(admitted.len(), 1, "{log:?}");
    assert_eq!(admitted[0]["run"], run.to_string(), "{log:?}");
    let again = saying(&log, "ignored", "duplicate");
    assert_eq!(again.len(), 1, "{log:?}");
    assert_ne!(admitted[0]["span"]["requestId"], again[0]["span"]["requestId"], "lines tell their invocations");
    assert!(!format!("{log:?}").contains("Ada"), "parameters are not logged: {log:?}");
    laptop.stop().await
}

#[tokio::test]
async fn on_upload_starts_what_an_object_matches() -> Result<()> {
    let laptop = Laptop::start().await?;
    let source = "pipeline: look\non: [{ s3: { prefix: profile/, suffix: .csv } }]\nstages:\n  \
                  a: { image: x, command: [printf, '%s', '${{ trigger.s3.uri }}'] }\n";
    laptop.register(source).await?;
    let mut function = Function::start("on-upload", laptop.endpoint()).await?;
    assert_eq!(function.invoke(event("on-upload", "valid-put")?).await?, done());
    assert_eq!(function.invoke(event("on-upload", "valid-test-event-wrapped-in-sqs")?).await?, all_done());
    let whole = laptop.ended(&laptop.first_run("look").await?).await?;
    assert_eq!(said(&laptop, &whole)?, "s3://batchwright-inbox/profile/hurricanes.csv");
    assert_eq!(laptop.runs().await?.len(), 1);
    assert_eq!(saying(&function.stop().await?, "message", "admitted").len(), 1);
    laptop.stop().await
}

/// It reads the object from S3, which no other function does.
#[tokio::test]
async fn on_upload_registers_a_definition() -> Result<()> {
    let laptop = Laptop::start().await?;
    let version = laptop.register(&std::fs::read_to_string(repository("pipelines/hello.yaml"))?).await?;
    let mut function = Function::start("on-upload", laptop.endpoint()).await?;
    assert_eq!(function.invoke(event("on-upload", "valid-definition-upload")?).await?, done());
    let log = function.stop().await?;
    let registered = saying(&log, "message", "registered");
    assert_eq!(registered.len(), 1, "{log:?}");
    assert_eq!((&registered[0]["pipeline"], &registered[0]["version"]), (&json!("hello"), &json!(version)));
    laptop.stop().await
}

#[tokio::test]
async fn on_schedule_starts_one_run_for_each_firing() -> Result<()> {
    let laptop = Laptop::start().await?;
    // Without its schedule: nobody else fires it.
    laptop.register("pipeline: heartbeat\nstages:\n  beat: { image: x, command: [printf, beats] }\n").await?;
    let mut function = Function::start("on-schedule", laptop.endpoint()).await?;
    for name in ["valid", "valid", "valid-next-firing"] {
        assert_eq!(function.invoke(event("on-schedule", name)?).await?, done(), "{name}");
    }
    let runs = laptop.runs().await?;
    assert_eq!(runs.len(), 2);
    for run in &runs {
        assert_eq!(said(&laptop, &laptop.ended(run).await?)?, "beats");
    }
    assert_eq!(saying(&function.stop().await?, "message", "admitted").len(), 2);
    laptop.stop().await
}

#[tokio::test]
async fn on_job_change_leaves_a_strangers_job_alone() -> Result<()> {
    let laptop = Laptop::start().await?;
    let mut function = Function::start("on-job-change", laptop.endpoint()).await?;
    for name in ["bad-job-of-a-stranger", "bad-unknown-run", "bad-missing-detail"] {
        assert_eq!(function.invoke(event("on-job-change", name)?).await?, done(), "{name}");
    }
    let log = function.stop().await?;
    for ignored in ["stranger", "unknown-run", "malformed-event"] {
        assert_eq!(saying(&log, "ignored", ignored).len(), 1, "{ignored}: {log:?}");
    }
    assert_eq!(laptop.runs().await?, []);
    laptop.stop().await
}

#[tokio::test]
async fn on_wake_leaves_a_run_that_is_not_there_alone() -> Result<()> {
    let laptop = Laptop::start().await?;
    let mut function = Function::start("on-wake", laptop.endpoint()).await?;
    for name in ["valid-run", "valid-stage", "bad-one-of-three"] {
        assert_eq!(function.invoke(event("on-wake", name)?).await?, all_done(), "{name}");
    }
    let log = function.stop().await?;
    assert!(!saying(&log, "ignored", "malformed-wake").is_empty(), "{log:?}");
    laptop.stop().await
}

#[tokio::test]
async fn the_sweep_tells_how_many_runs_it_looked_at() -> Result<()> {
    let laptop = Laptop::start().await?;
    let mut function = Function::start("sweep", laptop.endpoint()).await?;
    for name in ["valid-rule", "valid-empty"] {
        assert_eq!(
            function.invoke(event("sweep", name)?).await?,
            Outcome::Response(json!({ "looked_at": 0 })),
            "{name}"
        );
    }
    function.stop().await?;
    laptop.stop().await
}
