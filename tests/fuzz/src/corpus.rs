//! What is mutated: all definitions and events that the repository has.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// The definitions and the events, each in the order of their files' names.
#[derive(Debug)]
pub struct Corpus {
    /// Definitions, good and bad.
    pub definitions: Vec<String>,
    /// Events by function, in the order of [`FOLDERS`].
    events: Vec<Vec<Value>>,
    /// What an editor completes a definition by.
    pub schema: Value,
}

/// The folders of `events/`.
const FOLDERS: [&str; 6] = ["on-upload", "on-message", "on-schedule", "on-job-change", "on-wake", "sweep"];

/// Where definitions lie.
const DEFINITIONS: [&str; 4] = [
    "pipelines",
    "shared/pipeline/tests/language/faults",
    "shared/pipeline/tests/language/valid",
    "tests/infra/pipelines",
];

impl Corpus {
    /// Reads it.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub fn read() -> io::Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut definitions = examples(&fs::read_to_string(root.join("docs/definition.md"))?);
        for folder in DEFINITIONS {
            for file in files(&root.join(folder), "yaml")? {
                definitions.push(fs::read_to_string(file)?);
            }
        }
        let mut events = Vec::new();
        for folder in FOLDERS {
            let mut of_function = Vec::new();
            for file in files(&root.join("events").join(folder), "json")? {
                of_function.push(serde_json::from_slice(&fs::read(file)?)?);
            }
            events.push(of_function);
        }
        Ok(Self { definitions, events, schema: pipeline::json_schema() })
    }

    /// The events of a function, by the name of its folder.
    pub fn events(&self, folder: &str) -> &[Value] {
        let at = FOLDERS.iter().position(|known| *known == folder);
        at.and_then(|at| self.events.get(at)).map_or(&[], Vec::as_slice)
    }
}

/// The examples of a page of documentation.
fn examples(page: &str) -> Vec<String> {
    let blocks = page.split("```yaml\n").skip(1);
    blocks.filter_map(|rest| rest.split_once("```")).map(|(example, _)| example.to_owned()).collect()
}

fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
