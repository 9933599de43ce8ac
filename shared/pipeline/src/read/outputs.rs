//! `outputs`: what a stage's job writes for those after it.

use super::{
    fields::shown,
    value::{items, text},
};
use crate::{fault::Report, yaml::Node};

/// How many outputs a stage may declare.
const MAX_OUTPUTS: usize = 50;

/// Reads the names of the outputs.
pub(super) fn read(node: &Node, of_an_array: bool, report: &mut Report<'_>) -> Option<Vec<String>> {
    const HELP: &str = "write a list of names, `outputs: [bam, reads]`";
    let nodes = items(node, "outputs", HELP, report)?;
    if of_an_array {
        let help = "let each child write an object of its own, and a stage after it put them together";
        report.add(&node.span, "an array has no outputs: its children would overwrite each other's", help);
        return None;
    }
    if nodes.len() > MAX_OUTPUTS {
        let help = "make one of them an object";
        report.add(
            &node.span,
            format!("a stage has at most {MAX_OUTPUTS} outputs, and this has {}", nodes.len()),
            help,
        );
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    for node in nodes {
        let name = text(node, "an output", report)?;
        if !is_name(name) {
            let help = "1 to 64 letters, digits and `_`, beginning with a letter";
            report.add(&node.span, format!("`{}` is not the name of an output", shown(name)), help);
        } else if names.iter().any(|known| known == name) {
            report.add(&node.span, format!("the output `{name}` is already there"), "name each output once");
        }
        names.push(name.to_owned());
    }
    Some(names)
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}
