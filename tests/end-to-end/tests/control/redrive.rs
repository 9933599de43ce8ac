//! What was dead-lettered and is sent back is the same request still.

use aws_sdk_sqs::types::MessageAttributeValue;
use control::{FIRST_MESSAGE_ID, RunId, redrive};
use end_to_end::{Laptop, Result, eventually};
use local_surface::REQUEST_QUEUE;
use serde_json::json;

const DEAD_LETTERS: &str = "batchwright-on-message-dead-letters";

#[tokio::test]
async fn a_redriven_request_is_known_by_the_id_that_it_had_at_first() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.register("pipeline: p\nstages:\n  a: { image: x, command: ['true'] }\n").await?;
    let body = json!({ "action": "run", "pipeline": "p" }).to_string();
    let first = laptop.send(DEAD_LETTERS, &body).await?;
    assert_eq!(redrive(&laptop.sqs(), REQUEST_QUEUE).await?, 1);
    let run = RunId::of("p", &format!("sqs\n{REQUEST_QUEUE}\n{first}"));
    let whole = eventually("its run", async || Ok(laptop.table().whole_run(&run).await?)).await?;
    assert_eq!(whole.run.value.trigger["sqs"]["message_id"], first.as_str());
    laptop.ended(&run).await?;

    // It had been carried out, and was dead-lettered all the same.
    let attribute = MessageAttributeValue::builder().data_type("String").string_value(&first).build()?;
    let again = laptop.sqs().send_message().queue_url(DEAD_LETTERS).message_body(&body);
    again.message_attributes(FIRST_MESSAGE_ID, attribute).send().await?;
    assert_eq!(redrive(&laptop.sqs(), REQUEST_QUEUE).await?, 1);
    eventually("the queue is empty", async || {
        Ok((crate::poison::waiting(&laptop, REQUEST_QUEUE).await? == 0).then_some(()))
    })
    .await?;
    assert_eq!(laptop.runs().await?, [run]);
    assert_eq!(redrive(&laptop.sqs(), REQUEST_QUEUE).await?, 0);
    laptop.stop().await
}

#[tokio::test]
async fn a_queue_without_a_dead_letter_queue_says_so() -> Result<()> {
    let laptop = Laptop::start().await?;
    laptop.sqs().create_queue().queue_name("plain").send().await?;
    let error = redrive(&laptop.sqs(), "plain").await.expect_err("there is nothing to redrive").to_string();
    assert_eq!(error, "SQS: plain has no dead-letter queue");
    laptop.stop().await
}
