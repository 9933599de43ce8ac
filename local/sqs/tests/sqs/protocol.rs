//! The bytes on the wire, for clients that are not the SDK.

use http::{Request, Response};
use http_body_util::BodyExt;
use local_wire::{Body, Service, body};
use serde_json::Value;

use crate::setup::Fixture;

async fn post(it: &Fixture, target: &str, content: &str) -> (Response<()>, Value) {
    let request = Request::builder().method("POST").uri("/").header("host", "127.0.0.1:9999");
    let request = match target {
        "" => request,
        target => request.header("x-amz-target", target),
    };
    let response: Response<Body> = it.sqs.call(request.body(body(content.to_owned())).unwrap()).await;
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (Response::from_parts(parts, ()), serde_json::from_slice(&bytes).unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_error_has_both_its_names() {
    let it = Fixture::new(&[]);
    let (response, content) = post(&it, "AmazonSQS.GetQueueUrl", r#"{"QueueName":"none"}"#).await;
    assert_eq!(response.status(), 400);
    assert_eq!(response.headers()["x-amzn-query-error"], "AWS.SimpleQueueService.NonExistentQueue;Sender");
    assert_eq!(response.headers()["content-type"], "application/x-amz-json-1.0");
    assert_eq!(content["__type"], "com.amazonaws.sqs#QueueDoesNotExist");
    assert_eq!(content["message"], "The specified queue does not exist.");
}

#[tokio::test(start_paused = true)]
async fn urls_are_of_the_host_that_was_called() {
    let it = Fixture::new(&[]);
    let (_, content) = post(&it, "AmazonSQS.GetQueueUrl", r#"{"QueueName":"jobs","Unknown":1}"#).await;
    assert_eq!(content["QueueUrl"], "http://127.0.0.1:9999/000000000000/jobs");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_a_request_gets_an_error() {
    let it = Fixture::new(&[]);
    for (target, content, expected) in [
        ("", "Action=ListQueues", "UnknownOperationException"),
        ("AmazonSQS.AddPermission", "{}", "UnknownOperationException"),
        ("AmazonSQS.SendMessage", "{", "SerializationException"),
        ("AmazonSQS.SendMessage", r#"{"QueueUrl":7}"#, "SerializationException"),
        ("AmazonSQS.SendMessage", "{}", "MissingParameter"),
        ("AmazonSQS.SendMessage", r#"{"QueueUrl":"http://x/0/jobs"}"#, "MissingParameter"),
        ("AmazonSQS.ReceiveMessage", "", "MissingParameter"),
        (
            "AmazonSQS.ReceiveMessage",
            r#"{"QueueUrl":"http://x/0/jobs","MaxNumberOfMessages":1e99}"#,
            "SerializationException",
        ),
    ] {
        let (response, _) = post(&it, target, content).await;
        let code = response.headers()["x-amzn-query-error"].to_str().unwrap();
        assert_eq!(code, format!("{expected};Sender"), "{target} {content}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_empty_receive_is_an_empty_object() {
    let it = Fixture::new(&[]);
    let (response, content) = post(&it, "AmazonSQS.ReceiveMessage", r#"{"QueueUrl":"jobs"}"#).await;
    assert_eq!((response.status().as_u16(), content), (200, serde_json::json!({})));
}
