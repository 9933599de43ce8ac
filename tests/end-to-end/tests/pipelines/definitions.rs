//! What is true of all of them.

use std::{collections::BTreeSet, process::Command};

use end_to_end::{Result, repository};
use pipeline::Definition;

fn definitions() -> Result<Vec<Definition>> {
    let mut definitions = Vec::new();
    for entry in std::fs::read_dir(repository("pipelines"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let parsed = pipeline::parse(&path.to_string_lossy(), &std::fs::read_to_string(&path)?);
            let definition = parsed.map_err(|faults| faults.to_string())?;
            assert_eq!(path.file_stem().unwrap().to_string_lossy(), definition.name.as_str(), "the file's name");
            definitions.push(definition);
        }
    }
    Ok(definitions)
}

#[test]
fn each_has_a_line_in_the_readme() -> Result<()> {
    let definitions = definitions()?;
    assert!(definitions.len() >= 10, "{} pipelines", definitions.len());
    let readme = std::fs::read_to_string(repository("pipelines/README.md"))?;
    let rows = readme.lines().filter_map(|line| line.strip_prefix("| [")?.split_once(".yaml]"));
    let listed: BTreeSet<&str> = rows.map(|(name, _)| name).collect();
    assert_eq!(listed, definitions.iter().map(|definition| definition.name.as_str()).collect());
    Ok(())
}

/// The half of a script that a laptop does not run is at least one that a shell can read.
#[test]
fn a_shell_can_read_their_scripts() -> Result<()> {
    let mut scripts = 0;
    for definition in definitions()? {
        for (_, stage) in definition.stages() {
            let command: Vec<String> = stage.command.iter().map(ToString::to_string).collect();
            let [shell, _, script, ..] = command.as_slice() else { continue };
            if shell != "sh" {
                continue;
            }
            scripts += 1;
            assert!(!script.contains("${{"), "{} of {}: values go by env or arguments", stage.name, definition.name);
            let read = Command::new("sh").args(["-n", "-c", script]).output()?;
            let error = String::from_utf8_lossy(&read.stderr);
            assert!(read.status.success(), "{} of {}: {error}", stage.name, definition.name);
        }
    }
    assert!(scripts > 20, "{scripts} scripts");
    Ok(())
}
