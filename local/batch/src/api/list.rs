//! ListJobs.

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::{Value, json};

use super::page;
use crate::{
    Batch, Error,
    arn::{Kind, name_of},
    detail::summary,
    job::{JobKey, Status},
    table::{
        jobs,
        listing::{self, Pattern, Which},
        resources::{self, Queue},
    },
};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListJobs {
    job_queue: Option<String>,
    array_job_id: Option<String>,
    multi_node_job_id: Option<String>,
    job_status: Option<String>,
    #[serde(default)]
    filters: Vec<Filter>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Filter {
    name: Option<String>,
    #[serde(default)]
    values: Vec<String>,
}

impl Batch {
    pub(super) fn list_jobs(&self, list: &ListJobs) -> Result<Value, Error> {
        let region = &self.config.region;
        let size = page::size(list.max_results)?;
        let after = list.next_token.as_deref().map(|token| token.parse().map_err(|_| page::unknown_token(token)));
        let after: Option<i64> = after.transpose()?;
        self.config.store.read(|connection| {
            let which = list.which(connection, region)?;
            let mut found = listing::jobs(connection, &which, after, size + 1)?;
            let more = page::cut(&mut found, size);
            let next = found.last().filter(|_| more).map(|last| last.number.to_string());
            let mut summaries = Vec::with_capacity(found.len());
            for job in &found {
                summaries.push(summary(region, job, &jobs::definition(connection, region, job.number)?));
            }
            Ok(json!({ "jobSummaryList": summaries, "nextToken": next }))
        })
    }
}

impl ListJobs {
    fn which(&self, connection: &Connection, region: &str) -> Result<Which, Error> {
        match (&self.job_queue, &self.array_job_id, &self.multi_node_job_id) {
            (Some(queue), None, None) => self.of_queue(connection, region, queue),
            (None, Some(id), None) => self.of_array(connection, id),
            (None, None, Some(_)) => Err(Error::client("multiNodeJobId: this machine has no multi-node jobs")),
            _ => Err(Error::client("exactly one of jobQueue, arrayJobId and multiNodeJobId should be given")),
        }
    }

    fn of_array(&self, connection: &Connection, id: &str) -> Result<Which, Error> {
        let key: Option<JobKey> = id.parse().ok();
        let parent = key.map(|key| jobs::find(connection, &key)).transpose()?.flatten();
        let parent = parent.ok_or_else(|| Error::client(format!("arrayJobId: the job {id} is not known here")))?;
        // As with AWS, filters do not apply to children.
        Ok(Which::Children { parent: parent.number, status: self.status()?.unwrap_or(Status::Running) })
    }

    fn of_queue(&self, connection: &Connection, region: &str, reference: &str) -> Result<Which, Error> {
        let queue = name_of(region, Kind::Queue, reference).to_owned();
        if resources::find::<Queue>(connection, &queue)?.is_none() {
            return Err(Error::client(format!("JobQueue {reference} not found.")));
        }
        match self.filters.as_slice() {
            [] => Ok(Which::Status { queue, status: self.status()?.unwrap_or(Status::Running) }),
            [filter] => self.filtered(region, queue, filter),
            _ => Err(Error::client("filters: only one filter can be used at a time")),
        }
    }

    fn filtered(&self, region: &str, queue: String, filter: &Filter) -> Result<Which, Error> {
        let [value] = filter.values.as_slice() else {
            return Err(Error::client("filters: a filter should have one value"));
        };
        match filter.name.as_deref().unwrap_or_default() {
            "JOB_NAME" => Ok(Which::Name { queue, name: Pattern::new(value) }),
            "JOB_DEFINITION" => {
                Ok(Which::Definition { queue, definition: Pattern::new(name_of(region, Kind::Definition, value)) })
            }
            "BEFORE_CREATED_AT" => Ok(Which::CreatedBefore { queue, ms: time(value)? }),
            "AFTER_CREATED_AT" => Ok(Which::CreatedAfter { queue, ms: time(value)? }),
            "SHARE_IDENTIFIER" => Ok(Which::Share { queue, share: value.clone(), status: self.status()? }),
            name => Err(Error::client(format!(
                "filters: {name:?} should be JOB_NAME, JOB_DEFINITION, BEFORE_CREATED_AT, AFTER_CREATED_AT or SHARE_IDENTIFIER"
            ))),
        }
    }

    fn status(&self) -> Result<Option<Status>, Error> {
        let Some(word) = self.job_status.as_deref() else { return Ok(None) };
        match Status::parse(word) {
            Some(status) => Ok(Some(status)),
            None => Err(Error::client(format!(
                "jobStatus {word:?} should be SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING, SUCCEEDED or FAILED"
            ))),
        }
    }
}

fn time(value: &str) -> Result<u64, Error> {
    value.parse().map_err(|_| Error::client(format!("filters: {value:?} should be a time in milliseconds since 1970")))
}
