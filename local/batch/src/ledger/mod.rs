//! One transaction's changes to jobs, and all that follows from them.
//!
//! Whatever changes a job's state goes through [`Ledger::add`] or [`Ledger::set`], so that with it, in the same transaction, the
//! event is written, the jobs that waited for it are told, and an array's parent counts its children.

mod array;
mod follow;
mod stop;

pub(crate) use array::Submission;

use std::collections::VecDeque;

use rusqlite::Transaction;
use serde_json::{Map, Value};

use crate::{
    Config, Error,
    detail::detail,
    event::{Change, event},
    job::{Job, Kind, Spec, State, Status},
    table::{
        jobs::{self, Fixed},
        listing, outbox,
    },
};

/// See the module.
pub(crate) struct Ledger<'a> {
    pub(crate) transaction: &'a Transaction<'a>,
    pub(crate) config: &'a Config,
    pub(crate) now_ms: u64,
    told: Told,
    /// Jobs that ended, and whose followers have not been told.
    ended: VecDeque<Job>,
}

/// What a transaction has to tell when it is committed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Told {
    /// A job waits for room.
    pub(crate) runnable: bool,
    /// There are events.
    pub(crate) events: bool,
}

impl<'a> Ledger<'a> {
    pub(crate) fn new(transaction: &'a Transaction<'a>, config: &'a Config) -> Self {
        let now_ms = config.clock.now_ms();
        Self { transaction, config, now_ms, told: Told::default(), ended: VecDeque::new() }
    }

    /// Writes a new job, in the state it has.
    pub(crate) fn add(&mut self, job: &mut Job, fixed: Fixed<'_>) -> Result<(), Error> {
        jobs::insert(self.transaction, job, fixed)?;
        self.note(job)
    }

    /// Writes a job whose state (or more) was changed.
    pub(crate) fn set(&mut self, job: &Job) -> Result<(), Error> {
        jobs::save(self.transaction, job)?;
        self.note(job)
    }

    fn note(&mut self, job: &Job) -> Result<(), Error> {
        let status = job.status();
        self.told.runnable |= status == Status::Runnable;
        if status.is_terminal() {
            self.ended.push_back(job.clone());
        }
        // AWS sends none for the initial submission.
        if status >= Status::Runnable && (self.config.emit)(&Change::of(job)) {
            self.told.events = true;
            let (id, detail) = (self.config.ids.uuid(), self.detail(job)?);
            outbox::insert(self.transaction, &event(&id, &self.config.region, detail, self.now_ms))?;
        }
        Ok(())
    }

    fn detail(&self, job: &Job) -> Result<Map<String, Value>, Error> {
        let summary = match job.kind {
            Kind::Array { .. } => Some(listing::summary(self.transaction, job.number)?),
            Kind::Single | Kind::Child { .. } => None,
        };
        Ok(detail(&self.config.region, job, &self.spec(job)?, summary))
    }

    pub(crate) fn spec(&self, job: &Job) -> Result<Spec, Error> {
        jobs::spec(self.transaction, job)
    }

    /// Fails a job that runs nothing.
    fn fail(&mut self, mut job: Job, reason: &str) -> Result<(), Error> {
        job.state = job.failed(reason, self.now_ms);
        self.set(&job)
    }

    /// Tells all followers of what ended, and theirs, until nothing follows.
    pub(crate) fn settle(mut self) -> Result<Told, Error> {
        while let Some(job) = self.ended.pop_front() {
            let succeeded = matches!(job.state, State::Succeeded(_));
            self.tell_dependents(&job, succeeded)?;
            if let Kind::Child { parent } = job.kind {
                self.tell_parent(parent, succeeded)?;
            }
        }
        Ok(self.told)
    }
}
