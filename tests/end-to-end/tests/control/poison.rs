//! A message that can never work is kept with its reason, blocks nothing, and is gone from its queue.

use aws_sdk_sqs::types::QueueAttributeName;
use end_to_end::{Laptop, Result, eventually};
use local_surface::REQUEST_QUEUE;
use serde_json::json;

const TYPED: &str = "
pipeline: typed
params:
  count: { type: integer, minimum: 1, maximum: 3, required: true }
  names: { type: array, default: [] }
stages:
  say: { image: busybox, command: [printf, '%s|', '${{ params.count }}', '${{ params.names }}'] }
";

#[tokio::test]
async fn parameters_of_the_wrong_type_are_rejected_by_name() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register(TYPED).await?;
    for (params, words) in [
        (json!({ "count": "two" }), "count"),
        (json!({ "count": 4 }), "3"),
        (json!({ "count": 1.5 }), "count"),
        (json!({}), "count"),
        (json!({ "count": 1, "names": "fig" }), "names"),
        (json!({ "count": 1, "nmaes": [] }), "names"),
    ] {
        let body = json!({ "action": "run", "pipeline": "typed", "params": params });
        let message = laptop.request(&body.to_string()).await?;
        let rejection = laptop.rejection(&format!("sqs://{REQUEST_QUEUE}/{message}")).await?;
        assert!(rejection.reason.contains(words), "{params}: {}", rejection.reason);
    }
    assert_eq!(laptop.runs().await?, []);
    let run = laptop.run("typed", json!({ "count": 2, "names": ["fig", "a b"] })).await?;
    let whole = laptop.ended(&run).await?;
    assert_eq!(laptop.log(&whole.stages.get("say").ok_or("no stage")?.value)?, b"2|fig|a b|");
    laptop.stop().await
}

#[tokio::test]
async fn poison_is_parked_and_those_behind_it_go_on() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register("pipeline: p\nstages:\n  a: { image: x, command: ['true'] }\n").await?;
    let poison = ["hello", "[[[[", "{\"action\":\"run\",\"pipeline\":\"nobody\"}", "null", "\u{feff}{}", "   "];
    let mut messages = Vec::new();
    for body in poison {
        messages.push(laptop.request(body).await?);
    }
    laptop.send("batchwright-uploads", "not an event").await?;
    laptop.send("batchwright-wake", "not a wake-up").await?;
    let run = laptop.run("p", json!({})).await?;
    laptop.ended(&run).await?;
    for message in messages {
        laptop.rejection(&format!("sqs://{REQUEST_QUEUE}/{message}")).await?;
    }
    for queue in [REQUEST_QUEUE, "batchwright-uploads", "batchwright-wake"] {
        eventually(&format!("{queue} to be empty"), async || Ok((waiting(&laptop, queue).await? == 0).then_some(())))
            .await?;
    }
    for function in ["on-message", "on-upload", "on-wake", "on-job-change"] {
        assert_eq!(waiting(&laptop, &format!("batchwright-{function}-dead-letters")).await?, 0, "{function}");
    }
    laptop.stop().await
}

/// The messages of a queue, seen by others or not.
pub(crate) async fn waiting(laptop: &Laptop, queue: &str) -> Result<u64> {
    let url = laptop.sqs().get_queue_url().queue_name(queue).send().await?;
    let of = laptop.sqs().get_queue_attributes().set_queue_url(url.queue_url);
    let attributes = of.attribute_names(QueueAttributeName::All).send().await?;
    let attributes = attributes.attributes.ok_or("no attributes")?;
    let mut waiting = 0;
    for name in [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        QueueAttributeName::ApproximateNumberOfMessagesDelayed,
    ] {
        waiting += attributes.get(&name).ok_or("an attribute is missing")?.parse::<u64>()?;
    }
    Ok(waiting)
}
