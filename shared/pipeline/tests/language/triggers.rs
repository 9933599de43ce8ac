//! What triggers take, and the parameters that they bind.

use pipeline::{Asks, Bindings, Definition, Trigger, parse};
use serde_json::{Value, json};

const READINGS: &str = r#"
pipeline: readings
on:
  - s3:
      key: "readings/{station}/{date}.csv"
      suffix: [.csv]
      min_size: 1 B
      max_size: 1 GiB
      when: trigger.key.station != 'test'
      params:
        station: "${{ trigger.key.station }}"
        label: "${{ trigger.key.station | upper }} of ${{ trigger.key.date }}"
        bytes: "${{ trigger.s3.size }}"
        text: "${{ trigger.s3.size }}"
        year: "${{ trigger.key.date | split('-') | first }}"
        owner: "${{ trigger.s3.metadata.owner }}"
        kinds: "${{ trigger.s3.tags.kinds }}"
        fixed: [1, 2]
  - sqs: { queue: orders, params: { station: "${{ trigger.sqs.body.order.station }}", year: 2026 } }
params:
  station: { type: string }
  label: { type: string, default: none }
  bytes: { type: integer, default: 0 }
  text: { type: string, default: none }
  year: { type: integer }
  owner: { type: string, default: nobody }
  kinds: { type: array, items: { type: string }, default: [] }
  fixed: { type: array, default: [] }
defaults: { image: busybox }
stages:
  work:
    command:
      - "${{ params.station }}"
      - "${{ params.label }}"
      - "${{ params.bytes }}"
      - "${{ params.text }}"
      - "${{ params.year }}"
      - "${{ params.owner }}"
      - "${{ params.kinds }}"
      - "${{ params.fixed | json }}"
      - "${{ trigger.s3.tags.level | default('0') }}"
"#;

fn readings() -> Definition {
    parse("readings.yaml", READINGS).unwrap_or_else(|faults| panic!("{faults}"))
}

/// What the first trigger binds, or the message's.
fn bound(definition: &Definition, event: &Value) -> Result<Value, String> {
    let bindings: &Bindings = match definition.triggers.as_slice() {
        [Trigger::S3(s3), _] if event.pointer("/trigger/s3").is_some() => &s3.params,
        [_, Trigger::Sqs(sqs)] => sqs.params.as_ref().unwrap(),
        _ => panic!("other triggers"),
    };
    let params = bindings.params(&definition.params, event)?;
    let lacking = bindings.lacking(&definition.params, &params);
    let checked = definition.check_params(&params).map_err(|faults| format!("{faults}{lacking}"))?;
    Ok(Value::Object(checked.as_map().clone()))
}

fn upload(station: &str, date: &str, metadata: &Value, tags: &Value) -> Value {
    json!({ "pipeline": { "name": "readings" }, "trigger": {
        "s3": { "key": format!("readings/{station}/{date}.csv"), "size": 7, "metadata": metadata, "tags": tags },
        "key": { "station": station, "date": date },
    }})
}

#[test]
fn an_upload_gives_the_parameters_that_are_bound() {
    let definition = readings();
    let event = upload("b7", "2026-11-24", &json!({ "owner": "ada" }), &json!({ "kinds": "raw,night" }));
    let expected = json!({
        "station": "b7", "label": "B7 of 2026-11-24", "bytes": 7, "text": "7", "year": 2026, "owner": "ada",
        "kinds": ["raw", "night"], "fixed": [1, 2],
    });
    assert_eq!(bound(&definition, &event), Ok(expected));
}

#[test]
fn what_the_object_does_not_have_is_not_given() {
    let definition = readings();
    let params = bound(&definition, &upload("b7", "2026", &json!({}), &json!({}))).unwrap();
    assert_eq!((&params["owner"], &params["kinds"]), (&json!("nobody"), &json!([])));
    let message = |body: Value| json!({ "trigger": { "sqs": { "queue": "orders", "message_id": "m", "body": body } } });
    let params = bound(&definition, &message(json!({ "order": { "station": "b7" } }))).unwrap();
    assert_eq!((&params["station"], &params["year"]), (&json!("b7"), &json!(2026)));
    for body in [json!({ "order": {} }), json!({}), json!("text"), json!(null)] {
        let why = bound(&definition, &message(body.clone())).expect_err("the station is required");
        assert!(
            why.contains(
                "`station` is taken from `${{ trigger.sqs.body.order.station }}`, which the event does not have"
            ),
            "{body}: {why}"
        );
    }
}

#[test]
fn values_that_do_not_fit_say_which() {
    let definition = readings();
    let why = bound(&definition, &upload("b7", "last-year", &json!({}), &json!({}))).expect_err("no year");
    assert_eq!(why, "parameter `year` is \"last\", but must be an integer");
}

#[test]
fn what_s3_is_asked_is_what_is_used() {
    let definition = readings();
    let Some(Trigger::S3(s3)) = definition.triggers.first() else { panic!("an s3 trigger") };
    assert_eq!(s3.asks(), Asks { metadata: true, tags: true });
    assert_eq!(definition.asks, Asks { metadata: false, tags: true }, "by its stages");
    let plain = "pipeline: p\non: [{ s3: { prefix: a/ } }]\nstages: { a: { image: x, command: [\"${{ trigger.s3.key }}\"] } }\n";
    let plain = parse("p.yaml", plain).unwrap();
    let Some(Trigger::S3(s3)) = plain.triggers.first() else { panic!("an s3 trigger") };
    assert!(s3.asks().is_nothing() && plain.asks.is_nothing());
}
