//! Any mix of jobs: all of them end, within the machine, each once at a time, and twice the same.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_sdk_batch::types::{ArrayProperties, JobDependency, JobStatus, RetryStrategy};
use local_batch::{Config, Runner, StartError, Started, Survivor, Task};
use local_store::Store;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{Scripted, World, config, id, statuses};

#[derive(Debug, Clone)]
struct Play {
    command: &'static str,
    number: u64,
    quarters: u32,
    size: Option<i32>,
    attempts: i32,
    /// Which of the jobs before it it depends on.
    needs: Vec<prop::sample::Index>,
    /// After how many seconds it is terminated.
    stop: Option<u64>,
}

fn play() -> impl Strategy<Value = Play> {
    let command = prop_oneof![
        4 => (Just("sleep"), 0_u64..50),
        1 => (Just("exit"), 0_u64..3),
        1 => (Just("stubborn"), 0_u64..100),
        1 => (Just("missing"), Just(0_u64)),
    ];
    let size = prop::option::weighted(0.3, 2_i32..6);
    let needs = prop::collection::vec(any::<prop::sample::Index>(), 0..3);
    (command, 1_u32..12, size, 1_i32..4, needs, prop::option::weighted(0.2, 0_u64..100)).prop_map(
        |((command, number), quarters, size, attempts, needs, stop)| Play {
            command,
            number,
            quarters,
            size,
            attempts,
            needs,
            stop,
        },
    )
}

/// Checks, when a job starts, that there is room for it and that it does not run already.
#[derive(Default)]
struct Watched {
    scripted: Scripted,
    /// Quarters of a vCPU, by job.
    running: Arc<Mutex<BTreeMap<String, u64>>>,
}

impl Runner for Watched {
    fn start(&self, task: &Task) -> Result<Started, StartError> {
        let (id, quarters) = (task.job.to_string(), task.command[2].parse::<u64>().unwrap());
        let Started { process, exit, signal } = self.scripted.start(task)?;
        let mut running = self.running.lock().unwrap();
        assert!(running.insert(id.clone(), quarters).is_none(), "two attempts of {id} run");
        let used: u64 = running.values().sum();
        assert!(used <= 8 || running.len() == 1, "{used} quarters of 8 are used by {running:?}");
        let still = Arc::clone(&self.running);
        let exit = Box::pin(async move {
            let exit = exit.await;
            still.lock().unwrap().remove(&id);
            exit
        });
        Ok(Started { process, exit, signal })
    }

    fn end<'a>(&'a self, survivor: &'a Survivor) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.scripted.end(survivor)
    }

    fn remove<'a>(&'a self, folder: &'a Path) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        self.scripted.remove(folder)
    }
}

/// Plays the jobs and answers the events.
async fn perform(plays: &[Play]) -> Vec<Value> {
    let runner = Arc::new(Watched::default());
    let store = Store::memory().unwrap();
    let config: Config = config(&store, Path::new("/nowhere"), runner);
    let mut world = World::over(config).await;
    world.be_patient();
    let mut jobs: Vec<String> = Vec::new();
    for (n, play) in plays.iter().enumerate() {
        let quarters = play.quarters.to_string();
        let vcpu = format!("{}", f64::from(play.quarters) / 4.0);
        world.define_sized(&format!("j{n}"), &[play.command, &play.number.to_string(), &quarters], &vcpu, "64").await;
        let needs = play
            .needs
            .iter()
            .filter(|_| n > 0)
            .map(|index| JobDependency::builder().job_id(&jobs[index.index(n)]).build());
        let array = play.size.map(|size| ArrayProperties::builder().size(size).build());
        let submission =
            world.submission(&format!("j{n}")).set_array_properties(array).set_depends_on(Some(needs.collect()));
        jobs.push(id(submission.retry_strategy(RetryStrategy::builder().attempts(play.attempts).build())).await);
    }
    for second in 0..100 {
        for (job, _) in jobs.iter().zip(plays).filter(|(_, play)| play.stop == Some(second)) {
            world.client.terminate_job().job_id(job).reason("stopped").send().await.unwrap();
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    for (job, play) in jobs.iter().zip(plays) {
        let job = world.ended(job).await;
        assert!(job.attempts().len() <= usize::try_from(play.attempts).unwrap());
        assert!(play.command != "missing" || job.status() == Some(&JobStatus::Failed));
    }
    world.events()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn all_jobs_end_once_within_the_machine_and_twice_the_same(plays in prop::collection::vec(play(), 1..12)) {
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let events = runtime().block_on(perform(&plays));
        let again = runtime().block_on(perform(&plays));
        prop_assert_eq!(&events, &again);
        let ids: std::collections::BTreeSet<&str> = events.iter().map(|event| event["detail"]["jobId"].as_str().unwrap()).collect();
        for id in ids {
            let told = statuses(&events, id);
            let ends = told.iter().filter(|status| ["SUCCEEDED", "FAILED"].contains(&status.as_str())).count();
            prop_assert!(ends == 1 && told.last().is_some_and(|last| last == "SUCCEEDED" || last == "FAILED"), "{} {:?}", id, told);
        }
    }
}
