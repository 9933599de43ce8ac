//! Stages that run by how others ended.

use end_to_end::{Laptop, Result};
use machine::{CauseKind, Outcome, run, stage::State};
use serde_json::json;

const DEFINITION: &str = r#"
pipeline: release
params: { tests: { type: string, default: "true" }, notify: { type: boolean, default: true } }
defaults: { image: busybox }
stages:
  build: { command: ["true"] }
  lint: { needs: build, command: ["false"], allow_failure: true }
  tests: { needs: build, command: ["${{ params.tests }}"] }
  deploy: { needs: [tests, lint], command: ["true"] }
  announce: { needs: deploy, when: params.notify, command: [echo, "${{ stages.deploy.outcome }}"] }
  alarm: { needs: announce, when: failure(), command: ["true"] }
  clean-up: { needs: alarm, when: always(), command: ["true"] }
"#;

/// How each stage ended.
async fn outcomes(laptop: &Laptop, params: serde_json::Value) -> Result<(run::Outcome, Vec<(String, &'static str)>)> {
    let run = laptop.run("release", params).await?;
    let whole = laptop.ended(&run).await?;
    let run::Status::Ended { outcome, .. } = whole.run.value.run.status else { return Err("it has not ended".into()) };
    let definition = pipeline::parse("release", DEFINITION).map_err(|faults| faults.to_string())?;
    let stage = |name: &str| whole.stages.get(name).map_or("absent", |read| read.value.state.name());
    let names = definition.stages().map(|(_, stage)| stage.name.to_string());
    Ok((outcome, names.map(|name| (name.clone(), stage(&name))).collect()))
}

fn by_name(expected: [(&str, &'static str); 7]) -> Vec<(String, &'static str)> {
    expected.into_iter().map(|(name, status)| (name.to_owned(), status)).collect()
}

#[tokio::test]
async fn conditions_decide_what_runs_and_failures_that_are_allowed_count_for_nothing() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register(DEFINITION).await?;
    let all_well = by_name([
        ("build", "SUCCEEDED"),
        ("lint", "FAILED"),
        ("tests", "SUCCEEDED"),
        ("deploy", "SUCCEEDED"),
        ("announce", "SUCCEEDED"),
        ("alarm", "SKIPPED"),
        ("clean-up", "SUCCEEDED"),
    ]);
    assert_eq!(outcomes(&laptop, json!({})).await?, (run::Outcome::Succeeded, all_well));
    let quiet = by_name([
        ("build", "SUCCEEDED"),
        ("lint", "FAILED"),
        ("tests", "SUCCEEDED"),
        ("deploy", "SUCCEEDED"),
        ("announce", "SKIPPED"),
        ("alarm", "SKIPPED"),
        ("clean-up", "SUCCEEDED"),
    ]);
    assert_eq!(outcomes(&laptop, json!({ "notify": false })).await?, (run::Outcome::Succeeded, quiet));
    let broken = by_name([
        ("build", "SUCCEEDED"),
        ("lint", "FAILED"),
        ("tests", "FAILED"),
        ("deploy", "SKIPPED"),
        ("announce", "SKIPPED"),
        ("alarm", "SUCCEEDED"),
        ("clean-up", "SUCCEEDED"),
    ]);
    assert_eq!(outcomes(&laptop, json!({ "tests": "false" })).await?, (run::Outcome::Failed, broken));
    laptop.stop().await
}

/// What ran because of a failure, and what was skipped because of it, follows from the failure: a retry resets it.
#[tokio::test]
async fn a_retry_resets_all_that_a_failure_touched_and_nothing_else() -> Result<()> {
    let laptop = Laptop::start().await?;
    let file = laptop.folder().join("appears-later");
    laptop
        .register(&format!(
            "pipeline: later\ndefaults: {{ image: busybox }}\nstages:\n  first: {{ command: ['true'] }}\n  \
             look: {{ needs: first, command: [test, -e, '{}'] }}\n  alarm: {{ needs: look, when: failure(), command: ['true'] }}\n  \
             clean-up: {{ needs: alarm, when: always(), command: ['true'] }}\n",
            file.display()
        ))
        .await?;
    let run = laptop.run("later", json!({})).await?;
    let whole = laptop.ended(&run).await?;
    let attempts = |whole: &control::table::whole_run::WholeRun| {
        ["first", "look", "alarm", "clean-up"].map(|name| whole.stages.get(name).map_or(0, |read| read.value.attempt.0))
    };
    assert_eq!(attempts(&whole), [1, 1, 1, 1]);
    std::fs::write(&file, "")?;
    laptop.request(&json!({ "action": "retry", "run_id": run.as_str() }).to_string()).await?;
    let whole = end_to_end::eventually("the second end", async || {
        let whole = laptop.ended(&run).await?;
        Ok((whole.run.value.run.epoch.0 == 2).then_some(whole))
    })
    .await?;
    assert_eq!(attempts(&whole), [1, 2, 1, 2]);
    let alarm = whole.stages.get("alarm").map(|read| read.value.state.clone());
    let Some(State::Ended(alarm)) = alarm else { return Err("the alarm has not ended".into()) };
    assert_eq!(
        (alarm.outcome, alarm.cause.map(|cause| cause.kind)),
        (Outcome::Skipped, Some(CauseKind::ConditionNotMet))
    );
    let past: Vec<_> = whole.stages.get("look").into_iter().flat_map(|read| &read.value.past).collect();
    assert_eq!(past.iter().map(|past| (past.attempt.0, past.cause.exit_code)).collect::<Vec<_>>(), [(1, Some(1))]);
    laptop.stop().await
}
