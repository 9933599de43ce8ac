//! Long polling: it waits as long as it must, and not longer.

use std::time::Duration;

use tokio::time::{Instant, advance, sleep};

use crate::setup::{Fixture, bodies};

#[tokio::test(start_paused = true)]
async fn an_empty_queue_is_waited_for_to_the_end() {
    let it = Fixture::new(&[("ReceiveMessageWaitTimeSeconds", "7")]);
    let start = Instant::now();
    assert!(it.receive(20).await.is_empty());
    assert_eq!(start.elapsed().as_secs(), 20);
    let own = it.client.receive_message().queue_url(&it.url).send().await.unwrap();
    assert!(own.messages().is_empty());
    assert_eq!(start.elapsed().as_secs(), 27, "the queue's wait counts if the receiver names none");
}

#[tokio::test(start_paused = true)]
async fn a_message_wakes_a_receiver_at_once() {
    let it = Fixture::new(&[]);
    let start = Instant::now();
    let (received, ()) = tokio::join!(it.receive(20), async {
        sleep(Duration::from_millis(3_217)).await;
        it.send("a").await;
    });
    assert_eq!(bodies(&received), ["a"]);
    assert_eq!(start.elapsed().as_millis(), 3_217);
}

#[tokio::test(start_paused = true)]
async fn a_hidden_message_wakes_a_receiver_when_its_time_comes() {
    let it = Fixture::new(&[("VisibilityTimeout", "4")]);
    it.client.send_message().queue_url(&it.url).message_body("delayed").delay_seconds(3).send().await.unwrap();
    let start = Instant::now();
    assert_eq!(bodies(&it.receive(20).await), ["delayed"]);
    assert_eq!(start.elapsed().as_secs(), 3);
    assert_eq!(bodies(&it.receive(20).await), ["delayed"]);
    assert_eq!(start.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_released_message_wakes_a_receiver() {
    let it = Fixture::new(&[]);
    it.send("a").await;
    let handle = it.receive(0).await[0].receipt_handle().unwrap().to_owned();
    let start = Instant::now();
    let (received, ()) = tokio::join!(it.receive(20), async {
        sleep(Duration::from_secs(2)).await;
        it.sqs.change_visibility("jobs", &handle, 0).unwrap();
    });
    assert_eq!((bodies(&received), start.elapsed().as_secs()), (vec!["a"], 2));
}

#[tokio::test(start_paused = true)]
async fn a_deleted_queue_ends_the_wait() {
    let it = Fixture::new(&[]);
    let receive = it.client.receive_message().queue_url(&it.url).wait_time_seconds(20).send();
    let (received, _) = tokio::join!(receive, async {
        advance(Duration::from_secs(1)).await;
        it.client.delete_queue().queue_url(&it.url).send().await.unwrap();
    });
    assert!(received.unwrap_err().into_service_error().is_queue_does_not_exist());
}

#[tokio::test(start_paused = true)]
async fn each_of_many_messages_reaches_one_of_many_receivers() {
    let it = Fixture::new(&[]);
    let receivers = futures(10, || async {
        let mut got = Vec::new();
        loop {
            let messages = it.sqs.receive("jobs", 3, Duration::from_secs(5)).await.unwrap();
            if messages.is_empty() {
                return got;
            }
            got.extend(messages.into_iter().map(|message| message.body));
        }
    });
    let (got, ()) = tokio::join!(receivers, async {
        for number in 0..200 {
            it.send(&format!("{number:03}")).await;
            if number % 7 == 0 {
                sleep(Duration::from_millis(10)).await;
            }
        }
    });
    let mut got: Vec<String> = got.into_iter().flatten().collect();
    got.sort();
    assert_eq!(got, (0..200).map(|number| format!("{number:03}")).collect::<Vec<_>>());
}

/// Runs `count` futures side by side.
async fn futures<F: Future>(count: usize, make: impl Fn() -> F) -> Vec<F::Output> {
    let mut running: Vec<_> = (0..count).map(|_| (Box::pin(make()), None)).collect();
    std::future::poll_fn(|context| {
        for (future, output) in running.iter_mut().filter(|(_, output)| output.is_none()) {
            if let std::task::Poll::Ready(done) = future.as_mut().poll(context) {
                *output = Some(done);
            }
        }
        match running.iter().all(|(_, output)| output.is_some()) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    running.into_iter().filter_map(|(_, output)| output).collect()
}
