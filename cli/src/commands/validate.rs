//! `batchwright validate`

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use crate::{
    arguments::Context,
    definition_file::{self, DefinitionFile},
    exit::{Exit, Failure},
    output::Output,
};

/// Check definitions, and show all that is wrong with them.
///
/// Each fault is shown with its place and what would be right. Nothing is sent anywhere: no server is needed. Ends with 0 if all are valid, with 1 if any is not.
#[derive(Debug, Args)]
pub(crate) struct Validate {
    /// The definitions.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Validate {
    /// Checks all of them, whatever is wrong with the first.
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Failure> {
        let (mut exit, mut documents) = (Exit::Done, Vec::new());
        for path in &self.files {
            let checked = definition_file::read(path);
            if !matches!(checked, Ok(Ok(_))) {
                exit = Exit::Failed;
            }
            match (self.json, checked) {
                (true, checked) => documents.push(document(&path.display().to_string(), checked)),
                (false, Ok(Ok(valid))) => say_valid(context.output, path, &valid)?,
                (false, Ok(Err(faults))) => {
                    context.output.line(faults.render(context.output.colour).trim_end())?;
                    context.output.line(format_args!("{}: {}\n", path.display(), faults_in_words(faults.count())))?;
                }
                (false, Err(failure)) => drop(failure.report()),
            }
        }
        if self.json {
            context.output.json(&documents)?;
        }
        Ok(exit)
    }
}

fn say_valid(output: Output, path: &std::path::Path, valid: &DefinitionFile) -> Result<(), Failure> {
    let stages = valid.definition.stages().count();
    let stages = if stages == 1 { "1 stage".to_owned() } else { format!("{stages} stages") };
    output.line(format_args!("{}: pipeline {} is valid: {stages}", path.display(), valid.definition.name))
}

fn faults_in_words(count: usize) -> String {
    if count == 1 { "1 fault".to_owned() } else { format!("{count} faults") }
}

/// `{"file", "valid", "pipeline", "faults": [{"line", "column", "message", "help"}], "more"}`
fn document(file: &str, checked: Result<Result<DefinitionFile, pipeline::Faults>, Failure>) -> Value {
    match checked {
        Ok(Ok(valid)) => {
            json!({ "file": file, "valid": true, "pipeline": valid.definition.name, "faults": [], "more": 0 })
        }
        Ok(Err(faults)) => {
            let all: Vec<_> = faults.iter().collect();
            json!({
                "file": file, "valid": false, "pipeline": null, "faults": all, "more": faults.count() - all.len(),
            })
        }
        Err(failure) => json!({
            "file": file, "valid": false, "pipeline": null, "more": 0,
            "faults": [{ "line": 1, "column": 1, "message": failure.to_string(), "help": "" }],
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_has_the_documented_form() {
        let faults = pipeline::parse("p.yaml", "pipeline: p\nstages: {}\n").unwrap_err();
        let document = document("p.yaml", Ok(Err(faults)));
        assert_eq!(document["valid"], json!(false));
        for field in ["line", "column", "message", "help"] {
            assert!(!document["faults"][0][field].is_null(), "{field}");
        }
        let unreadable = super::document("x", Err(Failure::failed("x cannot be read: gone")));
        assert_eq!(unreadable["faults"][0]["message"], "x cannot be read: gone");
    }
}
