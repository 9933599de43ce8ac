//! Each planted bug is found, told with its input and the way to see it again, and found again that way.

#![cfg(test)]

use std::process::{Command, Output};

fn fuzz(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fuzz")).args(arguments).output().unwrap()
}

/// What is found of a plant, by the names of its kind, and by its last words.
fn is_found(plant: &str, kind: &str, words: &str) {
    let patience = if plant == "hang" { "2" } else { "100" };
    let common = ["--target", "definition", "--plant", plant, "--patience", patience, "--seed", "7"];
    let found = fuzz(&[&common[..], &["--inputs", "1000", "--jobs", "1", "--limit", "1"]].concat());
    let text = String::from_utf8(found.stdout).unwrap();
    assert_eq!(found.status.code(), Some(1), "{plant} is not found:\n{text}");
    let first = text.lines().find(|line| line.starts_with(&format!("{kind} in case "))).expect(&text);
    assert!(text.contains(words), "{plant}:\n{text}");
    let case = first.split([' ', ':']).nth(3).unwrap();
    assert!(text.contains(&format!("replay: target/debug/fuzz --seed 7 --case {case} --target definition")), "{text}");
    let again = fuzz(&[&common[..], &["--case", case]].concat());
    let text = String::from_utf8(again.stdout).unwrap();
    assert_eq!(again.status.code(), Some(1), "{text}");
    assert!(text.contains("retry") && text.contains("14d"), "the input is not shown:\n{text}");
    assert!(text.contains(&format!("{kind} in case {case}: ")), "{text}");
}

#[test]
fn a_panic_is_found() {
    is_found("panic", "panic", "planted");
}

#[test]
fn what_is_wrong_is_found() {
    is_found("wrong", "wrong", "planted");
}

#[test]
fn a_memory_hog_is_found() {
    is_found("hog", "memory", "bytes of memory at a time");
}

#[test]
fn a_hang_is_found() {
    is_found("hang", "hang", "it has not ended after 2 s");
}

#[test]
fn what_takes_memory_without_end_is_found_before_it_takes_the_machine() {
    is_found("glutton", "death", "memory allocation of");
}

#[test]
fn an_endless_recursion_is_found() {
    is_found("recursion", "death", "overflowed its stack");
}

/// The same seed makes the same inputs, and without a plant nothing is found in them.
#[test]
fn the_same_seed_finds_the_same() {
    let arguments = ["--inputs", "2000", "--seed", "7"];
    let (first, second) = (fuzz(&arguments), fuzz(&arguments));
    let text = String::from_utf8(first.stdout).unwrap();
    assert!(first.status.success(), "{text}");
    let counts = |text: &str| {
        let columns = |line: &str| line.split_whitespace().take(4).map(str::to_owned).collect::<Vec<_>>();
        text.lines().map(columns).collect::<Vec<_>>()
    };
    assert_eq!(counts(&text), counts(&String::from_utf8(second.stdout).unwrap()));
}
