//! Jobs start.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::{
    End, Live,
    environment::environment,
    place::Room,
    supervise::{Halt, supervise},
};
use crate::{
    Batch, Error,
    container::{self, Demand},
    job::{Ending, Job, Spec, State, conclude},
    ledger::Ledger,
    logs::attempt_folder,
    runner::{StartError, Started, Task},
    table::{jobs, resources},
};

/// A job that was marked as starting.
pub(super) struct Chosen {
    pub(super) job: Job,
    pub(super) spec: Spec,
    demand: Demand,
    /// The first compute environment of its queue.
    pub(super) compute_environment: String,
}

/// A job whose process was made, or could not be.
struct Attempted {
    number: i64,
    timeout: Option<Duration>,
    started: Result<Started, StartError>,
    halts: UnboundedReceiver<Halt>,
}

impl Batch {
    /// Starts some of what waits, in order, if there is room. Answers whether there may be more to start.
    pub(super) fn place(self: &Arc<Self>, ends: &UnboundedSender<End>) -> Result<bool, Error> {
        let Some(chosen) = self.choose()? else { return Ok(false) };
        let attempted: Vec<Attempted> = chosen.iter().map(|chosen| self.attempt(chosen)).collect();
        self.write_starts(&attempted)?;
        for Attempted { number, timeout, started, halts } in attempted {
            let Ok(started) = started else { continue };
            let ends = ends.clone();
            tokio::spawn(async move {
                let ending = supervise(started, timeout, halts).await;
                // If the engine has gone, nobody wants to know.
                let _ = ends.send((number, ending));
            });
        }
        Ok(true)
    }

    /// Marks the jobs that may start now, before anything of them runs. `None` if there are none.
    fn choose(&self) -> Result<Option<Vec<Chosen>>, Error> {
        let machine = &self.config.machine;
        let capacity = Demand { millivcpus: machine.millivcpus, memory_mib: machine.memory_mib };
        let mut room = Room::new(capacity, self.live().values().map(|live| live.demand));
        let nominated = self.config.store.read(|connection| jobs::runnable(connection, |demand| room.place(demand)))?;
        if nominated.is_empty() {
            return Ok(None);
        }
        self.commit(|ledger| {
            let chosen = nominated.into_iter().map(|(number, demand)| mark(ledger, number, demand));
            Ok(Some(chosen.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect()))
        })
    }

    fn attempt(&self, chosen: &Chosen) -> Attempted {
        let number = chosen.job.number;
        let (halt, halts) = mpsc::unbounded_channel();
        let timeout = chosen.spec.timeout_seconds.map(|seconds| Duration::from_secs(u64::from(seconds)));
        let started = self.task(chosen).and_then(|task| self.config.runner.start(&task));
        if started.is_ok() {
            self.live().insert(number, Live { demand: chosen.demand, halt });
        }
        Attempted { number, timeout, started, halts }
    }

    /// Writes which processes run, and which could not be made.
    fn write_starts(&self, attempted: &[Attempted]) -> Result<(), Error> {
        let to_end = self.commit(|ledger| {
            let mut to_end = Vec::new();
            for Attempted { number, started, .. } in attempted {
                let Some(mut job) = jobs::numbered(ledger.transaction, *number)? else { continue };
                let changed = match started {
                    Ok(started) => runs(&mut job, started, ledger.now_ms),
                    Err(StartError(reason)) => {
                        let retry = ledger.spec(&job)?.retry;
                        conclude(&mut job, &retry, &Ending::NotStarted(reason.clone()), ledger.now_ms)
                    }
                };
                if changed {
                    ledger.set(&job)?;
                }
                if job.stop.is_some() {
                    to_end.push(job.number);
                }
            }
            Ok(to_end)
        })?;
        // Someone asked for their end between the mark and the process.
        self.halt(&to_end);
        Ok(())
    }

    fn task(&self, chosen: &Chosen) -> Result<Task, StartError> {
        let Chosen { job, spec, .. } = chosen;
        let attempt = job.attempt();
        let wrong = |error: Error| StartError(format!("CannotStartContainerError: {error}"));
        Ok(Task {
            job: job.key.clone(),
            attempt,
            command: container::command(&spec.container).map_err(wrong)?,
            environment: environment(&self.config, chosen)?,
            folder: attempt_folder(&self.config.data_dir, &job.key, attempt),
        })
    }
}

/// A job that was marked as starting runs. Answers whether it was.
fn runs(job: &mut Job, started: &Started, now_ms: u64) -> bool {
    let State::Starting { task } = &job.state else { return false };
    job.state = State::Running { task: task.clone(), started_ms: now_ms, process: started.process };
    true
}

/// Marks a job as starting, unless someone has stopped it since it was nominated.
fn mark(ledger: &mut Ledger<'_>, number: i64, demand: Demand) -> Result<Option<Chosen>, Error> {
    let runnable = jobs::numbered(ledger.transaction, number)?.filter(|job| job.state == State::Runnable);
    let Some(mut job) = runnable else { return Ok(None) };
    job.state = State::Starting { task: ledger.config.ids.hex() };
    ledger.set(&job)?;
    let spec = ledger.spec(&job)?;
    let queue: Option<resources::Queue> = resources::find(ledger.transaction, &job.queue)?;
    let environment = queue.and_then(|queue| queue.first_environment(&ledger.config.region));
    Ok(Some(Chosen { job, spec, demand, compute_environment: environment.unwrap_or_default() }))
}
