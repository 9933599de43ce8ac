//! What follows from a job's end: those that waited for it.

use super::Ledger;
use crate::{
    Error,
    job::{Dependency, DependencyType, Job, JobKey, Kind, State},
    table::{dependencies, jobs},
};

const DEPENDENCY_FAILED: &str = "Dependent Job failed";

/// What a job that is waited for has come to.
enum Need {
    Met,
    Open(JobKey),
    Failed,
}

impl Ledger<'_> {
    /// Lets a new job wait for all of `keys` that have not ended. If one has failed, the job fails. The job has been added as
    /// pending.
    pub(super) fn wait_for(&mut self, job: &mut Job, keys: &[JobKey]) -> Result<(), Error> {
        let mut open = 0;
        for key in keys {
            match self.need(key)? {
                Need::Met => {}
                Need::Open(key) => open += u32::from(dependencies::insert(self.transaction, &key, job.number)?),
                Need::Failed => {
                    job.state = job.failed(DEPENDENCY_FAILED, self.now_ms);
                    return self.set(job);
                }
            }
        }
        job.state = State::Pending { needs: open };
        if open == 0 {
            return self.release(job);
        }
        self.set(job)
    }

    fn need(&self, key: &JobKey) -> Result<Need, Error> {
        let ended = |job: Job| match job.state {
            State::Succeeded(_) => Need::Met,
            State::Failed(_) => Need::Failed,
            State::Pending { .. } | State::Runnable | State::Starting { .. } | State::Running { .. } => {
                Need::Open(job.key)
            }
        };
        if let Some(job) = jobs::find(self.transaction, key)? {
            return Ok(ended(job));
        }
        // A child that has not come to be yet: it never will if its parent has ended.
        match jobs::find(self.transaction, &JobKey { id: key.id.clone(), child: None })?.map(ended) {
            Some(Need::Open(_)) => Ok(Need::Open(key.clone())),
            Some(Need::Met | Need::Failed) | None => Ok(Need::Failed),
        }
    }

    /// The job waits for nobody any more: it becomes runnable, or, if it is an array, its children come to be.
    fn release(&mut self, job: &mut Job) -> Result<(), Error> {
        match job.kind {
            Kind::Array { size } => {
                self.set(job)?;
                self.spawn_children(job, size)
            }
            Kind::Single | Kind::Child { .. } => {
                job.state = State::Runnable;
                self.set(job)
            }
        }
    }

    /// Tells those that waited for `ended`.
    pub(super) fn tell_dependents(&mut self, ended: &Job, succeeded: bool) -> Result<(), Error> {
        for number in dependencies::take(self.transaction, &ended.key)? {
            self.tell(number, succeeded)?;
        }
        if let Kind::Array { .. } = ended.kind {
            // Children that came to be have told theirs; what is left waits for some that did not.
            for number in dependencies::take_of_children(self.transaction, &ended.key)? {
                self.tell(number, false)?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, number: i64, succeeded: bool) -> Result<(), Error> {
        let Some(mut job) = jobs::numbered(self.transaction, number)? else { return Ok(()) };
        let State::Pending { needs } = job.state else { return Ok(()) };
        if !succeeded {
            return self.fail(job, DEPENDENCY_FAILED);
        }
        let needs = needs.saturating_sub(1);
        job.state = State::Pending { needs };
        if needs == 0 {
            return self.release(&mut job);
        }
        jobs::save(self.transaction, &job)
    }
}

/// The jobs that `dependencies` name for a whole job. The rest is between children.
pub(super) fn of_whole(dependencies: &[Dependency]) -> impl Iterator<Item = JobKey> + '_ {
    let whole = dependencies.iter().filter(|dependency| dependency.kind.is_none());
    whole.filter_map(|dependency| dependency.job_id.as_deref()?.parse().ok())
}

/// The jobs that `dependencies` name for the child of the array `id` with this index.
pub(super) fn of_child(dependencies: &[Dependency], id: &str, index: u32) -> Vec<JobKey> {
    let needed = dependencies.iter().filter_map(|dependency| match dependency.kind? {
        DependencyType::NToN => Some(JobKey { id: dependency.job_id.clone()?, child: Some(index) }),
        DependencyType::Sequential => Some(JobKey { id: id.to_owned(), child: Some(index.checked_sub(1)?) }),
    });
    needed.collect()
}
