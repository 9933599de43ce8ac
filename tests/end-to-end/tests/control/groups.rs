//! Concurrency groups: who runs, who waits, who is turned away, and who makes way.

use control::{RunId, table::whole_run::WholeRun};
use end_to_end::{Laptop, Result, eventually};
use local_surface::REQUEST_QUEUE;
use machine::run::{Outcome, Status};
use serde_json::{Value, json};

/// A pipeline whose job waits for the file `gate`, and then writes what it was given to the file `order`.
fn gated(laptop: &Laptop, concurrency: &str) -> String {
    let folder = laptop.folder().display();
    format!(
        "pipeline: gated\nparams: {{ name: {{ type: string }} }}\nconcurrency: {concurrency}\ndefaults: {{ image: busybox }}\nstages:\n  \
         wait:\n    command:\n      - sh\n      - -c\n      - until [ -e \"$0/gate\" ]; do sleep 0.05; done; echo \"$1\" >>\"$0/order\"\n      \
         - '{folder}'\n      - ${{{{ params.name }}}}\n  after: {{ needs: wait, command: ['true'] }}\n"
    )
}

async fn ask(laptop: &Laptop, name: &str, priority: u16) -> Result<RunId> {
    let request = json!({ "action": "run", "pipeline": "gated", "params": { "name": name }, "priority": priority });
    let message = laptop.request(&request.to_string()).await?;
    Ok(RunId::of("gated", &format!("sqs\n{REQUEST_QUEUE}\n{message}")))
}

async fn until(laptop: &Laptop, run: &RunId, status: &str) -> Result<WholeRun> {
    let table = laptop.table();
    eventually(&format!("run {run} to be {status}"), async || {
        Ok(table.whole_run(run).await?.filter(|whole| whole.run.value.run.status.name() == status))
    })
    .await
}

fn open_gate(laptop: &Laptop) -> Result<()> {
    Ok(std::fs::write(laptop.folder().join("gate"), "")?)
}

fn order(laptop: &Laptop) -> Result<Vec<String>> {
    let order = std::fs::read_to_string(laptop.folder().join("order"))?;
    Ok(order.lines().map(str::to_owned).collect())
}

async fn outcome(laptop: &Laptop, run: &RunId) -> Result<Outcome> {
    match laptop.ended(run).await?.run.value.run.status {
        Status::Ended { outcome, .. } => Ok(outcome),
        Status::Queued | Status::Running | Status::Cancelling => Err("it has not ended".into()),
    }
}

/// A folder can be made once: a job that finds another at work fails.
#[tokio::test]
async fn no_more_run_at_once_than_the_limit_allows() -> Result<()> {
    let laptop = Laptop::start().await?;
    let folder = laptop.folder().join("at-work");
    laptop
        .register(&format!(
            "pipeline: alone\nconcurrency: 1\ndefaults: {{ image: busybox }}\nstages:\n  first:\n    command: [sh, -c, 'mkdir \"$0\"', '{0}']\n  \
             second:\n    needs: first\n    command: [sh, -c, 'sleep 0.2; rmdir \"$0\"', '{0}']\n",
            folder.display()
        ))
        .await?;
    let mut runs = Vec::new();
    for _ in 0..6 {
        runs.push(laptop.run("alone", json!({})).await?);
    }
    for run in &runs {
        assert_eq!(outcome(&laptop, run).await?, Outcome::Succeeded);
    }
    laptop.stop().await
}

#[tokio::test]
async fn those_that_wait_are_let_in_by_priority_and_then_by_age() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register(&gated(&laptop, "{ limit: 1, when_full: queue }")).await?;
    let first = ask(&laptop, "first", 0).await?;
    until(&laptop, &first, "RUNNING").await?;
    let mut runs = Vec::new();
    for (name, priority) in [("low", 1), ("older", 5), ("younger", 5), ("high", 9)] {
        let run = ask(&laptop, name, priority).await?;
        let whole = until(&laptop, &run, "QUEUED").await?;
        assert!(whole.stages.is_empty(), "nothing of it is done while it waits");
        runs.push(run);
    }
    open_gate(&laptop)?;
    for run in &runs {
        assert_eq!(outcome(&laptop, run).await?, Outcome::Succeeded);
    }
    assert_eq!(order(&laptop)?, ["first", "high", "older", "younger", "low"]);
    laptop.stop().await
}

