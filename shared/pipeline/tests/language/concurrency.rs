//! `concurrency`: which group a run is in.

use pipeline::{Concurrency, Definition, RunFacts, WhenFull, parse};
use serde_json::{Map, Value, json};

fn definition(concurrency: &str) -> Definition {
    let source = format!(
        "pipeline: p\nparams: {{ sample: {{ type: string, default: s }} }}\nconcurrency: {concurrency}\n\
         stages: {{ a: {{ image: x, command: [x, \"${{{{ params.sample }}}}\"] }} }}\n"
    );
    parse("p.yaml", &source).unwrap_or_else(|faults| panic!("{faults}"))
}

fn group(concurrency: &str, params: &Value) -> Result<Option<String>, String> {
    let definition = definition(concurrency);
    let given: Map<String, Value> = params.as_object().unwrap().clone();
    let params = definition.check_params(&given).unwrap();
    definition.group_of(RunFacts { run_id: "r", params: &params, trigger: &Value::Null })
}

#[test]
fn a_number_alone_is_the_limit_of_all_runs() {
    let concurrency = definition("3").concurrency;
    assert_eq!(concurrency, Some(Concurrency { group: None, limit: 3, when_full: WhenFull::Queue }));
    assert_eq!(group("3", &json!({})), Ok(Some(String::new())));
}

#[test]
fn what_is_left_out_is_one_at_a_time_that_waits() {
    let Some(Concurrency { group: None, limit, when_full }) = definition("{ when_full: skip }").concurrency else {
        panic!("no group was given");
    };
    assert_eq!((limit, when_full), (1, WhenFull::Skip));
    assert_eq!(definition("{ when_full: replace }").concurrency.unwrap().when_full, WhenFull::Replace);
}

#[test]
fn a_group_is_named_by_what_the_run_is_given() {
    let concurrency = "{ group: \"${{ pipeline.name }}/${{ params.sample }}\" }";
    assert_eq!(group(concurrency, &json!({ "sample": "s7" })), Ok(Some("p/s7".to_owned())));
    assert_eq!(group("{ group: \"${{ run.id }}\" }", &json!({})), Ok(Some("r".to_owned())));
}

#[test]
fn a_name_that_is_too_long_is_refused() {
    let concurrency = "{ group: \"${{ params.sample }}\" }";
    assert!(group(concurrency, &json!({ "sample": "x".repeat(512) })).is_ok());
    let reason = group(concurrency, &json!({ "sample": "x".repeat(513) })).unwrap_err();
    assert_eq!(reason, "concurrency.group takes 513 bytes, and may have 512");
}

#[test]
fn without_it_nothing_limits_how_many_run() {
    let source = "pipeline: p\nstages: { a: { image: x, command: [x] } }\n";
    let definition = parse("p.yaml", source).unwrap();
    let params = definition.check_params(&Map::new()).unwrap();
    assert_eq!(definition.group_of(RunFacts { run_id: "r", params: &params, trigger: &Value::Null }), Ok(None));
}
