//! DescribeJobs.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Batch, Error,
    detail::detail,
    job::{JobKey, Kind},
    table::{jobs, listing},
};

#[derive(Debug, Deserialize)]
pub(super) struct DescribeJobs {
    jobs: Vec<String>,
}

impl Batch {
    /// Jobs that are not known are left out, as with AWS.
    pub(super) fn describe_jobs(&self, describe: &DescribeJobs) -> Result<Value, Error> {
        if describe.jobs.len() > 100 {
            return Err(Error::client(format!("jobs names {} jobs; it may name up to 100", describe.jobs.len())));
        }
        let region = &self.config.region;
        let keys = describe.jobs.iter().filter_map(|id| id.parse::<JobKey>().ok());
        let details = self.config.store.read(|connection| {
            let mut details = Vec::new();
            for key in keys {
                let Some(job) = jobs::find(connection, &key)? else { continue };
                let summary = match job.kind {
                    Kind::Array { .. } => Some(listing::summary(connection, job.number)?),
                    Kind::Single | Kind::Child { .. } => None,
                };
                details.push(detail(region, &job, &jobs::spec(connection, &job)?, summary));
            }
            Ok::<_, Error>(details)
        })?;
        Ok(json!({ "jobs": details }))
    }
}