#[tokio::test]
async fn runs_of_different_groups_do_not_wait_for_one_another() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register(&gated(&laptop, "{ group: '${{ params.name }}' }")).await?;
    let (one, same, other) = (ask(&laptop, "a", 0).await?, ask(&laptop, "a", 0).await?, ask(&laptop, "b", 0).await?);
    until(&laptop, &other, "RUNNING").await?;
    let statuses = async || -> Result<Vec<&'static str>> {
        let mut names = Vec::new();
        for run in [&one, &same] {
            let run = laptop.table().run(run).await?;
            names.push(run.map_or("absent", |run| run.value.run.status.name()));
        }
        names.sort_unstable();
        Ok(names)
    };
    eventually("one of the two", async || Ok((statuses().await? == ["QUEUED", "RUNNING"]).then_some(()))).await?;
    open_gate(&laptop)?;
    for run in [&one, &same, &other] {
        assert_eq!(outcome(&laptop, run).await?, Outcome::Succeeded);
    }
    laptop.stop().await
}

#[tokio::test]
async fn where_nobody_waits_a_run_is_skipped_and_may_be_retried_later() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register(&gated(&laptop, "{ when_full: skip }")).await?;
    let first = ask(&laptop, "first", 0).await?;
    until(&laptop, &first, "RUNNING").await?;
    let second = ask(&laptop, "second", 0).await?;
    assert_eq!(outcome(&laptop, &second).await?, Outcome::Skipped);
    open_gate(&laptop)?;
    assert_eq!(outcome(&laptop, &first).await?, Outcome::Succeeded);
    laptop.request(&json!({ "action": "retry", "run_id": second.as_str() }).to_string()).await?;
    until(&laptop, &second, "SUCCEEDED").await?;
    assert_eq!(order(&laptop)?, ["first", "second"]);
    laptop.stop().await
}

#[tokio::test]
async fn a_newer_run_takes_the_place_of_an_older_one() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register(&gated(&laptop, "{ when_full: replace }")).await?;
    let first = ask(&laptop, "first", 9).await?;
    until(&laptop, &first, "RUNNING").await?;
    let second = ask(&laptop, "second", 0).await?;
    let replaced = until(&laptop, &first, "CANCELLED").await?;
    assert!(replaced.stages.values().all(|stage| stage.value.state.name() == "CANCELLED"), "{:?}", replaced.stages);
    until(&laptop, &second, "RUNNING").await?;
    open_gate(&laptop)?;
    assert_eq!(outcome(&laptop, &second).await?, Outcome::Succeeded);
    assert_eq!(order(&laptop)?, ["second"]);
    laptop.stop().await
}

#[tokio::test]
async fn one_that_waits_can_be_cancelled() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register(&gated(&laptop, "1")).await?;
    let first = ask(&laptop, "first", 0).await?;
    until(&laptop, &first, "RUNNING").await?;
    let second = ask(&laptop, "second", 0).await?;
    until(&laptop, &second, "QUEUED").await?;
    laptop.request(&json!({ "action": "cancel", "run_id": second.as_str() }).to_string()).await?;
    let cancelled = until(&laptop, &second, "CANCELLED").await?;
    assert!(cancelled.stages.values().all(|stage| stage.value.job().is_none()), "{:?}", cancelled.stages);
    open_gate(&laptop)?;
    assert_eq!(outcome(&laptop, &first).await?, Outcome::Succeeded);
    laptop.stop().await
}

#[tokio::test]
async fn a_group_whose_name_has_no_value_is_refused() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop
        .register(
            "pipeline: named\nparams: { o: { type: object, default: {} } }\nconcurrency: { group: '${{ params.o.sample }}' }\n\
             stages: { work: { image: busybox, command: ['true'] } }\n",
        )
        .await?;
    let params: Value = json!({});
    let message =
        laptop.request(&json!({ "action": "run", "pipeline": "named", "params": params }).to_string()).await?;
    let rejection = laptop.rejection(&format!("sqs://{REQUEST_QUEUE}/{message}")).await?;
    assert!(rejection.reason.starts_with("concurrency.group: "), "{}", rejection.reason);
    laptop.stop().await
}
