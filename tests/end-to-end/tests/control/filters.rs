//! Which uploads and messages start a run, and with which parameters.

use ambient::Clock;
use end_to_end::{Laptop, Result, eventually};
use local_surface::INBOX_BUCKET;
use machine::Timestamp;
use serde_json::{Value, json};

use crate::statuses::statuses;

const READINGS: &str = r#"
pipeline: readings
on:
  - s3:
      key: "readings/{station}/{date}.csv"
      min_size: 2 B
      max_size: 4 B
      when: trigger.key.station != 'test'
      params:
        station: "${{ trigger.key.station }}"
        year: "${{ trigger.key.date | split('-') | first }}"
        owner: "${{ trigger.s3.metadata.data_owner }}"
        kind: "${{ trigger.s3.tags.kind }}"
  - s3: { prefix: readings/, suffix: [.tsv, .txt], params: { station: plain, year: 1999 } }
  - sqs: { queue: stations, when: trigger.sqs.body.kind == 'reading', params: { station: "${{ trigger.sqs.body.id }}", year: 2000 } }
params:
  station: { type: string }
  year: { type: integer, minimum: 1900 }
  owner: { type: string, default: nobody }
  kind: { type: string, enum: [raw, night], default: raw }
defaults: { image: busybox }
stages:
  show:
    command:
      - echo
      - "${{ params.station }}"
      - "${{ params.year }}"
      - "${{ params.owner }}"
      - "${{ params.kind }}"
      - "${{ trigger.key.date | default('-') }}"
"#;

async fn upload(laptop: &Laptop, key: &str, content: &str, owner: Option<&str>, tags: &str) -> Result<()> {
    let put = laptop.s3().put_object().bucket(INBOX_BUCKET).key(key).body(content.as_bytes().to_vec().into());
    let put = owner.into_iter().fold(put, |put, owner| put.metadata("Data-Owner", owner)).tagging(tags);
    put.send().await?;
    Ok(())
}

/// What each run's job wrote, in order.
async fn shown(laptop: &Laptop, runs: usize) -> Result<Vec<String>> {
    let ids = eventually(&format!("{runs} runs"), async || {
        let ids = laptop.runs().await?;
        Ok((ids.len() >= runs).then_some(ids))
    })
    .await?;
    let mut shown = Vec::new();
    for id in &ids {
        let whole = laptop.ended(id).await?;
        assert_eq!(statuses(&whole), "SUCCEEDED; show SUCCEEDED");
        let stage = whole.stages.get("show").ok_or("no stage")?;
        shown.push(String::from_utf8(laptop.log(&stage.value)?)?.trim().to_owned());
    }
    shown.sort();
    Ok(shown)
}

#[tokio::test]
async fn what_a_trigger_takes_gives_the_parameters() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.sqs().create_queue().queue_name("stations").send().await?;
    laptop.register(READINGS).await?;
    upload(&laptop, "readings/b7/2026-11-24.csv", "123", Some("ada"), "kind=night&x=y").await?;
    upload(&laptop, "readings/c1/1999.csv", "1234", None, "").await?;
    upload(&laptop, "readings/any/where/a.txt", "", None, "").await?;
    laptop.send("stations", &json!({ "kind": "reading", "id": "d4" }).to_string()).await?;
    // Neither of these is one: by their sizes, by the conditions, by the key.
    upload(&laptop, "readings/b7/2026-11-25.csv", "1", None, "").await?;
    upload(&laptop, "readings/b7/2026-11-26.csv", "12345", None, "").await?;
    upload(&laptop, "readings/test/2026.csv", "123", None, "").await?;
    upload(&laptop, "readings/b7/deep/2026.csv", "123", None, "").await?;
    laptop.send("stations", &json!({ "kind": "weather" }).to_string()).await?;
    upload(&laptop, "readings/last/2027.csv", "123", None, "").await?;
    let expected = [
        "b7 2026 ada night 2026-11-24",
        "c1 1999 nobody raw 1999",
        "d4 2000 nobody raw -",
        "last 2027 nobody raw 2027",
        "plain 1999 nobody raw -",
    ];
    assert_eq!(shown(&laptop, expected.len()).await?, expected);
    let whole = laptop.ended(&laptop.runs().await?[0]).await?;
    assert!(!whole.run.value.trigger.to_string().contains("\"body\""), "a message's body is not kept");
    assert_eq!(laptop.table().rejections(Timestamp::from_ms(Clock::System.now_ms())).await?, []);
    laptop.stop().await
}

#[tokio::test]
async fn what_does_not_fit_the_parameters_is_kept_as_rejected() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.sqs().create_queue().queue_name("stations").send().await?;
    laptop.register(READINGS).await?;
    for (key, tags, why) in [
        ("readings/b7/last.csv", "", "parameter `year` is \"last\", but must be an integer"),
        ("readings/b7/1899.csv", "", "parameter `year` is 1899, below the minimum of 1900"),
        ("readings/b7/2026.csv", "kind=day", "parameter `kind` is \"day\", which is not one of"),
    ] {
        upload(&laptop, key, "123", None, tags).await?;
        let rejection = laptop.rejection(&format!("s3://{INBOX_BUCKET}/{key}")).await?;
        assert!(rejection.reason.contains(why), "{}", rejection.reason);
    }
    for (body, why) in [
        (json!({ "kind": "reading" }), "parameter `station` is missing: a string is required; `station` is taken from"),
        (
            json!("text"),
            "when: `trigger.sqs.body.kind == 'reading'` speaks of something which this event does not have",
        ),
        (json!({ "kind": "reading", "id": [1] }), "parameter `station` is an array, but must be a string"),
    ] {
        let message = laptop.send("stations", &Value::to_string(&body)).await?;
        let rejection = laptop.rejection(&format!("sqs://stations/{message}")).await?;
        assert!(rejection.reason.contains(why), "{body}: {}", rejection.reason);
    }
    assert_eq!(laptop.runs().await?, []);
    laptop.stop().await
}
