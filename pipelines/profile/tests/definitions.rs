//! The example definitions are valid, and the demo's commands are ones that this program understands.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use pipeline::{Context, Definition, Trigger};
use profile::arguments::{Arguments, Stage};
use serde_json::json;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn definition(name: &str) -> Definition {
    let text = fs::read_to_string(folder().join(name)).unwrap();
    pipeline::parse(name, &text).unwrap_or_else(|faults| panic!("{}", faults.render(false)))
}

#[test]
fn every_example_is_valid_and_named_like_its_file() {
    let names = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: Vec<String> = names.filter(|name| name.ends_with(".yaml")).collect();
    assert!(names.len() >= 5, "{names:?}");
    for name in names {
        assert_eq!(format!("{}.yaml", definition(&name).name.as_str()), name);
    }
}

#[test]
fn the_program_understands_every_command_of_the_demo() {
    let definition = definition("csv-profile.yaml");
    let params = definition.check_params(&serde_json::Map::new()).unwrap();
    let uri = "s3://batchwright-inbox/profile/--help; `id` a b+ü.csv";
    let trigger =
        json!({ "s3": { "bucket": "batchwright-inbox", "key": "--help; `id`", "uri": uri, "size": 1, "etag": "e" } });
    let (mut split_into, mut children) = (0, 0);
    for (_, stage) in definition.stages() {
        let (pipeline, stage_name) = (definition.name.as_str(), stage.name.as_str());
        let context = Context {
            run_id: "oztpaud6tmwtr2o65cz2dg2d",
            pipeline,
            stage: stage_name,
            attempt: 1,
            params: &params,
            trigger: &trigger,
            item: None,
            before: None,
        };
        let rendered = stage.render(&context).unwrap();
        let arguments = Arguments::try_parse_from(&rendered.command).unwrap_or_else(|error| panic!("{error}"));
        match arguments.stage {
            Stage::Split { source, chunks, .. } => {
                assert_eq!(source.to_string(), uri);
                split_into = chunks;
            }
            Stage::Chunk { .. } => children = rendered.array.unwrap(),
            Stage::Report { title, .. } => assert_eq!(title, "--help; `id`"),
            Stage::Correlate { .. } | Stage::Copy { .. } => {}
        }
    }
    assert_eq!((split_into, children), (8, 8));
}

#[test]
fn the_demo_does_not_feed_itself() {
    for (_, stage) in definition("csv-profile.yaml").stages() {
        let writes = format!("{:?}", stage.command);
        for trigger in &definition("csv-profile.yaml").triggers {
            let Trigger::S3(trigger) = trigger else { continue };
            assert!(!writes.contains(&format!("batchwright-inbox/{}", trigger.objects.prefix)), "{writes}");
        }
    }
}
