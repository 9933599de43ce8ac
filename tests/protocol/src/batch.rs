//! AWS Batch: a set of jobs, all under the one name of the attempt.

use machine::{Attempt, Cause, CauseKind, JobId, Timestamp, stage::JobChange};

use crate::time::NOW;

/// The jobs of the attempt, and what may still come of requests.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Batch {
    /// The jobs, the oldest first.
    pub jobs: Vec<Job>,
    /// A `SubmitJob` whose client gave up, and that is executed all the same before this time.
    pub late: Option<Timestamp>,
    /// How often `ListJobs` may still leave out the newest job.
    pub blind: u8,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Where it stands.
    pub phase: Phase,
    /// Whether `TerminateJob` was called for it.
    pub terminated: bool,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It exists and has not ended.
    Alive,
    /// It ended well.
    Succeeded,
    /// It was terminated.
    Failed,
    /// Batch no longer knows it.
    Gone,
}

impl Batch {
    pub(crate) fn new(blind: u8) -> Self {
        Self { jobs: Vec::new(), late: None, blind }
    }

    /// `SubmitJob` is executed.
    pub(crate) fn submit(&mut self) -> JobId {
        let id = JobId::new(format!("job-{}", self.jobs.len() + 1));
        self.jobs.push(Job { id: id.clone(), phase: Phase::Alive, terminated: false });
        id
    }

    /// `TerminateJob`. The job ends later, if it has not ended.
    pub(crate) fn terminate(&mut self, id: &JobId) {
        let alive = |job: &&mut Job| job.id == *id && job.phase == Phase::Alive;
        self.jobs.iter_mut().filter(alive).for_each(|job| job.terminated = true);
    }

    /// `ListJobs` by the attempt's name: the oldest first, as `shared/control/src/jobs/find.rs` sorts them.
    pub(crate) fn list(&mut self, blind: bool) -> Vec<Job> {
        let mut listed = self.jobs.clone();
        if blind && self.may_be_blind() {
            self.blind -= 1;
            listed.pop();
        }
        listed.retain(|job| job.phase != Phase::Gone);
        listed
    }

    /// Whether `ListJobs` may leave out the newest job.
    pub(crate) fn may_be_blind(&self) -> bool {
        self.blind > 0 && !self.jobs.is_empty()
    }

    /// `DescribeJobs`.
    pub(crate) fn describe(&self, id: &JobId) -> Option<JobChange> {
        self.job(id).and_then(Job::change)
    }

    /// The job.
    pub fn job(&self, id: &JobId) -> Option<&Job> {
        self.jobs.iter().find(|job| job.id == *id)
    }

    /// The jobs that have not ended.
    pub fn alive(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter().filter(|job| job.phase == Phase::Alive)
    }
}

impl Job {
    /// What there is to see of it; `None` if Batch does not know it.
    pub(crate) fn change(&self) -> Option<JobChange> {
        match self.phase {
            Phase::Alive => Some(JobChange::Alive { blocked: None }),
            Phase::Succeeded => Some(JobChange::Succeeded { started_at: None, at: NOW }),
            Phase::Failed => {
                let cause = Cause::new(CauseKind::Cancelled, "terminated");
                Some(JobChange::Failed { started_at: None, at: NOW, cause })
            }
            Phase::Gone => None,
        }
    }
}

/// The only attempt there is.
pub const ATTEMPT: Attempt = Attempt(1);
