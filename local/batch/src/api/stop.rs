//! CancelJob, CancelJobs, TerminateJob, TerminateJobs.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Empty;
use crate::{
    Batch, Error,
    job::{JobKey, NotAJobId, Stop},
    table::jobs,
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StopJob {
    job_id: String,
    reason: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct StopJobs {
    jobs: Vec<String>,
    reason: String,
}

impl Batch {
    pub(super) fn cancel_job(&self, cancel: StopJob) -> Result<Empty, Error> {
        self.stop(&cancel.job_id, &Stop::Cancelled(cancel.reason)).map(|()| Empty {})
    }

    pub(super) fn terminate_job(&self, terminate: StopJob) -> Result<Empty, Error> {
        self.stop(&terminate.job_id, &Stop::Terminated(terminate.reason)).map(|()| Empty {})
    }

    pub(super) fn cancel_jobs(&self, cancel: StopJobs) -> Result<Value, Error> {
        self.stop_all(&cancel.jobs, &Stop::Cancelled(cancel.reason))
    }

    pub(super) fn terminate_jobs(&self, terminate: StopJobs) -> Result<Value, Error> {
        self.stop_all(&terminate.jobs, &Stop::Terminated(terminate.reason))
    }

    /// Each job for itself: what is wrong with one is said, and the others are stopped.
    fn stop_all(&self, jobs: &[String], stop: &Stop) -> Result<Value, Error> {
        if !(1..=50).contains(&jobs.len()) {
            return Err(Error::client(format!("jobs names {} jobs; it may name 1 to 50", jobs.len())));
        }
        let (mut successful, mut errors) = (Vec::new(), Vec::new());
        for job in jobs {
            match self.stop(job, stop) {
                Ok(()) => successful.push(job),
                Err(Error::Client(message)) => {
                    errors.push(json!({ "job": job, "code": "ClientException", "message": message }));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(json!({ "successful": successful, "errors": errors }))
    }

    /// A job that is not known is no error, as with AWS.
    fn stop(&self, id: &str, stop: &Stop) -> Result<(), Error> {
        let key: JobKey = id.parse().map_err(|error: NotAJobId| Error::client(format!("jobId {error}")))?;
        let to_end = self.commit(|ledger| match jobs::find(ledger.transaction, &key)? {
            Some(job) => ledger.stop(job, stop),
            None => Ok(Vec::new()),
        })?;
        self.halt(&to_end);
        Ok(())
    }
}
