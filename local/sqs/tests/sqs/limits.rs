//! What is refused, as AWS refuses it.

use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};

use crate::setup::{Fixture, code};

const MIB: usize = 1_048_576;

#[tokio::test(start_paused = true)]
async fn a_message_is_one_mib_at_most_with_its_attributes() {
    let it = Fixture::new(&[]);
    let send = |bytes| it.client.send_message().queue_url(&it.url).message_body("x".repeat(bytes));
    send(MIB).send().await.unwrap();
    assert_eq!(code(send(MIB + 1).send().await), "InvalidParameterValue");
    let value = MessageAttributeValue::builder().data_type("String").string_value("v").build().unwrap();
    // The name, "String" and the value: 1 + 6 + 1 bytes.
    send(MIB - 8).message_attributes("n", value.clone()).send().await.unwrap();
    assert_eq!(code(send(MIB - 7).message_attributes("n", value).send().await), "InvalidParameterValue");
}

#[tokio::test(start_paused = true)]
async fn numbers_have_bounds() {
    let it = Fixture::new(&[]);
    for delay in [-1, 901] {
        let send = it.client.send_message().queue_url(&it.url).message_body("x").delay_seconds(delay);
        assert_eq!(code(send.send().await), "InvalidParameterValue");
    }
    let receive = || it.client.receive_message().queue_url(&it.url);
    for refused in [
        receive().max_number_of_messages(0),
        receive().max_number_of_messages(11),
        receive().wait_time_seconds(21),
        receive().visibility_timeout(43_201),
        receive().visibility_timeout(-1),
    ] {
        assert_eq!(code(refused.send().await), "InvalidParameterValue");
    }
    for refused in ["", "\u{1}"] {
        assert!(it.client.send_message().queue_url(&it.url).message_body(refused).send().await.is_err());
    }
    assert!(it.receive(0).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_batch_has_one_to_ten_entries_with_ids_of_their_own() {
    let it = Fixture::new(&[]);
    let entry = |id: &str, bytes: usize| {
        SendMessageBatchRequestEntry::builder().id(id).message_body("x".repeat(bytes)).build().unwrap()
    };
    let send = |entries| it.client.send_message_batch().queue_url(&it.url).set_entries(Some(entries)).send();
    let many = |count: usize| (0..count).map(|index| entry(&index.to_string(), 1)).collect::<Vec<_>>();
    assert_eq!(send(many(10)).await.unwrap().successful().len(), 10);
    for (entries, expected) in [
        (Vec::new(), "EmptyBatchRequest"),
        (many(11), "TooManyEntriesInBatchRequest"),
        (vec![entry("a", 1), entry("a", 1)], "BatchEntryIdsNotDistinct"),
        (vec![entry("a b", 1)], "InvalidBatchEntryId"),
        (vec![entry("a", MIB), entry("b", 1)], "BatchRequestTooLong"),
    ] {
        assert_eq!(code(send(entries).await), format!("AWS.SimpleQueueService.{expected}"));
    }
    assert_eq!(it.receive(0).await.len(), 10, "what was refused was not sent");
    assert!(it.receive(0).await.is_empty());
}
