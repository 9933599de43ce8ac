//! What was found once, and must not come back: too much work for an input of its length.

#![cfg(test)]

use fuzz::{
    case::{Bench, Campaign},
    memory::Counting,
    targets::{Input, Target},
};
use serde_json::Value;

#[global_allocator]
static ALLOCATOR: Counting<mimalloc::MiMalloc> = Counting(mimalloc::MiMalloc);

/// That nothing is found in an input.
fn is_fine(target: Target, text: String) {
    let mut bench = Bench::new(Campaign { seed: 1, targets: Vec::new(), plant: None }).unwrap();
    let outcome = bench.give(0, target, &Input { text, beside: Value::Null }).unwrap();
    assert_eq!(outcome.finding, None, "{:?}", outcome.usage);
}

/// Every one was compiled.
#[test]
fn thousands_of_patterns() {
    for name in ["name", "n$"] {
        let line = |n: usize| {
            let name = name.replace('$', &n.to_string());
            format!("  {name}: {{ type: string, pattern: \"^[^-].{{0,79}}$\", default: world }}\n")
        };
        let params: String = (0..3000).map(line).collect();
        is_fine(
            Target::Definition,
            format!("pipeline: p\nparams:\n{params}stages: {{ a: {{ image: x, command: [x] }} }}\n"),
        );
    }
}

/// Each was a write of the whole event.
#[test]
fn thousands_of_records_that_are_none() {
    let records = vec!["yy"; 10_000];
    is_fine(Target::OnUpload, serde_json::json!({ "Records": records }).to_string());
}
