//! What the surface calls without HTTP.

use std::time::Duration;

use local_store::rusqlite;

use crate::setup::{Fixture, bodies, map};

#[tokio::test(start_paused = true)]
async fn a_message_is_sent_with_its_transaction_or_not_at_all() {
    let it = Fixture::new(&[]);
    let sent = |fail: bool| {
        it.store.write(|transaction| {
            it.sqs.send_in(transaction, "jobs", if fail { "lost" } else { "kept" }, 0)?;
            match fail {
                true => Err(rusqlite::Error::InvalidQuery.into()),
                false => Ok::<_, local_store::Error>(()),
            }
        })
    };
    assert!(sent(true).is_err());
    let (received, ()) = tokio::join!(it.receive(20), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        sent(false).unwrap();
    });
    assert_eq!(bodies(&received), ["kept"]);
    let missing =
        it.store.write(|transaction| Ok::<_, local_store::Error>(it.sqs.send_in(transaction, "none", "x", 0)?));
    assert!(matches!(missing, Err(local_store::Error::Sqlite(rusqlite::Error::QueryReturnedNoRows))));
}

#[tokio::test(start_paused = true)]
async fn messages_are_received_in_any_number_and_deleted_together() {
    let it = Fixture::new(&[("VisibilityTimeout", "1")]);
    it.store
        .write(|transaction| {
            (0..25).try_for_each(|_| it.sqs.send_in(transaction, "jobs", "x", 0).map(|_| ()))?;
            Ok::<_, local_store::Error>(())
        })
        .unwrap();
    let messages = it.sqs.receive("jobs", 100, Duration::ZERO).await.unwrap();
    assert_eq!(messages.len(), 25);
    let handles: Vec<&str> = messages.iter().skip(1).map(|message| message.receipt_handle.as_str()).collect();
    it.sqs.delete("jobs", &handles).unwrap();
    let again = it.sqs.receive("jobs", 100, Duration::from_secs(5)).await.unwrap();
    assert_eq!(again.iter().map(|message| &message.id).collect::<Vec<_>>(), [&messages[0].id]);
    assert_eq!(again[0].receive_count, 2);
    let record = again[0].lambda_record(&it.sqs.arn("jobs"));
    assert_eq!(record["eventSourceARN"], "arn:aws:sqs:us-east-1:000000000000:jobs");
    assert_eq!(record["attributes"]["ApproximateReceiveCount"], "2");
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_there_is_not_created_with_other_attributes() {
    let it = Fixture::new(&[("VisibilityTimeout", "1")]);
    it.sqs.create_queue("jobs", &map(&[("VisibilityTimeout", "1")])).unwrap();
    assert!(it.sqs.create_queue("jobs", &map(&[("VisibilityTimeout", "2")])).is_err());
    assert!(it.sqs.create_queue("a b", &map(&[])).is_err());
}

#[tokio::test(start_paused = true)]
async fn what_is_in_flight_is_released_and_what_is_delayed_is_not() {
    let it = Fixture::new(&[]);
    it.send("in flight").await;
    it.receive(0).await;
    it.client.send_message().queue_url(&it.url).message_body("delayed").delay_seconds(9).send().await.unwrap();
    it.sqs.release("jobs").unwrap();
    assert_eq!(bodies(&it.receive(0).await), ["in flight"]);
    assert_eq!(it.sqs.queue_names().unwrap(), ["jobs"]);
}
