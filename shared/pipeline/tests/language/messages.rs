//! Every message says what is wrong, where, and what would be right; and how many there are.

use std::{collections::BTreeSet, fs, path::Path};

use pipeline::parse;

use crate::golden::{NOT_DEFINITIONS, too_much};

/// The golden sources: all that `golden` holds word for word.
fn sources() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/language/faults");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut sources: Vec<_> = files
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(&path).unwrap()))
        .collect();
    sources.extend(NOT_DEFINITIONS.map(|source| ("f.yaml".to_owned(), source.to_owned())));
    sources.extend(too_much().map(|source| ("f.yaml".to_owned(), source)));
    sources
}

/// A message without what differs from file to file: what is quoted, numbers, and whose key it is about where a message is the same
/// for all keys. "memory must be a list, not a map" and "on must be a list, not a text" are one.
fn kind(message: &str) -> String {
    const OF_ANY_KEY: [&str; 7] = [
        " must be a ",
        " must be nothing",
        " must be true or false",
        " is out of range",
        " has no value",
        " may hold no expression",
        " has no key ",
    ];
    let mut words = String::new();
    for (at, part) in message.split(['`', '"']).enumerate() {
        words.push_str(if at % 2 == 0 { part } else { "…" });
    }
    let words: String = words.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    match OF_ANY_KEY.iter().find_map(|same| words.find(same).map(|at| (at, same))) {
        Some((_, same)) => (*same).to_owned(),
        None => words,
    }
}

#[test]
fn the_kind_of_a_message_does_not_count_names() {
    assert_eq!(kind("`a` is not known"), kind("`b` is not known"));
    assert_eq!(kind("priority is 10000, which is out of range"), kind("gpu is 17, which is out of range"));
    assert_eq!(kind("on must be a list, not a map"), kind("command must be a list, not a text"));
    assert_ne!(kind("`a` is not known"), kind("`a` is already needed"));
}

#[test]
fn each_says_what_where_and_what_would_be_right() {
    let mut kinds = BTreeSet::new();
    for (name, source) in sources() {
        let faults = parse(&name, &source).expect_err("the definition is faulty");
        let text = source.strip_prefix('\u{feff}').unwrap_or(&source);
        for fault in faults.iter() {
            let line =
                text.split('\n').nth(fault.line - 1).unwrap_or_else(|| panic!("{name}: no such line: {fault:?}"));
            assert!((1..=line.chars().count() + 1).contains(&fault.column), "{name}: no such column: {fault:?}");
            assert!(fault.message.len() > 10 && fault.help.len() > 5, "{name}: {fault:?}");
            assert!(!fault.message.contains(&fault.help), "{name}: it only says again what is wrong: {fault:?}");
            kinds.insert(kind(&fault.message));
        }
    }
    let listed = kinds.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
    assert!(kinds.len() >= 60, "{} kinds of messages:\n{listed}", kinds.len());
}
