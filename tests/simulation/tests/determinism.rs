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

/// Nor does it matter which worlds were simulated before, or are beside it.
#[test]
fn worlds_do_not_feel_one_another() {
    let alone: Vec<_> = (21..=24).map(trace).collect();
    let crowd = std::thread::spawn(|| (100..=140).for_each(|seed| drop(trace(seed))));
    (141..=160).for_each(|seed| drop(trace(seed)));
    assert!((21..=24).map(trace).eq(alone));
    crowd.join().unwrap();
}

#[test]
fn other_seeds_give_other_traces() {
    assert_ne!(trace(1), trace(2));
}
