//! Sending, receiving, deleting.

use std::time::Duration;

use aws_sdk_sqs::{
    primitives::Blob,
    types::{
        DeleteMessageBatchRequestEntry, MessageAttributeValue, MessageSystemAttributeName as System,
        SendMessageBatchRequestEntry,
    },
};
use tokio::time::advance;

use crate::setup::{Fixture, START_MS, bodies, code};

fn text(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_message_comes_as_it_was_sent() {
    let it = Fixture::new(&[]);
    let body = "ü{\"a\": \"<&>\"}\n😀";
    let binary =
        MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([0, 255])).build().unwrap();
    let send = it.client.send_message().queue_url(&it.url).message_body(body);
    let sent = send.message_attributes("kind", text("run")).message_attributes("raw", binary).send().await.unwrap();
    advance(Duration::from_millis(1_500)).await;
    let receive = it.client.receive_message().queue_url(&it.url).message_attribute_names("All");
    let received = receive.message_system_attribute_names(System::All).send().await.unwrap();
    let message = &received.messages()[0];
    assert_eq!(message.body(), Some(body));
    assert_eq!(message.message_id(), sent.message_id());
    assert_eq!(message.md5_of_body(), sent.md5_of_message_body());
    assert_eq!(message.md5_of_message_attributes(), sent.md5_of_message_attributes());
    assert!(sent.md5_of_message_attributes().is_some());
    let attributes = message.message_attributes().unwrap();
    assert_eq!(attributes["kind"].string_value(), Some("run"));
    assert_eq!(attributes["raw"].binary_value().unwrap().as_ref(), [0, 255]);
    let system = message.attributes().unwrap();
    assert_eq!(system[&System::ApproximateReceiveCount], "1");
    assert_eq!(system[&System::SentTimestamp], START_MS.to_string());
    assert_eq!(system[&System::ApproximateFirstReceiveTimestamp], (START_MS + 1_500).to_string());
    assert_eq!(system[&System::SenderId], "000000000000");
}

#[tokio::test(start_paused = true)]
async fn attributes_that_were_not_asked_for_stay_away() {
    let it = Fixture::new(&[]);
    let send = it.client.send_message().queue_url(&it.url).message_body("x").message_group_id("g");
    let sent = send.message_attributes("a", text("1")).message_attributes("b", text("2")).send().await.unwrap();
    let receive = || it.client.receive_message().queue_url(&it.url).visibility_timeout(0);
    let bare = receive().send().await.unwrap();
    assert_eq!((bare.messages()[0].attributes(), bare.messages()[0].message_attributes()), (None, None));
    let some = receive().message_attribute_names("a").message_system_attribute_names(System::MessageGroupId);
    let some = some.send().await.unwrap();
    assert_eq!(some.messages()[0].message_attributes().unwrap().len(), 1);
    assert_eq!(some.messages()[0].attributes().unwrap()[&System::MessageGroupId], "g");
    assert_ne!(some.messages()[0].md5_of_message_attributes(), sent.md5_of_message_attributes());
}

#[tokio::test(start_paused = true)]
async fn a_message_is_hidden_while_it_is_in_flight() {
    let it = Fixture::new(&[("VisibilityTimeout", "10")]);
    it.send("a").await;
    let first = it.receive(0).await;
    advance(Duration::from_millis(9_999)).await;
    assert!(it.receive(0).await.is_empty());
    advance(Duration::from_millis(1)).await;
    let second = it.receive(0).await;
    assert_eq!(bodies(&second), ["a"]);
    assert_ne!(first[0].receipt_handle(), second[0].receipt_handle());

    let delete = |handle: Option<&str>| it.client.delete_message().queue_url(&it.url).receipt_handle(handle.unwrap());
    delete(first[0].receipt_handle()).send().await.unwrap();
    advance(Duration::from_secs(10)).await;
    let third = it.receive(0).await;
    assert_eq!(bodies(&third), ["a"], "a receipt that is not the newest deletes nothing");
    advance(Duration::from_secs(10)).await;
    delete(third[0].receipt_handle()).send().await.unwrap();
    assert!(it.receive(0).await.is_empty(), "the newest receipt deletes, even after its time");
    delete(third[0].receipt_handle()).send().await.unwrap();
    assert_eq!(code(delete(Some("AQEB")).send().await), "ReceiptHandleIsInvalid");
}

