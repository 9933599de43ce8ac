//! Messages: requests of people and producers, and parameters from queues with a trigger.

use serde_json::{Map, Value, json};

use crate::{Admission, Control, Error, Invocation, RunId, request::Request};

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
        invocation: &Invocation,
    ) -> Result<(), Error> {
        let source = format!("sqs://{queue}/{message_id}");
        let identity = format!("sqs\n{queue}\n{message_id}");
        if queue != self.config.request_queue {
            return self.message_of_trigger(queue, &source, &identity, body, invocation).await;
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
                    params: &params,
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
        queue: &str,
        source: &str,
        identity: &str,
        body: &str,
        invocation: &Invocation,
    ) -> Result<(), Error> {
        let triggers = self.table.triggers(&format!("sqs:{queue}")).await?;
        if triggers.is_empty() {
            return self.reject(source, identity, format!("no pipeline has a trigger on the queue {queue}")).await;
        }
        let params: Map<String, Value> = match serde_json::from_str(body) {
            Ok(params) => params,
            Err(error) => {
                let reason = format!("the message is not a JSON object of parameters: {error}");
                return self.reject(source, identity, reason).await;
            }
        };
        for trigger in &triggers {
            let admission = Admission {
                pipeline: &trigger.pipeline,
                params: &params,
                identity,
                source,
                trigger: json!({ "sqs": { "queue": queue } }),
                priority: None,
            };
            self.admit(&admission, invocation).await?;
        }
        Ok(())
    }
}
