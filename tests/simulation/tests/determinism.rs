//! The same seed gives the same world, byte for byte.

use simulation::{plan::Plan, witness::Trace, world::simulate};

fn trace(seed: u64) -> Vec<String> {
    simulate(Plan::of(seed), None, Trace::Kept(std::sync::Arc::default())).unwrap().trace
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in 1..=12 {
        let (first, second) = (trace(seed), trace(seed));
        assert!(first.len() > 20, "seed {seed} has hardly a trace");
        let differs = first.iter().zip(&second).position(|(one, other)| one != other);
        if let Some(line) = differs {
            panic!("seed {seed} differs at line {line}:\n{}\n{}", first[line], second[line]);
        }
        assert_eq!(first.len(), second.len());
    }
}

#[test]
fn other_seeds_give_other_traces() {
    assert_ne!(trace(1), trace(2));
}