#[tokio::test(start_paused = true)]
async fn visibility_is_changed_from_now_on() {
    let it = Fixture::new(&[("VisibilityTimeout", "10")]);
    it.send("a").await;
    let handle = it.receive(0).await[0].receipt_handle().unwrap().to_owned();
    let change = |seconds| {
        let change = it.client.change_message_visibility().queue_url(&it.url).receipt_handle(&handle);
        change.visibility_timeout(seconds).send()
    };
    advance(Duration::from_secs(9)).await;
    change(20).await.unwrap();
    advance(Duration::from_secs(19)).await;
    assert!(it.receive(0).await.is_empty());
    assert_eq!(code(change(43_200).await), "InvalidParameterValue", "12 hours from the receive are the limit");
    change(0).await.unwrap();
    assert_eq!(code(change(5).await), "AWS.SimpleQueueService.MessageNotInflight");
    assert_eq!(bodies(&it.receive(0).await), ["a"]);
    assert_eq!(code(change(5).await), "InvalidParameterValue", "the receipt is not the newest");
}

#[tokio::test(start_paused = true)]
async fn a_delay_is_the_message_s_or_the_queue_s() {
    let it = Fixture::new(&[("DelaySeconds", "5")]);
    it.send("queue").await;
    it.client.send_message().queue_url(&it.url).message_body("own").delay_seconds(0).send().await.unwrap();
    assert_eq!(bodies(&it.receive(0).await), ["own"]);
    advance(Duration::from_secs(5)).await;
    assert_eq!(bodies(&it.receive(0).await), ["queue"]);
}

#[tokio::test(start_paused = true)]
async fn old_messages_are_dropped() {
    let it = Fixture::new(&[("MessageRetentionPeriod", "60")]);
    it.send("a").await;
    advance(Duration::from_millis(59_999)).await;
    it.send("b").await;
    advance(Duration::from_millis(1)).await;
    assert_eq!(bodies(&it.receive(0).await), ["b"]);
}

#[tokio::test(start_paused = true)]
async fn the_entries_of_a_batch_succeed_and_fail_alone() {
    let it = Fixture::new(&[]);
    let entry =
        |id: &str, body: &str| SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap();
    let batch = it.client.send_message_batch().queue_url(&it.url);
    let sent = batch.entries(entry("good", "a")).entries(entry("bad", "\0")).entries(entry("too", "b")).send();
    let sent = sent.await.unwrap();
    assert_eq!(sent.successful().iter().map(|one| one.id()).collect::<Vec<_>>(), ["good", "too"]);
    assert_eq!(sent.failed()[0].id(), "bad");
    assert_eq!((sent.failed()[0].code(), sent.failed()[0].sender_fault()), ("InvalidMessageContents", true));
    let received = it.receive(0).await;
    assert_eq!(bodies(&received), ["a", "b"]);
    let entries = received.iter().enumerate().map(|(index, message)| {
        let entry = DeleteMessageBatchRequestEntry::builder().id(index.to_string());
        entry.receipt_handle(message.receipt_handle().unwrap()).build().unwrap()
    });
    let wrong = DeleteMessageBatchRequestEntry::builder().id("wrong").receipt_handle("x").build().unwrap();
    let delete = it.client.delete_message_batch().queue_url(&it.url);
    let deleted = delete.set_entries(Some(entries.collect())).entries(wrong).send().await.unwrap();
    assert_eq!((deleted.successful().len(), deleted.failed()[0].code()), (2, "ReceiptHandleIsInvalid"));
}
