//! Event source mappings, with all that may go wrong between a queue and a function.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use local_sqs::{Message, Sqs};
use local_surface::{Function, WAKE_QUEUE};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::platform::{Deliveries, Lambda};

/// A mapping sleeps until there is something, but not for ever.
const WAIT: Duration = Duration::from_secs(6 * 3600);

/// Feeds one queue to one function.
#[derive(Clone)]
pub(crate) struct Mapping {
    pub(crate) queue: String,
    pub(crate) function: Function,
    pub(crate) sqs: Arc<Sqs>,
    pub(crate) lambda: Arc<Lambda>,
    pub(crate) deliveries: Arc<Deliveries>,
}

impl Mapping {
    /// For ever.
    pub(crate) async fn run(self) {
        loop {
            let Ok(messages) = self.sqs.receive(&self.queue, self.deliveries.batch_size(), WAIT).await else { return };
            if !messages.is_empty() {
                tokio::spawn(self.clone().handle(messages));
            }
        }
    }

    async fn handle(self, messages: Vec<Message>) {
        if self.queue == WAKE_QUEUE && self.deliveries.loses_wake() {
            self.delete(&messages, &BTreeSet::new());
            return;
        }
        if self.deliveries.delivers_again() {
            tokio::spawn(self.clone().deliver_again(messages.iter().map(|one| one.receipt_handle.clone()).collect()));
        }
        let arn = self.sqs.arn(&self.queue);
        let records: Vec<Value> = messages.iter().map(|message| message.lambda_record(&arn)).collect();
        if self.deliveries.deletes_before_handling() {
            self.delete(&messages, &BTreeSet::new());
        }
        if let Ok(answer) = self.lambda.invoke(self.function, json!({ "Records": records })).await {
            let failures = answer.get("batchItemFailures").and_then(Value::as_array);
            let failed = failures.into_iter().flatten().filter_map(|item| item.get("itemIdentifier")?.as_str());
            self.delete(&messages, &failed.map(str::to_owned).collect());
        }
    }

    fn delete(&self, messages: &[Message], failed: &BTreeSet<String>) {
        let done = messages.iter().filter(|message| !failed.contains(message.id.as_str()));
        let handles: Vec<&str> = done.map(|message| message.receipt_handle.as_str()).collect();
        // A message that was received again since is not deleted by the old receipt.
        let _ = self.sqs.delete(&self.queue, &handles);
    }

    /// Makes the messages visible while they are still handled.
    async fn deliver_again(self, handles: Vec<String>) {
        sleep(self.deliveries.moment()).await;
        for handle in handles {
            // It may be deleted by now.
            let _ = self.sqs.change_visibility(&self.queue, &handle, 0);
        }
    }
}
