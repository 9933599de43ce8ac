//! Outputs: from the job of one stage to those after it.

use end_to_end::{Laptop, Result, eventually};
use local_surface::WORK_BUCKET;
use machine::{CauseKind, Outcome, stage::State};
use serde_json::json;

/// A stage whose job succeeds once there is a file, and one that is made of what it wrote.
fn definition(file: &std::path::Path) -> String {
    format!(
        "pipeline: counts\ndefaults: {{ image: busybox }}\nstages:\n  count-all:\n    outputs: [lines, names]\n    \
         command: [sh, -c, 'while ! test -e \"$0\"; do sleep 0.05; done; echo \"$BATCHWRIGHT_OUTPUTS\"', '{}']\n  \
         report:\n    needs: count-all\n    when: stages.count_all.outputs.lines > 2\n    \
         command: [echo, '${{{{ stages.count_all.outputs.lines }}}}', '${{{{ stages.count_all.outputs.names }}}}']\n",
        file.display()
    )
}

/// What became of a run in whose first stage a job wrote that, or nothing.
async fn with(laptop: &Laptop, run_number: u32, outputs: Option<&str>) -> Result<control::table::whole_run::WholeRun> {
    let file = laptop.folder().join(format!("done-{run_number}"));
    laptop.register(&definition(&file)).await?;
    let run = laptop.run("counts", json!({})).await?;
    if let Some(outputs) = outputs {
        let key = format!("outputs/{run}/count-all/1.json");
        let put = laptop.s3().put_object().bucket(WORK_BUCKET).key(&key).body(outputs.as_bytes().to_vec().into());
        put.send().await?;
    }
    std::fs::write(&file, "")?;
    let whole = laptop.ended(&run).await?;
    let first = whole.stages.get("count-all").ok_or("there is no such stage")?;
    let told =
        eventually("what the job wrote", async || Ok(laptop.log(&first.value).ok().filter(|log| !log.is_empty())))
            .await?;
    assert_eq!(String::from_utf8(told)?.trim(), format!("s3://{WORK_BUCKET}/outputs/{run}/count-all/1.json"));
    Ok(whole)
}

#[tokio::test]
async fn a_stage_is_started_with_the_outputs_of_one_before_it() -> Result<()> {
    let laptop = Laptop::start().await?;
    let whole = with(&laptop, 1, Some(r#"{"lines": 3, "names": ["a b", "c"], "more": null}"#)).await?;
    let report = whole.stages.get("report").ok_or("there is no such stage")?;
    assert_eq!(laptop.log(&report.value)?, b"3 a b c\n");
    let whole = with(&laptop, 2, Some(r#"{"lines": 2, "names": []}"#)).await?;
    let report = whole.stages.get("report").ok_or("there is no such stage")?;
    assert_eq!(report.value.state.name(), "SKIPPED", "its condition does not hold");
    laptop.stop().await
}

#[tokio::test]
async fn a_job_without_its_outputs_has_failed_and_says_why() -> Result<()> {
    let laptop = Laptop::start().await?;
    let long = format!(r#"{{"lines": "{}"}}"#, "x".repeat(256 * 1024));
    for (number, (outputs, why)) in [
        (None, "the job succeeded, but wrote no outputs"),
        (Some("3 lines"), "the job's outputs are not a JSON object: "),
        (Some(r#"{"lines": 3}"#), "the job's outputs lack `names`"),
        (Some(long.as_str()), "the job's outputs are longer than 262144 bytes"),
    ]
    .into_iter()
    .enumerate()
    {
        let whole = with(&laptop, u32::try_from(number)?, outputs).await?;
        let stage = whole.stages.get("count-all").ok_or("there is no such stage")?;
        let State::Ended(ended) = &stage.value.state else { return Err("it has not ended".into()) };
        let cause = ended.cause.as_ref().ok_or("it says no cause")?;
        assert_eq!((ended.outcome, cause.kind), (Outcome::Failed, CauseKind::Outputs));
        assert!(cause.text.starts_with(why), "{}", cause.text);
    }
    laptop.stop().await
}
