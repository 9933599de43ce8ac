//! The same seed gives the same world, byte for byte.

use simulation::{Result, plan::Plan, witness::Trace, world::simulate};

fn trace(seed: u64) -> Result<Vec<String>> {
    Ok(simulate(Plan::of(seed), None, &Trace::Kept(std::sync::Arc::default()))?.trace)
}

#[test]
fn the_same_seed_gives_the_same_trace() -> Result<()> {
    for seed in 1..=12 {
        let (first, second) = (trace(seed)?, trace(seed)?);
        assert!(first.len() > 20, "seed {seed} has hardly a trace");
        let differs = first.iter().zip(&second).find(|(one, other)| one != other);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!(first.len(), second.len(), "seed {seed}");
    }
    Ok(())
}

/// Nor does it matter which worlds were simulated before, or are beside it.
#[test]
fn worlds_do_not_feel_one_another() -> Result<()> {
    let traces = |seeds: std::ops::RangeInclusive<u64>| seeds.map(trace).collect::<Result<Vec<_>>>();
    let alone = traces(21..=24)?;
    std::thread::scope(|scope| {
        let crowd = scope.spawn(|| traces(100..=140).map(drop));
        traces(141..=160)?;
        assert_eq!(traces(21..=24)?, alone);
        assert!(crowd.join().is_ok_and(|crowd| crowd.is_ok()));
        Ok(())
    })
}

#[test]
fn other_seeds_give_other_traces() -> Result<()> {
    assert_ne!(trace(1)?, trace(2)?);
    Ok(())
}
