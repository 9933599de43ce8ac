//! Cancel and terminate.

use super::Ledger;
use crate::{
    Error,
    job::{Job, Kind, State, Status, Stop},
    table::{jobs, listing},
};

impl Ledger<'_> {
    /// Asks for the end of `job`, of its children if it is an array. What waits ends at once. What starts or runs is marked, if
    /// `stop` is a termination; its numbers are answered, and its processes are to be ended.
    ///
    /// A cancel leaves it alone, and what has ended stays as it is, as with AWS.
    pub(crate) fn stop(&mut self, mut job: Job, stop: &Stop) -> Result<Vec<i64>, Error> {
        match (&job.state, job.kind) {
            (State::Succeeded(_) | State::Failed(_), _) => Ok(Vec::new()),
            (State::Pending { needs: 0 }, Kind::Array { .. }) => {
                job.stop = Some(stop.clone());
                jobs::save(self.transaction, &job)?;
                self.stop_children(job.number, stop)
            }
            (State::Pending { .. } | State::Runnable, _) => {
                job.stop = Some(stop.clone());
                self.fail(job, stop.reason())?;
                Ok(Vec::new())
            }
            (State::Starting { .. } | State::Running { .. }, _) => match stop {
                Stop::Cancelled(_) => Ok(Vec::new()),
                Stop::Terminated(_) => {
                    job.stop = Some(stop.clone());
                    jobs::save(self.transaction, &job)?;
                    Ok(vec![job.number])
                }
            },
        }
    }

    fn stop_children(&mut self, parent: i64, stop: &Stop) -> Result<Vec<i64>, Error> {
        let mut to_end = Vec::new();
        for status in [Status::Pending, Status::Runnable, Status::Starting, Status::Running] {
            let which = listing::Which::Children { parent, status };
            for child in listing::jobs(self.transaction, &which, None, usize::MAX)? {
                to_end.extend(self.stop(child, stop)?);
            }
        }
        Ok(to_end)
    }
}

impl Stop {
    fn reason(&self) -> &str {
        match self {
            Self::Cancelled(reason) | Self::Terminated(reason) => reason,
        }
    }
}
