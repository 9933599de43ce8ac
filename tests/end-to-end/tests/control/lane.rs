//! The paced lane: what Batch throttles is submitted later, the highest priority first, at a rate that Batch takes. All in
//! virtual time.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use control::RunId;
use end_to_end::{Call, Result, Throttled};

/// More than one second of Batch's limit can take.
const BURST: usize = 300;
/// Batch's limit, in calls a second.
const LIMIT: u32 = 50;
const ONE_STAGE: &str = "pipeline: one\ndefaults: { image: busybox }\nstages:\n  only: { command: ['true'] }\n";

/// Ten priorities, from the lowest to the highest, mixed.
fn priorities() -> Vec<u16> {
    [0, 9999, 1, 100, 5000, 9998, 7, 300, 9000, 100].into_iter().cycle().take(BURST).collect()
}

fn job(run: &RunId) -> String {
    format!("bw-{run}-only-1")
}

/// Every run has its one job.
fn assert_submitted_once(world: &Throttled, runs: &[RunId]) {
    let taken: Vec<String> = world.calls().into_iter().filter(|call| call.taken).map(|call| call.job).collect();
    assert_eq!(taken.len(), runs.len(), "each once");
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>(), runs.iter().map(job).collect());
}

/// The calls for jobs that had been throttled before.
fn of_the_lane(calls: &[Call]) -> Vec<&Call> {
    let mut seen = BTreeSet::new();
    calls.iter().filter(|call| !seen.insert(&call.job)).collect()
}

/// The most calls within a second.
fn busiest_second(calls: &[&Call]) -> usize {
    let within = |first: usize| {
        let later = calls.iter().skip(first);
        later.take_while(|call| call.at - calls[first].at < Duration::from_secs(1)).count()
    };
    (0..calls.len()).map(within).max().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_submitted_once_by_priority_and_at_a_rate_that_batch_takes() -> Result<()> {
    let world = Throttled::open(LIMIT).await?;
    world.register(ONE_STAGE).await?;
    let priorities = priorities();
    let runs = world.burst("one", &priorities).await?;
    let throttled: BTreeSet<String> =
        world.calls().into_iter().filter(|call| !call.taken).map(|call| call.job).collect();
    assert_eq!(throttled.len(), BURST - LIMIT as usize, "each was tried once directly");
    world.serve_until_submitted(&runs, Duration::from_secs(60), false).await?;
    assert_submitted_once(&world, &runs);

    let (calls, of) = (world.calls(), runs.iter().map(job).zip(priorities).collect::<BTreeMap<_, _>>());
    let lane = of_the_lane(&calls);
    let order: Vec<u16> = lane.iter().filter(|call| call.taken).map(|call| of[&call.job]).collect();
    assert!(order.is_sorted_by(|one, next| one >= next), "the highest first: {order:?}");
    assert!(busiest_second(&lane) <= LIMIT as usize, "{} calls within a second", busiest_second(&lane));
    println!(
        "{} calls of the lane, the busiest second {}, the last after {:?}",
        lane.len(),
        busiest_second(&lane),
        lane.last().map(|call| call.at)
    );
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_lane_keeps_to_what_others_leave_of_the_limit() -> Result<()> {
    let world = Throttled::open(10).await?;
    world.register(ONE_STAGE).await?;
    let runs = world.burst("one", &priorities()).await?;
    world.serve_until_submitted(&runs, Duration::from_secs(90), false).await?;
    assert_submitted_once(&world, &runs);
    let calls = world.calls();
    let lane = of_the_lane(&calls);
    let refused = lane.iter().filter(|call| !call.taken).count();
    println!(
        "{} calls of the lane, {refused} refused, the last after {:?}",
        lane.len(),
        lane.last().map(|call| call.at)
    );
    assert!(refused * 3 <= lane.len(), "{refused} of {} calls were throttled", lane.len());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_slow_answer_holds_up_nobody() -> Result<()> {
    let world = Throttled::open(LIMIT).await?;
    world.register(ONE_STAGE).await?;
    let runs = world.burst("one", &priorities()).await?;
    world.answer_late(5);
    world.serve_until_submitted(&runs, Duration::from_secs(120), false).await?;
    assert_submitted_once(&world, &runs);
    let calls = world.calls();
    let lane = of_the_lane(&calls);
    let (first, last) = (lane.first().ok_or("no calls")?, lane.last().ok_or("no calls")?);
    let took = last.at - first.at;
    assert!(took < Duration::from_secs(30), "one after the other they take minutes; these took {took:?}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_lane_that_nobody_drains_is_found_by_the_next_sweep() -> Result<()> {
    let world = Throttled::open(LIMIT).await?;
    world.register(ONE_STAGE).await?;
    let runs = world.burst("one", &priorities()).await?;
    world.lose_wakes().await?;
    // Long before the runs are looked at, or a wake-up is delivered again.
    world.serve_until_submitted(&runs, Duration::from_secs(120), false).await?;
    assert_submitted_once(&world, &runs);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn drainers_that_are_killed_lose_nothing() -> Result<()> {
    let world = Throttled::open(LIMIT).await?;
    world.register(ONE_STAGE).await?;
    let runs = world.burst("one", &priorities()).await?;
    world.serve_until_submitted(&runs, Duration::from_secs(3600), true).await?;
    assert_submitted_once(&world, &runs);
    Ok(())
}
