//! Event source mappings: messages of a queue to invocations of a function, as Lambda does it.
//!
//! A batch is up to ten messages. Those that the function does not report as failed are deleted; the others become visible
//! again after the queue's visibility timeout, until the redrive policy moves them to the dead-letter queue.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use control::Control;
use local_sqs::{Message, Sqs};
use serde_json::{Value, json};
use tokio::{
    sync::Semaphore,
    task::{AbortHandle, JoinSet},
};

use crate::{
    installation::{REQUEST_QUEUE, UPLOAD_QUEUE, WAKE_QUEUE, queue_arn},
    lambda::{Function, Functions, dead_letter_queue},
    surface::Error,
};

/// The mapping's batch size.
const BATCH: u32 = 10;
/// The mapping's maximum concurrency.
const CONCURRENCY: usize = 8;
/// How long one receive waits for messages.
const WAIT: Duration = Duration::from_secs(20);
/// How often queues with a trigger are looked for.
const TRIGGERS_EVERY: Duration = Duration::from_secs(2);

/// The mappings of the stack: which queue feeds which function.
pub const MAPPINGS: [(&str, Function); 3] =
    [(UPLOAD_QUEUE, Function::OnUpload), (REQUEST_QUEUE, Function::OnMessage), (WAKE_QUEUE, Function::OnWake)];

/// How long a mapping rests after an error: a queue that was deleted, or a disk that failed.
const REST: Duration = Duration::from_secs(1);

/// Feeds the messages of `queue` to `function`, for ever.
pub(crate) async fn run(sqs: Arc<Sqs>, functions: Functions, queue: String, function: Function) -> Result<(), Error> {
    let slots = Arc::new(Semaphore::new(CONCURRENCY));
    loop {
        let slot = Arc::clone(&slots).acquire_owned().await?;
        let messages = match sqs.receive(&queue, BATCH, WAIT).await {
            Ok(messages) => messages,
            Err(error) => {
                tracing::error!(queue, %error, "no messages are received");
                tokio::time::sleep(REST).await;
                continue;
            }
        };
        if messages.is_empty() {
            continue;
        }
        let (sqs, functions, queue) = (Arc::clone(&sqs), functions.clone(), queue.clone());
        tokio::spawn(async move {
            let _slot = slot;
            if let Err(error) = deliver(&sqs, &functions, &queue, function, &messages).await {
                tracing::error!(queue, %error, "messages were handled, but not deleted: they come again");
            }
        });
    }
}

async fn deliver(
    sqs: &Sqs,
    functions: &Functions,
    queue: &str,
    function: Function,
    messages: &[Message],
) -> Result<(), Error> {
    let arn = queue_arn(queue);
    let records: Vec<Value> = messages.iter().map(|message| message.lambda_record(&arn)).collect();
    let response = match functions.call(function, json!({ "Records": records })).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(function = function.name(), %error, "a batch of messages failed");
            return Ok(());
        }
    };
    let failed = failures(&response);
    let done = messages.iter().filter(|message| !failed.contains(message.id.as_str()));
    let handles: Vec<&str> = done.map(|message| message.receipt_handle.as_str()).collect();
    Ok(sqs.delete(queue, &handles)?)
}

/// The messages that the function reports as failed: `{"batchItemFailures": [{"itemIdentifier": …}]}`.
fn failures(response: &Value) -> BTreeSet<&str> {
    let items = response.get("batchItemFailures").and_then(Value::as_array);
    items.into_iter().flatten().filter_map(|item| item.get("itemIdentifier")?.as_str()).collect()
}

/// Maps the queues that pipelines have a trigger on to `on-message`, as they come and go.
pub(crate) async fn run_triggers(sqs: Arc<Sqs>, functions: Functions, control: Arc<Control>) -> Result<(), Error> {
    let mut mapped: BTreeMap<String, AbortHandle> = BTreeMap::new();
    let mut mappings = JoinSet::new();
    let mut started = false;
    loop {
        let wanted = match with_triggers(&sqs, &control).await {
            Ok(wanted) => wanted,
            Err(error) => {
                tracing::error!(%error, "queues with a trigger cannot be looked for");
                tokio::time::sleep(REST).await;
                continue;
            }
        };
        if !std::mem::replace(&mut started, true) {
            // Whoever had received them is gone with the last process.
            wanted.iter().try_for_each(|queue| sqs.release(queue))?;
        }
        mapped.retain(|queue, mapping| {
            let keep = wanted.contains(queue) && !mapping.is_finished();
            if !keep {
                mapping.abort();
            }
            keep
        });
        for queue in wanted {
            mapped.entry(queue).or_insert_with_key(|queue| {
                mappings.spawn(run(Arc::clone(&sqs), functions.clone(), queue.clone(), Function::OnMessage))
            });
        }
        tokio::time::sleep(TRIGGERS_EVERY).await;
    }
}

async fn with_triggers(sqs: &Sqs, control: &Control) -> Result<BTreeSet<String>, Error> {
    let mut wanted = BTreeSet::new();
    for queue in sqs.queue_names()?.into_iter().filter(|queue| !is_of_the_stack(queue)) {
        if !control.table().triggers(&format!("sqs:{queue}")).await?.is_empty() {
            wanted.insert(queue);
        }
    }
    Ok(wanted)
}

fn is_of_the_stack(queue: &str) -> bool {
    let dead_letters = |function: &Function| dead_letter_queue(*function) == queue;
    MAPPINGS.iter().any(|(mapped, _)| *mapped == queue) || Function::ALL.iter().any(dead_letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_reported_failed_is_delivered_again() {
        let response = json!({ "batchItemFailures": [{ "itemIdentifier": "a" }, { "itemIdentifier": "b" }] });
        assert_eq!(failures(&response), BTreeSet::from(["a", "b"]));
        assert_eq!(failures(&json!(null)), BTreeSet::new());
        assert_eq!(failures(&json!({ "batchItemFailures": [] })), BTreeSet::new());
    }
}
