//! Versions are immutable, and the same content is the same version.

use end_to_end::{Laptop, Result};
use serde_json::json;

const ONE: &str = "pipeline: p\nstages:\n  a: { image: x, command: [echo, one] }\n";
const TWO: &str = "pipeline: p\nstages:\n  a: { image: x, command: [echo, two] }\n";

#[tokio::test]
async fn the_same_content_is_the_same_version_and_what_was_comes_back() -> Result<()> {
    let laptop = Laptop::start().await?;
    for (source, version, said) in [(ONE, 1, "one\n"), (ONE, 1, "one\n"), (TWO, 2, "two\n"), (ONE, 1, "one\n")] {
        assert_eq!(laptop.register(source).await?, version);
        let run = laptop.run("p", json!({})).await?;
        let whole = laptop.ended(&run).await?;
        assert_eq!(whole.run.value.version, version);
        let stage = whole.stages.get("a").ok_or("no stage")?;
        assert_eq!(laptop.log(&stage.value)?, said.as_bytes());
    }
    assert_eq!(laptop.table().latest("p").await?.map(|latest| latest.highest), Some(2));
    laptop.stop().await
}

#[tokio::test]
async fn a_definition_that_is_not_valid_is_rejected_with_all_its_faults() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop
        .upload("pipelines/bad.yaml", "pipeline: bad\nstages:\n  a: { imgae: x, command: [echo], needs: [b] }\n")
        .await?;
    let rejection = laptop.rejection("s3://batchwright-inbox/pipelines/bad.yaml").await?;
    for part in ["imgae", "b", "3:"] {
        assert!(rejection.reason.contains(part), "{part:?} in {}", rejection.reason);
    }
    assert_eq!(laptop.table().latest("bad").await?, None);
    laptop.stop().await
}

#[tokio::test]
async fn triggers_go_with_the_version_that_had_them() -> Result<()> {
    let laptop = Laptop::start().await?;
    let with = "pipeline: p\non: [{ s3: { prefix: in/ } }]\nstages:\n  a: { image: x, command: ['true'] }\n";
    laptop.register(with).await?;
    assert_eq!(laptop.table().triggers("s3:batchwright-inbox").await?.len(), 1);
    laptop.register(ONE).await?;
    assert_eq!(laptop.table().triggers("s3:batchwright-inbox").await?, []);
    laptop.register(with).await?;
    laptop.upload("in/a", "x").await?;
    let run = laptop.first_run("p").await?;
    laptop.ended(&run).await?;
    laptop.stop().await
}
