//! A retry runs again what did not succeed, and keeps what did.

use end_to_end::{Laptop, Result, eventually};
use serde_json::json;

use crate::statuses::statuses;

#[tokio::test]
async fn a_retry_keeps_what_succeeded() -> Result<()> {
    let laptop = Laptop::start().await?;
    let elsewhere = tempfile::tempdir()?;
    let marker = elsewhere.path().join("marker");
    let source = format!(
        "pipeline: again\ndefaults: {{ image: busybox }}\nstages:\n  first: {{ command: ['true'] }}\n  \
         look: {{ needs: [first], command: [test, -e, '{}'] }}\n  last: {{ needs: [look], command: ['true'] }}\n",
        marker.display()
    );
    laptop.register(&source).await?;
    let run = laptop.run("again", json!({})).await?;
    let failed = laptop.ended(&run).await?;
    assert_eq!(statuses(&failed), "FAILED; first SUCCEEDED, last SKIPPED, look FAILED");

    std::fs::write(&marker, "")?;
    let retry = json!({ "action": "retry", "run_id": run.as_str() }).to_string();
    laptop.request(&retry).await?;
    let table = laptop.table();
    let whole = eventually("the second ending", async || {
        let whole = table.whole_run(&run).await?;
        Ok(whole.filter(|whole| whole.run.value.run.epoch.0 == 2 && whole.run.value.run.has_ended()))
    })
    .await?;
    assert_eq!(statuses(&whole), "SUCCEEDED; first SUCCEEDED, last SUCCEEDED, look SUCCEEDED");
    let attempts = |name| whole.stages.get(name).map(|stage| stage.value.attempt.0);
    assert_eq!([attempts("first"), attempts("look"), attempts("last")], [Some(1), Some(2), Some(1)]);
    let job = |whole: &control::table::whole_run::WholeRun| {
        whole.stages.get("first").and_then(|stage| stage.value.job().cloned())
    };
    assert_eq!(job(&whole), job(&failed), "what succeeded keeps its job");

    let message = laptop.request(&retry).await?;
    let rejection = laptop.rejection(&format!("sqs://batchwright-requests/{message}")).await?;
    assert!(rejection.reason.contains("SUCCEEDED"), "{}", rejection.reason);
    laptop.stop().await
}
