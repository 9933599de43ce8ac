//! The two doors: something is asked for, and then the table is read until it is done, or the request was rejected.

use std::time::Duration;

use control::{REGISTER_PREFIX, Rejection};
use local_surface::{INBOX_BUCKET, REQUEST_QUEUE};
use machine::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use super::Client;
use crate::exit::Failure;

/// How long a request may take to be answered. It is not lost after that; only nobody waits for it any more.
const PATIENCE: Duration = Duration::from_secs(60);
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_millis(250);

/// A request that was made, as a rejection of it would name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    source: String,
    at: Timestamp,
}

impl Sent {
    /// A file that was put into the inbox at `at` or after.
    pub(crate) fn object(key: &str, at: Timestamp) -> Self {
        Self { source: format!("s3://{INBOX_BUCKET}/{key}"), at }
    }

    fn is_refused_by(&self, rejection: &Rejection) -> bool {
        rejection.source == self.source && rejection.at >= self.at
    }
}

impl Client {
    /// Sends a message to the request queue.
    ///
    /// # Errors
    /// If SQS does not take it.
    pub(crate) async fn request(&self, body: &Value) -> Result<Sent, Failure> {
        let at = self.now();
        let queue = self.sqs.get_queue_url().queue_name(REQUEST_QUEUE).send().await;
        let queue = queue.map_err(|error| Failure::aws("SQS GetQueueUrl", error))?;
        let url = queue.queue_url().unwrap_or_default();
        let sent = self.sqs.send_message().queue_url(url).message_body(body.to_string()).send().await;
        let sent = sent.map_err(|error| Failure::aws("SQS SendMessage", error))?;
        Ok(Sent { source: format!("sqs://{REQUEST_QUEUE}/{}", sent.message_id().unwrap_or_default()), at })
    }

    /// Drops the definition of a pipeline into the inbox.
    ///
    /// # Errors
    /// If S3 does not take it.
    pub(crate) async fn drop_definition(&self, pipeline: &str, source: &str) -> Result<Sent, Failure> {
        let sent = Sent::object(&format!("{REGISTER_PREFIX}{pipeline}.yaml"), self.now());
        let put = self.s3.put_object().bucket(INBOX_BUCKET).key(format!("{REGISTER_PREFIX}{pipeline}.yaml"));
        let put = put.content_type("application/yaml").body(source.as_bytes().to_vec().into()).send().await;
        put.map_err(|error| Failure::aws("S3 PutObject", error))?;
        Ok(sent)
    }

    /// Looks until there is something to see.
    ///
    /// # Errors
    /// If the request is rejected, with the reason; if `look` fails; if nothing happens for a minute.
    pub(crate) async fn until<T>(
        &self,
        sent: &Sent,
        mut look: impl AsyncFnMut() -> Result<Option<T>, Failure>,
    ) -> Result<T, Failure> {
        let (began, mut wait) = (Instant::now(), FIRST_WAIT);
        loop {
            if let Some(seen) = look().await? {
                return Ok(seen);
            }
            if let Some(rejection) = self.rejection_of(sent).await? {
                return Err(Failure::failed(format!("rejected: {}", rejection.reason)));
            }
            if began.elapsed() > PATIENCE {
                return Err(Failure::failed(format!(
                    "nothing came of {} within {} s; it is not lost. Does the server's log tell of a fault?",
                    sent.source,
                    PATIENCE.as_secs()
                )));
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// It is kept under the day on which it was refused, which may be the one after the request.
    async fn rejection_of(&self, sent: &Sent) -> Result<Option<Rejection>, Failure> {
        let of_the_day = self.table.rejections(sent.at).await?.into_iter();
        let of_today = self.table.rejections(self.now()).await?.into_iter();
        Ok(of_the_day.chain(of_today).find(|rejection| sent.is_refused_by(rejection)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_rejection_of_the_same_object_is_not_this_one() {
        let sent = Sent::object("pipelines/p.yaml", Timestamp::from_ms(10));
        let rejection =
            |source: &str, at| Rejection { source: source.into(), reason: String::new(), at: Timestamp::from_ms(at) };
        let source = "s3://batchwright-inbox/pipelines/p.yaml";
        assert!(sent.is_refused_by(&rejection(source, 10)));
        assert!(!sent.is_refused_by(&rejection(source, 9)));
        assert!(!sent.is_refused_by(&rejection("s3://batchwright-inbox/pipelines/q.yaml", 11)));
    }
}
