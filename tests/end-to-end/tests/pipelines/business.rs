//! Banks, shops, databases and post.

use end_to_end::Result;
use serde_json::{Value, json};

use crate::example::Example;

#[tokio::test]
async fn the_value_at_risk_follows_from_the_volatility() -> Result<()> {
    let example = Example::of("risk").await?;
    let ended = example.run(json!({ "paths": 2000 })).await?;
    ended.succeeded_without(&["alert"]);
    let result: Value = serde_json::from_str(&ended.object("value-at-risk.json").await?)?;
    let value = result["value_at_risk"].as_f64().unwrap();
    // The loss of one day in a hundred is 2.326 standard deviations.
    assert!((value / 0.02 - 2.326).abs() < 0.15, "{value}");
    let ended = example.run(json!({ "paths": 2000, "volatility": 0.1 })).await?;
    ended.succeeded_without(&[]);
    assert!(ended.log("alert")?.contains("and may be 0.06"));
    example.stop().await
}

#[tokio::test]
async fn a_day_of_orders_is_loaded_once_however_often_it_is_run() -> Result<()> {
    let example = Example::of("etl").await?;
    example.put("exports/2026-11-23.csv", "1,ann,250\n2,bob,100\n3,ann,50\n").await?;
    for _ in 0..2 {
        let ended = example.run(json!({ "day": "2026-11-23" })).await?;
        ended.succeeded_without(&["nothing-to-do"]);
        let facts = example.object("warehouse/day=2026-11-23/facts.csv").await?;
        assert_eq!(facts, "2026-11-23,ann,300\n2026-11-23,bob,100\n");
    }
    example.put("exports/2026-11-24.csv", "").await?;
    example.run(json!({ "day": "2026-11-24" })).await?.succeeded_without(&["check", "load"]);
    example.stop().await
}

#[tokio::test]
async fn orders_that_are_none_are_not_loaded() -> Result<()> {
    let example = Example::of("etl").await?;
    example.put("exports/2026-11-23.csv", "1,ann,250\n2,bob\n").await?;
    let ended = example.run(json!({ "day": "2026-11-23" })).await?;
    let (run, notable) = ended.outcome();
    assert_eq!(run, "FAILED");
    assert_eq!(notable.get("check").map(String::as_str), Some("FAILED"));
    assert_eq!(notable.get("load").map(String::as_str), Some("SKIPPED"));
    assert_eq!(ended.log("check")?, "line 2 is no order: 2,bob\n");
    assert!(example.object("warehouse/day=2026-11-23/facts.csv").await.is_err());
    example.stop().await
}

#[tokio::test]
async fn a_backfill_has_a_job_for_each_day() -> Result<()> {
    let example = Example::of("etl-backfill").await?;
    for (day, amount) in [("2026-02-27", 1), ("2026-02-28", 2), ("2026-03-01", 3)] {
        example.put(&format!("exports/{day}.csv"), format!("1,ann,{amount}\n")).await?;
    }
    let ended = example.run(json!({ "from": "2026-02-27", "days": 3 })).await?;
    ended.succeeded_without(&[]);
    assert_eq!(example.object("warehouse/day=2026-03-01/facts.csv").await?, "2026-03-01,ann,3\n");
    assert_eq!(ended.log("summary")?, "3 days from 2026-02-27: SUCCEEDED\n");
    example.stop().await
}

#[tokio::test]
async fn a_database_is_purged_after_its_backup_was_read_back() -> Result<()> {
    let example = Example::of("nightly-maintenance").await?;
    let database = "1,10,ann\n2,800,bob\n3,365,cyd\n";
    example.put("database/customers.csv", database).await?;
    let ended = example.run(json!({})).await?;
    ended.succeeded_without(&["page"]);
    assert_eq!(ended.object("backup").await?, database);
    assert_eq!(example.object("database/customers.csv").await?, "1,10,ann\n3,365,cyd\n");
    assert_eq!(example.object("locks/nightly-maintenance").await?, "free\n");
    example.stop().await
}

#[tokio::test]
async fn a_failed_backup_leaves_the_lock_free_and_tells_somebody() -> Result<()> {
    let example = Example::of("nightly-maintenance").await?;
    let ended = example.run(json!({ "database": "database/none.csv" })).await?;
    let (run, notable) = ended.outcome();
    assert_eq!(run, "FAILED");
    let notable: Vec<(&str, &str)> =
        notable.iter().map(|(stage, outcome)| (stage.as_str(), outcome.as_str())).collect();
    assert_eq!(notable, [("analyze", "SKIPPED"), ("backup", "FAILED"), ("purge", "SKIPPED"), ("verify", "SKIPPED")]);
    assert_eq!(example.object("locks/nightly-maintenance").await?, "free\n");
    assert!(ended.log("page")?.contains("the nightly maintenance of database/none.csv failed"));
    example.stop().await
}

#[tokio::test]
async fn a_document_goes_the_way_of_its_kind() -> Result<()> {
    for (key, text, skipped, filed) in [
        (
            "post/bill.txt",
            "Dear customer\nTotal due 99.50\n",
            ["contract", "review"],
            r#"{"kind": "invoice", "total": "99.50"}"#,
        ),
        (
            "post/lease.txt",
            "The parties agree\nuntil 2030\n",
            ["invoice", "review"],
            r#"{"kind": "contract", "total": "none"}"#,
        ),
        ("post/card.txt", "Happy birthday\n", ["contract", "invoice"], r#"{"kind": "other", "total": "none"}"#),
    ] {
        let example = Example::of("documents").await?;
        example.upload(key, text).await?.succeeded_without(&skipped);
        assert_eq!(example.object(&format!("filed/{}.json", key.trim_start_matches("post/"))).await?, filed);
        example.stop().await?;
    }
    Ok(())
}
