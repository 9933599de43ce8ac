//! Messages: requests of people and producers, and parameters from queues with a trigger.

use serde_json::{Map, Value, json};

use crate::{
    Admission, Control, Error, Intake, Invocation, RunId, bind,
    gather::{Entry, MOST_ENTRY_BYTES},
    request::Request,
    table::trigger_item::TriggerRow,
};

impl Control {
    /// A message arrived: on the request queue a request, on any other queue the parameters of a run of each pipeline with a
    /// trigger on that queue.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub async fn message(
        &self,
        queue: &str,
        message_id: &str,
        body: &str,
        intake: &mut Intake,
        invocation: &Invocation,
    ) -> Result<(), Error> {
        let (source, identity) = (source(queue, message_id), identity(queue, message_id));
        if queue != self.config.request_queue {
            return self.message_of_trigger((queue, message_id), body, intake, invocation).await;
        }
        match Request::parse(body) {
            Ok(Request::Run { dedupe_key: Some(key), .. }) if key.trim().is_empty() => {
                let reason =
                    "the dedupe_key is blank: all requests with it would be one; leave it out, or name the request";
                self.reject(&source, &identity, reason).await
            }
            Ok(Request::Run { pipeline, params, dedupe_key, priority }) => {
                let identity = dedupe_key.map_or(identity, |key| format!("dedupe\n{key}"));
                let trigger = json!({ "sqs": { "queue": queue, "message_id": message_id } });
                let admission = Admission {
                    pipeline: &pipeline,
                    params: Ok(&params),
                    bound_for: None,
                    identity: &identity,
                    source: &source,
                    trigger,
                    priority,
                };
                self.admit(&admission, invocation).await.map(drop)
            }
            Ok(Request::Cancel { run_id }) => match RunId::parse(&run_id) {
                Ok(run) => self.cancel(&run, &source, &identity, invocation).await,
                Err(error) => self.reject(&source, &identity, error.to_string()).await,
            },
            Ok(Request::Retry { run_id }) => match RunId::parse(&run_id) {
                Ok(run) => self.retry(&run, &source, &identity, invocation).await,
                Err(error) => self.reject(&source, &identity, error.to_string()).await,
            },
            Err(reason) => self.reject(&source, &identity, reason).await,
        }
    }

    async fn message_of_trigger(
        &self,
        (queue, message_id): (&str, &str),
        body: &str,
        intake: &mut Intake,
        invocation: &Invocation,
    ) -> Result<(), Error> {
        let (source, identity) = (source(queue, message_id), identity(queue, message_id));
        let triggers = self.table.triggers(&format!("sqs:{queue}")).await?;
        if triggers.is_empty() {
            return self.reject(&source, &identity, format!("no pipeline has a trigger on the queue {queue}")).await;
        }
        let read = serde_json::from_str(body).unwrap_or_else(|_| Value::from(body));
        let event = json!({ "sqs": { "queue": queue, "message_id": message_id, "body": read } });
        for of_pipeline in triggers.chunk_by(|one, next| one.pipeline == next.pipeline) {
            let Some((row, told)) = first_that_holds(of_pipeline, &event) else {
                tracing::info!(messages_unmatched = 1, queue, "a message is for no trigger of a pipeline");
                continue;
            };
            let told = match (&row.gather, told) {
                (Some(gather), Ok(())) => {
                    let entry = entry(&row.pipeline, &identity, &event);
                    let bytes = entry.bytes();
                    if bytes <= MOST_ENTRY_BYTES {
                        intake.add(row, gather, &Map::new(), entry);
                        continue;
                    }
                    Err(format!(
                        "the message takes {bytes} bytes, and one of a batch may take {MOST_ENTRY_BYTES} bytes"
                    ))
                }
                (_, told) => told,
            };
            let params = match told {
                Ok(()) => self.bound(row, &event).await?.unwrap_or_else(|| as_params(body)),
                Err(reason) => Err(reason),
            };
            let admission = Admission {
                pipeline: &row.pipeline,
                params: params.as_ref().map_err(String::as_str),
                bound_for: row.binds.then_some(row.version),
                identity: &identity,
                source: &source,
                trigger: json!({ "sqs": { "queue": queue } }),
                priority: None,
            };
            self.admit(&admission, invocation).await?;
        }
        Ok(())
    }
}

/// The first of a pipeline's triggers that a message is for, or of which that cannot be told.
fn first_that_holds<'r>(triggers: &'r [TriggerRow], event: &Value) -> Option<(&'r TriggerRow, Result<(), String>)> {
    triggers.iter().find_map(|row| match bind::holds(row, event) {
        Ok(false) => None,
        Ok(true) => Some((row, Ok(()))),
        Err(reason) => Some((row, Err(reason))),
    })
}

/// What goes into a gathering of a pipeline.
fn entry(pipeline: &str, identity: &str, event: &Value) -> Entry {
    let member = RunId::of(pipeline, identity).to_string();
    let item = event.get("sqs").cloned().unwrap_or_default();
    Entry { member, item, sequencer: String::new(), marker: false }
}

fn as_params(body: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(body).map_err(|error| format!("the message is not a JSON object of parameters: {error}"))
}

fn source(queue: &str, message_id: &str) -> String {
    format!("sqs://{queue}/{message_id}")
}

fn identity(queue: &str, message_id: &str) -> String {
    format!("sqs\n{queue}\n{message_id}")
}
