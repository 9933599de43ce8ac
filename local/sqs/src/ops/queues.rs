//! Queues as wholes: `GetQueueUrl`, `ListQueues`, `ListDeadLetterSourceQueues`, `PurgeQueue`, `DeleteQueue`.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    Code, Error, Sqs, name,
    ops::{nothing, queue_of},
    service::Call,
    table::queue::{self, Queue},
};

/// How long a queue that was purged may not be purged again.
const PURGE_PAUSE_MS: u64 = 60_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Named {
    #[serde(default)]
    queue_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ByUrl {
    #[serde(default)]
    queue_url: String,
}

/// Answers `GetQueueUrl`.
pub(crate) fn url(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    let Named { queue_name } = call.input()?;
    if queue_name.is_empty() {
        return Err(Error::missing("QueueName"));
    }
    let queue = sqs.config.store.read(|connection| queue::get(connection, &queue_name))?;
    Ok(json!({ "QueueUrl": name::url(&call.endpoint, &queue.name) }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Paged {
    max_results: Option<u32>,
    next_token: Option<String>,
}

impl Paged {
    fn limit(&self) -> Result<u32, Error> {
        match self.max_results {
            None => Ok(1_000),
            Some(max) if (1..=1_000).contains(&max) => Ok(max),
            Some(max) => Err(Error::value(max, "MaxResults", "Must be between 1 and 1000.")),
        }
    }

    /// The name after which the page begins.
    fn after(&self) -> Result<String, Error> {
        let Some(token) = &self.next_token else { return Ok(String::new()) };
        let name = URL_SAFE_NO_PAD.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        name.ok_or_else(|| Error::value(token, "NextToken", "It is not a token that a list returned."))
    }

    /// The page: the URLs of `queues`, of which one more than `limit` was looked for.
    fn page(&self, queues: &[Queue], limit: u32, endpoint: &str, field: &str) -> Value {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let shown: Vec<&Queue> = queues.iter().take(limit).collect();
        let urls: Vec<String> = shown.iter().map(|queue| name::url(endpoint, &queue.name)).collect();
        let mut page = Map::from_iter([(field.to_owned(), json!(urls))]);
        if let (true, Some(last)) = (queues.len() > limit, shown.last()) {
            page.insert("NextToken".to_owned(), URL_SAFE_NO_PAD.encode(&last.name).into());
        }
        page.into()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct List {
    #[serde(default)]
    queue_name_prefix: Option<String>,
    #[serde(flatten)]
    paged: Paged,
}

/// Answers `ListQueues`.
pub(crate) fn list(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    let input: List = call.input()?;
    let (limit, after) = (input.paged.limit()?, input.paged.after()?);
    let prefix = input.queue_name_prefix.as_deref().unwrap_or_default();
    let queues = sqs.config.store.read(|connection| queue::list(connection, prefix, &after, limit + 1));
    Ok(input.paged.page(&queues?, limit, &call.endpoint, "QueueUrls"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Sources {
    #[serde(default)]
    queue_url: String,
    #[serde(flatten)]
    paged: Paged,
}

/// Answers `ListDeadLetterSourceQueues`.
pub(crate) fn dead_letter_sources(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    let input: Sources = call.input()?;
    let (limit, after) = (input.paged.limit()?, input.paged.after()?);
    let name = queue_of(&input.queue_url)?;
    let mut queues = sqs.config.store.read(|connection| {
        queue::get(connection, name)?;
        Ok::<_, Error>(queue::list(connection, "", &after, u32::MAX)?)
    })?;
    queues.retain(|queue| queue.settings.dead_letter().is_some_and(|(target, _)| target == name));
    Ok(input.paged.page(&queues, limit, &call.endpoint, "queueUrls"))
}

/// Answers `PurgeQueue`.
pub(crate) fn purge(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    let ByUrl { queue_url } = call.input()?;
    let name = queue_of(&queue_url)?;
    let now_ms = sqs.now_ms();
    sqs.config.store.write(|transaction| {
        let queue = queue::get(transaction, name)?;
        if queue.purged_ms.is_some_and(|purged_ms| now_ms < purged_ms + PURGE_PAUSE_MS) {
            let message = format!("Only one PurgeQueue operation on {name} is allowed every 60 seconds.");
            return Err(Error::caller(Code::PurgeQueueInProgress, message));
        }
        Ok(queue::purge(transaction, queue.id, now_ms)?)
    })?;
    Ok(nothing())
}

/// Answers `DeleteQueue`.
pub(crate) fn delete(sqs: &Sqs, call: &Call) -> Result<Value, Error> {
    let ByUrl { queue_url } = call.input()?;
    let name = queue_of(&queue_url)?;
    sqs.config.store.write(|transaction| {
        let queue = queue::get(transaction, name)?;
        Ok::<_, Error>(queue::delete(transaction, queue.id)?)
    })?;
    // Who waits for it learns that it is gone.
    sqs.wakes.wake(name);
    Ok(nothing())
}
