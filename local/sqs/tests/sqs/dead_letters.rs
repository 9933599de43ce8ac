//! Messages that nobody can handle.

use std::time::Duration;

use aws_sdk_sqs::types::{MessageSystemAttributeName as System, QueueAttributeName as Name};
use tokio::time::advance;

use crate::setup::{Fixture, bodies, code};

const DEAD_ARN: &str = "arn:aws:sqs:us-east-1:000000000000:dead";

async fn with_dead_letters(after: u32) -> (Fixture, String) {
    let it = Fixture::new(&[("VisibilityTimeout", "1")]);
    let dead = it.client.create_queue().queue_name("dead").send().await.unwrap().queue_url.unwrap();
    let policy = format!(r#"{{"deadLetterTargetArn":"{DEAD_ARN}","maxReceiveCount":{after}}}"#);
    let set = it.client.set_queue_attributes().queue_url(&it.url).attributes(Name::RedrivePolicy, policy);
    set.send().await.unwrap();
    (it, dead)
}

#[tokio::test(start_paused = true)]
async fn the_receive_after_the_last_one_moves_a_message() {
    let (it, dead) = with_dead_letters(2).await;
    it.send("poison").await;
    for _ in 0..2 {
        assert_eq!(bodies(&it.receive(0).await), ["poison"]);
        advance(Duration::from_secs(1)).await;
    }
    it.send("good").await;
    let receive_dead = || {
        let receive = it.client.receive_message().queue_url(&dead).wait_time_seconds(20);
        receive.message_system_attribute_names(System::All).send()
    };
    // Someone waits at the dead-letter queue, and is woken by the move.
    let (moved, received) = tokio::join!(receive_dead(), it.receive(0));
    assert_eq!(bodies(&received), ["good"]);
    let moved = moved.unwrap();
    assert_eq!(bodies(moved.messages()), ["poison"]);
    let system = moved.messages()[0].attributes().unwrap();
    assert_eq!(system[&System::DeadLetterQueueSourceArn], "arn:aws:sqs:us-east-1:000000000000:jobs");
    assert_eq!(system[&System::ApproximateReceiveCount], "3", "receives are counted across all queues");
}

/// A server that is killed while messages are handled says nothing against the messages.
#[tokio::test(start_paused = true)]
async fn what_was_released_was_not_failed_at() {
    let (it, _) = with_dead_letters(2).await;
    it.send("good").await;
    for _ in 0..9 {
        assert_eq!(bodies(&it.receive(0).await), ["good"]);
        it.sqs.release("jobs").unwrap();
    }
    for _ in 0..2 {
        assert_eq!(bodies(&it.receive(0).await), ["good"], "all of its receives are left to it");
        advance(Duration::from_secs(1)).await;
    }
    assert_eq!(bodies(&it.receive(0).await), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn poison_in_front_does_not_hide_what_is_behind() {
    let (it, dead) = with_dead_letters(1).await;
    for _ in 0..25 {
        it.send("poison").await;
    }
    for _ in 0..3 {
        it.receive(0).await;
    }
    advance(Duration::from_secs(1)).await;
    it.send("good").await;
    assert_eq!(bodies(&it.receive(0).await), ["good"]);
    let counted = it.client.get_queue_attributes().queue_url(&dead).attribute_names(Name::All).send().await.unwrap();
    assert_eq!(counted.attributes.unwrap()[&Name::ApproximateNumberOfMessages], "25");
}

#[tokio::test(start_paused = true)]
async fn without_its_dead_letter_queue_a_message_stays() {
    let (it, dead) = with_dead_letters(1).await;
    it.client.delete_queue().queue_url(&dead).send().await.unwrap();
    it.send("poison").await;
    for _ in 0..3 {
        assert_eq!(bodies(&it.receive(0).await), ["poison"]);
        advance(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn sources_are_listed_and_messages_moved_back() {
    let (it, dead) = with_dead_letters(1).await;
    let sources = it.client.list_dead_letter_source_queues().queue_url(&dead).send().await.unwrap();
    assert_eq!(sources.queue_urls(), [it.url.as_str()]);
    it.send("again").await;
    it.receive(0).await;
    advance(Duration::from_secs(1)).await;
    assert!(it.receive(0).await.is_empty());
    it.client.start_message_move_task().source_arn(DEAD_ARN).send().await.unwrap();
    assert_eq!(bodies(&it.receive(0).await), ["again"]);
    let tasks = it.client.list_message_move_tasks().source_arn(DEAD_ARN).send().await.unwrap();
    let task = &tasks.results()[0];
    assert_eq!((task.status(), task.approximate_number_of_messages_moved()), (Some("COMPLETED"), 1));
    let no_dead_letters = sources_arn("jobs");
    let refused = it.client.start_message_move_task().source_arn(no_dead_letters).send().await;
    assert_eq!(code(refused), "InvalidParameterValue");
    let missing = it.client.start_message_move_task().source_arn(sources_arn("none")).send().await;
    assert_eq!(code(missing), "ResourceNotFoundException");
}

fn sources_arn(name: &str) -> String {
    format!("arn:aws:sqs:us-east-1:000000000000:{name}")
}
