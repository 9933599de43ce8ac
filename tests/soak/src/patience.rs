//! Waiting until all runs have ended.

use std::time::Duration;

use ambient::Clock;
use control::{RunId, table::whole_run::WholeRun};
use end_to_end::Result;
use local_surface::REQUEST_QUEUE;
use machine::{Timestamp, policy, stage::State};
use tokio::time::{Instant, sleep};

use crate::{clients::Clients, survey, traffic::ALL_RUNS};

/// A claim whose submission was cut off is settled after two minutes, and what events missed is found by the sweep after five;
/// each may happen to a stage after the other, and the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// How often one looks.
const EVERY: Duration = Duration::from_secs(1);
/// How often in a row nothing must be left to do: a file in the inbox folder is looked at twice before it is put.
const IDLE: u32 = 5;
/// How many unfinished runs are told of.
const TOLD: usize = 50;

/// Waits until every run has ended, and nothing is left from which a run could come. How long the last run took to end.
///
/// # Errors
/// If it takes too long: what each unfinished run waits for.
pub(crate) async fn all_ended(clients: &Clients) -> Result<Duration> {
    let began = Instant::now();
    let (mut idle, mut last) = (0, began);
    while idle < IDLE {
        let unfinished = unfinished(clients).await?;
        let messages = incoming(clients).await?;
        if unfinished.is_empty() && messages == 0 {
            idle += 1;
        } else {
            (idle, last) = (0, Instant::now());
        }
        if began.elapsed() > PATIENCE {
            return Err(complaint(clients, &unfinished, messages).await?.into());
        }
        sleep(EVERY).await;
    }
    Ok(last - began)
}

async fn unfinished(clients: &Clients) -> Result<Vec<RunId>> {
    let runs = clients.table.latest_runs(Timestamp::from_ms(u64::MAX >> 1), ALL_RUNS).await?;
    Ok(runs.into_iter().filter(|run| run.ended_at.is_none()).map(|run| run.id).collect())
}

/// How many messages there are from which runs may come.
async fn incoming(clients: &Clients) -> Result<u64> {
    let queues = survey::queues(&clients.sqs).await?;
    let count = |name: &str| queues.get(name).copied().ok_or_else(|| format!("there is no queue {name}"));
    Ok(count(REQUEST_QUEUE)? + count("batchwright-uploads")?)
}

async fn complaint(clients: &Clients, unfinished: &[RunId], messages: u64) -> Result<String> {
    let (waited, count) = (PATIENCE.as_secs(), unfinished.len());
    let mut lines =
        vec![format!("after {waited} s {count} runs have not ended, and {messages} messages are not handled")];
    for id in unfinished.iter().take(TOLD) {
        if let Some(whole) = clients.table.whole_run(id).await? {
            lines.push(waits_for(&whole, Timestamp::from_ms(Clock::System.now_ms())));
        }
    }
    Ok(lines.join("\n"))
}

fn waits_for(whole: &WholeRun, now: Timestamp) -> String {
    let record = &whole.run.value;
    let mut stages: Vec<String> =
        whole.stages.iter().map(|(name, stage)| format!("{name} {}", tell(&stage.value.state, now))).collect();
    stages.sort();
    format!("  run {} ({}): {}", record.id, record.pipeline, stages.join("; "))
}

fn tell(state: &State, now: Timestamp) -> String {
    let name = state.name();
    match state {
        State::Claimed { at, .. } => {
            let (since, after) = (now.since(*at).as_secs(), policy::SETTLE_AFTER.as_secs());
            format!("{name} for {since} s (settled after {after} s)")
        }
        State::Submitted { job, at, .. } => format!("{name} for {} s, job {job}", now.since(*at).as_secs()),
        State::Waiting
        | State::Ready { .. }
        | State::Backoff { .. }
        | State::Expanding
        | State::FannedOut { .. }
        | State::Cancelling { .. }
        | State::Ended(_) => name.to_owned(),
    }
}
