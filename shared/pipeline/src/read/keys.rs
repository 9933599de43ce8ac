//! The keys that are read are those of the schema, level by level.

use serde_json::{Value, json};

use crate::{json_schema, read, yaml};

/// The keys of the schema's object of that name.
fn keys_of<'s>(schema: &'s Value, definition: &str) -> Vec<&'s str> {
    let object = if definition.is_empty() { schema } else { &schema["$defs"][definition] };
    assert_eq!(object["additionalProperties"], json!(false), "{definition} is open");
    object["properties"].as_object().unwrap().keys().map(String::as_str).collect()
}

fn sorted<'k>(keys: impl IntoIterator<Item = &'k str>) -> Vec<&'k str> {
    let mut keys: Vec<_> = keys.into_iter().collect();
    keys.sort_unstable();
    keys
}

#[test]
fn the_schema_has_the_keys_that_are_read() {
    let schema = json_schema();
    let stage: Vec<_> = read::stage::KEYS.into_iter().chain(read::settings::all_keys()).collect();
    for (definition, keys) in [
        ("", &read::KEYS[..]),
        ("S3", &read::trigger::S3_KEYS),
        ("Schedule", &read::trigger::SCHEDULE_KEYS),
        ("Sqs", &read::trigger::SQS_KEYS),
        ("Group", &read::concurrency::KEYS),
        ("Each", &read::foreach::KEYS),
        ("Batch", &read::trigger::BATCH_KEYS),
        ("Wait", &read::trigger::WAIT_KEYS),
        ("Param", &read::param::KEYS),
        ("Items", &read::param::ITEM_KEYS),
        ("Settings", &read::settings::all_keys()),
        ("ExistingQueue", &read::job::QUEUE_KEYS),
        ("OfSecretsManager", &read::job::SECRET_KEYS),
        ("OfSystemsManager", &read::job::PARAMETER_KEYS),
        ("Efs", &read::job::EFS_KEYS),
        ("Host", &read::job::HOST_KEYS),
        ("SoftAndHard", &read::job::ULIMIT_KEYS),
        ("Logs", &read::job::LOGS_KEYS),
        ("CountAndMain", &read::job::nodes::KEYS),
        ("Stage", &stage),
        ("Retry", &read::retry::KEYS),
        ("Plain", &read::retry::BUDGET_KEYS),
        ("Spot", &[&read::retry::BUDGET_KEYS[..], &read::retry::SPOT_KEYS].concat()),
        ("OutOfMemory", &[&read::retry::BUDGET_KEYS[..], &read::retry::OOM_KEYS].concat()),
        ("Exit", &[&read::retry::BUDGET_KEYS[..], &read::retry::EXIT_KEYS].concat()),
    ] {
        assert_eq!(sorted(keys_of(&schema, definition)), sorted(keys.iter().copied()), "{definition}");
    }
    let kinds = schema["$defs"]["Trigger"]["oneOf"].as_array().unwrap();
    let kinds = kinds.iter().flat_map(|kind| kind["properties"].as_object().unwrap().keys().map(String::as_str));
    assert_eq!(sorted(kinds), sorted(read::trigger::KINDS));
}

#[test]
fn what_is_valid_has_the_shape_of_the_schema() {
    for source in [
        include_str!("../../tests/language/valid/everything.yaml"),
        include_str!("../../tests/language/valid/least.yaml"),
        include_str!("../../tests/language/valid/jobs.yaml"),
    ] {
        crate::parse("valid.yaml", source).unwrap();
        let root = yaml::load(&mut crate::fault::Report::new(source)).unwrap();
        serde_json::from_value::<crate::shape::Definition>(root.to_json()).unwrap();
    }
}

#[test]
fn the_schema_allows_no_null() {
    assert!(!json_schema().to_string().contains("\"null\""));
}
