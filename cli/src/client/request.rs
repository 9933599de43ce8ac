//! The two doors: something is asked for, and then the table is read until it is done, or the request was rejected.

use std::{collections::BTreeSet, time::Duration};

use control::{REGISTER_PREFIX, Rejection};
use machine::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use super::Client;
use crate::{exit::Failure, output::note};

const FIRST_WAIT: Duration = Duration::from_millis(20);
/// After how long somebody who waits is told so.
const LONG: Duration = Duration::from_secs(15);
/// How far the clocks of the functions may differ from the one here. Rejections are kept under the day on which they were made.
const CLOCKS_DIFFER: Duration = Duration::from_secs(3600);
const DAY_MS: u64 = 24 * 3600 * 1000;

/// A request that was made, as a rejection of it would name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    source: String,
    at: Timestamp,
    /// When requests of that source had been rejected before it was sent, by the clock that will say when this one is.
    before: BTreeSet<Timestamp>,
}

impl Sent {
    fn is_refused_by(&self, rejection: &Rejection) -> bool {
        rejection.source == self.source && !self.before.contains(&rejection.at)
    }
}

impl Client {
    /// Sends a message to the request queue.
    ///
    /// # Errors
    /// If SQS does not take it.
    pub(crate) async fn request(&self, body: &Value) -> Result<Sent, Failure> {
        let at = self.now();
        let url = &self.installation.request_queue_url;
        let sent = self.sqs.send_message().queue_url(url).message_body(body.to_string()).send().await;
        let sent = sent.map_err(|error| Failure::aws("SQS SendMessage", &error))?;
        let source = format!("sqs://{}/{}", self.installation.request_queue(), sent.message_id().unwrap_or_default());
        Ok(Sent { source, at, before: BTreeSet::new() })
    }

    /// Sends back what lies in the dead-letter queue of a queue, given by its name or URL; of that of requests, if none is given. How many
    /// messages that were.
    ///
    /// # Errors
    /// If there is no such queue, it has no dead-letter queue, or SQS does not answer.
    pub(crate) async fn redrive(&self, queue: Option<&str>) -> Result<usize, Failure> {
        let url = match queue {
            None => self.installation.request_queue_url.clone(),
            Some(url) if url.contains('/') => url.to_owned(),
            Some(name) => {
                let found = self.sqs.get_queue_url().queue_name(name).send().await;
                let found = found.map_err(|error| Failure::aws("SQS GetQueueUrl", &error))?;
                found.queue_url.unwrap_or_default()
            }
        };
        control::redrive(&self.sqs, &url).await.map_err(|error| Failure::failed(error.to_string()))
    }

    /// Drops the definition of a pipeline into the inbox.
    ///
    /// # Errors
    /// If S3 does not take it.
    pub(crate) async fn drop_definition(&self, pipeline: &str, source: &str) -> Result<Sent, Failure> {
        let key = format!("{REGISTER_PREFIX}{pipeline}.yaml");
        let sent = self.about_to_put(&key).await?;
        let put = self.s3.put_object().bucket(&self.installation.inbox_bucket).key(key);
        let put = put.content_type("application/yaml").body(source.as_bytes().to_vec().into()).send().await;
        put.map_err(|error| Failure::aws("S3 PutObject", &error))?;
        Ok(sent)
    }

    /// What a file that is about to be put into the inbox will be known by. The same key may have been rejected before.
    ///
    /// # Errors
    /// If the table cannot be read.
    pub(crate) async fn about_to_put(&self, key: &str) -> Result<Sent, Failure> {
        let (source, at) = (format!("s3://{}/{key}", self.installation.inbox_bucket), self.now());
        let rejections = self.rejections_since(at).await?.into_iter();
        let before = rejections.filter(|rejection| rejection.source == source).map(|rejection| rejection.at).collect();
        Ok(Sent { source, at, before })
    }

    /// Looks until there is something to see.
    ///
    /// # Errors
    /// If the request is rejected, with the reason; if `look` fails; if nothing happens for as long as patience lasts.
    pub(crate) async fn until<T>(
        &self,
        sent: &Sent,
        mut look: impl AsyncFnMut() -> Result<Option<T>, Failure>,
    ) -> Result<T, Failure> {
        let (began, mut wait, pace) = (Instant::now(), FIRST_WAIT, self.installation.pace);
        let mut told = false;
        loop {
            if let Some(seen) = look().await? {
                return Ok(seen);
            }
            let rejections = self.rejections_since(sent.at).await?;
            if let Some(rejection) = rejections.iter().find(|rejection| sent.is_refused_by(rejection)) {
                return Err(Failure::failed(format!("rejected: {}", rejection.reason)));
            }
            if began.elapsed() > pace.patience {
                return Err(Failure::failed(format!(
                    "nothing came of {} within {} s; it is not lost. Does the log of the server, or of the stack's functions, tell \
                     of a fault?",
                    sent.source,
                    pace.patience.as_secs()
                )));
            }
            if began.elapsed() > LONG && !told {
                told = true;
                note(format_args!("no answer yet; it is waited for up to {} s", pace.patience.as_secs()));
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(pace.answer);
        }
    }

    /// What may have been rejected since then, and what was rejected earlier on the same day.
    async fn rejections_since(&self, at: Timestamp) -> Result<Vec<Rejection>, Failure> {
        let mut rejections = Vec::new();
        for day in days(at, self.now()) {
            rejections.extend(self.table.rejections(day).await?);
        }
        Ok(rejections)
    }
}

/// A time of each day (UTC) that it may have been, by other clocks, since `at`.
fn days(at: Timestamp, now: Timestamp) -> impl Iterator<Item = Timestamp> {
    let day = |at: Timestamp| at.as_ms() / DAY_MS;
    let earliest = Timestamp::from_ms(at.as_ms().saturating_sub(CLOCKS_DIFFER.as_secs() * 1000));
    (day(earliest)..=day(now.plus(CLOCKS_DIFFER))).map(|day| Timestamp::from_ms(day * DAY_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_of_an_earlier_object_is_not_this_one_whatever_the_clocks_say() {
        let source = "s3://inbox/pipelines/p.yaml";
        let before = BTreeSet::from([Timestamp::from_ms(10)]);
        let sent = Sent { source: source.to_owned(), at: Timestamp::from_ms(10_000), before };
        let rejection =
            |source: &str, at| Rejection { source: source.into(), reason: String::new(), at: Timestamp::from_ms(at) };
        assert!(!sent.is_refused_by(&rejection(source, 10)));
        assert!(sent.is_refused_by(&rejection(source, 11)), "by a clock that is behind the one here");
        assert!(!sent.is_refused_by(&rejection("s3://inbox/pipelines/q.yaml", 20_000)));
    }

    #[test]
    fn around_midnight_two_days_are_looked_at() {
        let hours = |hours: u64| Timestamp::from_ms(hours * 3600 * 1000);
        let of = |at, now| days(at, now).map(Timestamp::as_ms).collect::<Vec<_>>();
        assert_eq!(of(hours(36), hours(36)), [DAY_MS]);
        assert_eq!(of(hours(24), hours(24)), [0, DAY_MS]);
        assert_eq!(of(hours(47), hours(47)), [DAY_MS, 2 * DAY_MS]);
    }
}
