//! What is written about the language is true: the committed schema, and the examples of its reference.

use std::{fs, path::Path};

use pipeline::{json_schema, parse};

/// `UPDATE_SCHEMA=1 cargo test -p pipeline` writes it anew.
#[test]
fn the_committed_schema_is_the_generated_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.json");
    let generated = format!("{}\n", serde_json::to_string_pretty(&json_schema()).unwrap());
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&path, &generated).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap();
    assert!(committed == generated, "schema.json is out of date: run UPDATE_SCHEMA=1 cargo test -p pipeline");
}

#[test]
fn the_examples_of_the_documentation_are_valid() {
    for (page, at_least) in [("docs/definition.md", 4), ("docs/coming-from.md", 1)] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(page);
        let text = fs::read_to_string(path).unwrap();
        let examples: Vec<_> = text
            .split("```yaml\n")
            .skip(1)
            .filter_map(|rest| rest.split_once("```").map(|(example, _)| example))
            .filter(|example| example.starts_with("pipeline:"))
            .collect();
        assert!(examples.len() >= at_least, "{} examples in {page}", examples.len());
        for example in examples {
            parse(page, example).unwrap_or_else(|faults| panic!("{faults}"));
        }
    }
}

#[test]
fn the_example_pipelines_are_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipelines");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let examples: Vec<_> = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect();
    assert!(!examples.is_empty());
    for path in examples {
        let source = fs::read_to_string(&path).unwrap();
        parse(&path.to_string_lossy(), &source).unwrap_or_else(|faults| panic!("{faults}"));
    }
}
