//! State-change events, as AWS Batch sends them to EventBridge.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};

use crate::{
    arn::ACCOUNT,
    job::{Job, Kind, Status},
};

/// A change of a job's status, as far as one needs it to decide who hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change<'a> {
    /// The name of the job's queue.
    pub queue: &'a str,
    /// The job's name.
    pub job_name: &'a str,
    /// The status it has now.
    pub status: Status,
    /// Whether the job is a child of an array.
    pub child: bool,
}

impl<'a> Change<'a> {
    pub(crate) fn of(job: &'a Job) -> Self {
        let child = matches!(job.kind, Kind::Child { .. });
        Self { queue: &job.queue, job_name: &job.name, status: job.status(), child }
    }
}

/// The event whose `detail` is a job's, at `now_ms`.
pub(crate) fn event(id: &str, region: &str, detail: Map<String, Value>, now_ms: u64) -> Value {
    let mut event = json!({
        "version": "0",
        "id": id,
        "detail-type": "Batch Job State Change",
        "source": "aws.batch",
        "account": ACCOUNT,
        "time": time(now_ms),
        "region": region,
        "resources": [detail.get("jobArn")],
    });
    if let Some(event) = event.as_object_mut() {
        event.insert("detail".to_owned(), Value::Object(detail));
    }
    event
}

/// With the resolution of a second, as AWS has it.
fn time(now_ms: u64) -> String {
    let time = i64::try_from(now_ms).ok().and_then(DateTime::from_timestamp_millis).unwrap_or_default();
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_seconds_of_utc() {
        assert_eq!(time(1_641_944_200_058), "2022-01-11T23:36:40Z");
        assert_eq!(time(u64::MAX), "1970-01-01T00:00:00Z");
    }
}
