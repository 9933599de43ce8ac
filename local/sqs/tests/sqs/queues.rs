//! Queues as wholes.

use aws_sdk_sqs::{operation::create_queue::CreateQueueError, types::QueueAttributeName as Name};

use crate::setup::{Fixture, START_MS, code, service};

#[tokio::test(start_paused = true)]
async fn a_queue_is_created_once_and_found() {
    let it = Fixture::new(&[("VisibilityTimeout", "5")]);
    let create = || it.client.create_queue().queue_name("jobs");
    let again = create().attributes(Name::VisibilityTimeout, "5").send().await.unwrap();
    assert_eq!(again.queue_url(), Some(it.url.as_str()));
    create().send().await.unwrap();
    let other = create().attributes(Name::VisibilityTimeout, "6").send().await;
    assert!(matches!(other.unwrap_err().into_service_error(), CreateQueueError::QueueNameExists(_)));
    let found = it.client.get_queue_url().queue_name("jobs").send().await.unwrap();
    assert_eq!(found.queue_url(), Some(it.url.as_str()));
    let none = it.client.get_queue_url().queue_name("none").send().await;
    assert!(none.unwrap_err().into_service_error().is_queue_does_not_exist());
    let fifo = it.client.create_queue().queue_name("jobs.fifo").attributes(Name::FifoQueue, "true").send().await;
    assert_eq!(code(fifo), "AWS.SimpleQueueService.UnsupportedOperation");
}

#[tokio::test(start_paused = true)]
async fn attributes_are_listed_and_set() {
    let it = Fixture::new(&[]);
    let all = it.client.get_queue_attributes().queue_url(&it.url).attribute_names(Name::All).send().await.unwrap();
    let all = all.attributes.unwrap();
    let created = (START_MS / 1_000).to_string();
    for (name, value) in [
        (Name::QueueArn, "arn:aws:sqs:us-east-1:000000000000:jobs"),
        (Name::VisibilityTimeout, "30"),
        (Name::DelaySeconds, "0"),
        (Name::MaximumMessageSize, "1048576"),
        (Name::MessageRetentionPeriod, "345600"),
        (Name::ReceiveMessageWaitTimeSeconds, "0"),
        (Name::ApproximateNumberOfMessages, "0"),
        (Name::CreatedTimestamp, &created),
    ] {
        assert_eq!(all.get(&name).map(String::as_str), Some(value), "{name}");
    }
    assert!(!all.contains_key(&Name::RedrivePolicy));
    let none = it.client.get_queue_attributes().queue_url(&it.url).send().await.unwrap();
    assert!(none.attributes.unwrap_or_default().is_empty());

    let set = |name, value| it.client.set_queue_attributes().queue_url(&it.url).attributes(name, value).send();
    set(Name::VisibilityTimeout, "7").await.unwrap();
    assert_eq!(it.attribute(Name::VisibilityTimeout).await, "7");
    assert_eq!(code(set(Name::VisibilityTimeout, "43201").await), "InvalidAttributeValue");
    assert_eq!(code(set(Name::from("Colour"), "red").await), "InvalidAttributeName");
    let missing = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:none","maxReceiveCount":1}"#;
    assert_eq!(code(set(Name::RedrivePolicy, missing).await), "InvalidParameterValue");
}

#[tokio::test(start_paused = true)]
async fn counts_tell_visible_in_flight_and_delayed() {
    let it = Fixture::new(&[]);
    it.send("a").await;
    it.client.send_message().queue_url(&it.url).message_body("b").delay_seconds(9).send().await.unwrap();
    it.receive(0).await;
    it.send("c").await;
    it.send("d").await;
    assert_eq!(it.attribute(Name::ApproximateNumberOfMessages).await, "2");
    assert_eq!(it.attribute(Name::ApproximateNumberOfMessagesNotVisible).await, "1");
    assert_eq!(it.attribute(Name::ApproximateNumberOfMessagesDelayed).await, "1");
}

#[tokio::test(start_paused = true)]
async fn lists_are_by_prefix_and_in_pages() {
    let it = Fixture::new(&[]);
    for name in ["a-1", "a-2", "a-3", "A-4", "b"] {
        it.client.create_queue().queue_name(name).send().await.unwrap();
    }
    let list = || it.client.list_queues().queue_name_prefix("a-").max_results(2);
    let first = list().send().await.unwrap();
    assert!(first.queue_urls()[1].ends_with("/a-2"));
    let second = list().next_token(first.next_token().unwrap()).send().await.unwrap();
    assert!(second.queue_urls()[0].ends_with("/a-3"));
    assert_eq!((first.queue_urls().len(), second.queue_urls().len(), second.next_token()), (2, 1, None));
    assert_eq!(it.client.list_queues().send().await.unwrap().queue_urls().len(), 6);
}

#[tokio::test(start_paused = true)]
async fn purging_and_deleting_take_the_messages() {
    let it = Fixture::new(&[]);
    it.send("a").await;
    let purge = || it.client.purge_queue().queue_url(&it.url).send();
    purge().await.unwrap();
    assert!(it.receive(0).await.is_empty());
    assert_eq!(code(purge().await), "AWS.SimpleQueueService.PurgeQueueInProgress");
    it.send("b").await;
    it.client.delete_queue().queue_url(&it.url).send().await.unwrap();
    it.client.create_queue().queue_name("jobs").send().await.unwrap();
    assert!(it.receive(0).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn tags_come_and_go() {
    let it = Fixture::new(&[]);
    it.client.tag_queue().queue_url(&it.url).tags("a", "1").tags("b", "2").send().await.unwrap();
    it.client.untag_queue().queue_url(&it.url).tag_keys("a").send().await.unwrap();
    let tags = it.client.list_queue_tags().queue_url(&it.url).send().await.unwrap().tags.unwrap();
    assert_eq!(tags.into_iter().collect::<Vec<_>>(), [("b".to_owned(), "2".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn all_survives_a_restart() {
    let it = Fixture::new(&[("VisibilityTimeout", "60")]);
    it.send("a").await;
    let restarted = service(it.store.clone());
    let messages = restarted.receive("jobs", 1, std::time::Duration::ZERO).await.unwrap();
    assert_eq!(messages[0].body, "a");
    assert_eq!(it.attribute(Name::VisibilityTimeout).await, "60");
}
