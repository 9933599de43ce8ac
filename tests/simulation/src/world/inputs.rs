//! Putting in what people and producers put in. All of it is acknowledged.

use std::{collections::BTreeSet, time::Duration};

use local_surface::{Function, INBOX_BUCKET, REQUEST_QUEUE};
use serde_json::json;

use crate::{
    Error, Result,
    dice::Dice,
    facts::{Asked, Facts},
    plan::{Input, MALFORMED},
    world::World,
};

impl World {
    pub(super) async fn put_in(&self, input: &Input) -> Result<()> {
        self.witness.trace(|| format!("input: {input:?}"));
        match input {
            Input::Upload { pipeline, key, content } => {
                self.upload(key, content).await?;
                self.witness.ask(Asked::Upload { pipeline: pipeline.clone(), key: key.clone() });
            }
            Input::Gathered { pipeline, key } => {
                self.upload(key, "x").await?;
                self.witness.ask(Asked::Gathered { pipeline: pipeline.clone(), key: key.clone() });
            }
            Input::Register { pipeline, text } => self.upload(&format!("pipelines/{pipeline}.yaml"), text).await?,
            Input::Run { pipeline, dedupe_key, priority } => {
                let body =
                    json!({ "action": "run", "pipeline": pipeline, "dedupe_key": dedupe_key, "priority": priority });
                let message = self.send(REQUEST_QUEUE, &body.to_string())?;
                self.witness.note(|facts| ask_run(facts, pipeline, dedupe_key.as_ref(), message));
            }
            Input::Order { pipeline, queue } => {
                self.send(queue, "{}")?;
                self.witness.ask(Asked::Order { pipeline: pipeline.clone(), queue: queue.clone() });
            }
            Input::Malformed(number) => {
                let message = self.send(REQUEST_QUEUE, MALFORMED.get(*number).copied().unwrap_or_default())?;
                self.witness.ask(Asked::Malformed { message });
            }
            Input::Cancel => {
                if let Some(run) = self.some_run(|_| true) {
                    self.cancel(&run)?;
                }
            }
            Input::Retry => {
                if let Some(run) = self.some_run(|status| matches!(status, "FAILED" | "CANCELLED")) {
                    self.send(REQUEST_QUEUE, &json!({ "action": "retry", "run_id": run }).to_string())?;
                    self.witness.note(|facts| *facts.retried.entry(run).or_default() += 1);
                }
            }
            Input::Stranger => self.deliveries.deliver(Function::OnJobChange, stranger(), Duration::ZERO),
        }
        Ok(())
    }

    async fn upload(&self, key: &str, content: &str) -> Result<()> {
        let config = aws_sdk_s3::config::Builder::from(&self.people).force_path_style(true).build();
        let put = aws_sdk_s3::Client::from_conf(config).put_object().bucket(INBOX_BUCKET).key(key);
        put.body(content.as_bytes().to_vec().into()).send().await.map_err(|error| Error(format!("{error:?}")))?;
        Ok(())
    }

    /// Sends a message. Its id.
    fn send(&self, queue: &str, body: &str) -> Result<String> {
        let (store, sqs) = (&self.services.store, &self.services.sqs);
        let sent =
            store.write(|transaction| sqs.send_in(transaction, queue, body, 0).map_err(local_store::Error::from));
        Ok(sent?.as_str().to_owned())
    }

    pub(super) fn cancel(&self, run: &str) -> Result<()> {
        self.send(REQUEST_QUEUE, &json!({ "action": "cancel", "run_id": run }).to_string())?;
        self.witness.note(|facts| {
            facts.cancelled.insert(run.to_owned());
        });
        Ok(())
    }

    /// One of the runs with such a status.
    fn some_run(&self, is: impl Fn(&str) -> bool) -> Option<String> {
        self.witness.look(|facts| {
            let runs: Vec<&String> = facts.runs.iter().filter(|(_, run)| is(&run.status)).map(|(id, _)| id).collect();
            Dice::of(self.plan.seed, ("some run", facts.now_ms)).pick(&runs).map(|run| (*run).clone())
        })
    }
}

/// Messages with one dedupe key are one request.
fn ask_run(facts: &mut Facts, pipeline: &str, dedupe_key: Option<&String>, message: String) {
    for asked in &mut facts.asked {
        if let Asked::Run { pipeline: of, messages, dedupe_key: Some(key) } = asked
            && of == pipeline
            && Some(&*key) == dedupe_key
        {
            messages.insert(message);
            return;
        }
    }
    let (pipeline, messages) = (pipeline.to_owned(), BTreeSet::from([message]));
    facts.asked.push(Asked::Run { pipeline, messages, dedupe_key: dedupe_key.cloned() });
}

/// The event of a job that somebody else submitted.
fn stranger() -> serde_json::Value {
    json!({
        "source": "aws.batch",
        "detail-type": "Batch Job State Change",
        "detail": { "jobName": "nightly-backup", "jobId": "2e9c1f0a-0000-4000-8000-000000000000", "status": "FAILED" },
    })
}
