//! Keys that others trip over reach the job's command whole, as one argument.

use end_to_end::{Laptop, Result, eventually};

use crate::statuses::statuses;

const ECHO: &str = "
pipeline: echo
on: [{ s3: { prefix: in/ } }]
stages:
  say: { image: busybox, command: [printf, '%s', '${{ trigger.s3.key }}'] }
";

#[tokio::test]
async fn every_key_reaches_the_job_as_it_is() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register(ECHO).await?;
    let longest = format!("in/{}", "é".repeat(510)) + "x";
    assert_eq!(longest.len(), 1024);
    let keys = [
        "in/plain.csv",
        "in/two words  and more.csv",
        "in/a+b%2B%20c.csv",
        "in/データ/résumé-🌀.csv",
        "in/../../etc/passwd",
        "in//double//slash/",
        "in/--help; rm -rf $(HOME) `id` 'q' \"d\" *?",
        "in/${{ run.id }} $HOME %s %n \\n",
        "in/new\nline\tand tab",
        &longest,
    ];
    for key in keys {
        laptop.upload(key, "x").await?;
    }
    let runs = eventually("a run for each key", async || {
        let runs = laptop.runs().await?;
        Ok((runs.len() == keys.len()).then_some(runs))
    })
    .await?;
    let mut said = Vec::new();
    for run in runs {
        let whole = laptop.ended(&run).await?;
        assert_eq!(statuses(&whole), "SUCCEEDED; say SUCCEEDED");
        let stage = whole.stages.get("say").ok_or("no stage")?;
        said.push(String::from_utf8(laptop.log(&stage.value)?)?);
    }
    said.sort();
    let mut right = keys.map(str::to_owned).to_vec();
    right.sort();
    assert_eq!(said, right);
    laptop.stop().await
}
