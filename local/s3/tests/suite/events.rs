//! An object and its event are one.

use std::sync::{Arc, Mutex};

use aws_sdk_s3::primitives::ByteStream;
use local_s3::{EventName, S3, S3Event};

use crate::world::{BUCKET, Seen, client, code, config, files, store, world};

#[tokio::test]
async fn every_change_sends_the_record_that_aws_sends() {
    let world = world().await;
    world.put("in/a b+ü.csv", "hello").await;
    let copy =
        world.client.copy_object().bucket(BUCKET).key("copy").copy_source(format!("{BUCKET}/in/a%20b%2B%C3%BC.csv"));
    copy.send().await.unwrap();
    world.client.delete_object().bucket(BUCKET).key("copy").send().await.unwrap();
    world.client.delete_object().bucket(BUCKET).key("never there").send().await.unwrap();
    let names = ["ObjectCreated:Put in/a+b%2B%C3%BC.csv", "ObjectCreated:Copy copy", "ObjectRemoved:Delete copy"];
    assert_eq!(world.events.names(), names);
    let events = world.events.all();
    assert_eq!(events[0]["awsRegion"], "us-east-1");
    assert!(events[0]["eventTime"].as_str().unwrap().starts_with("2025-11-24T16:00:"));
    assert_eq!(events[0]["s3"]["configurationId"], "test");
    assert_eq!(events[0]["s3"]["object"]["size"], 5);
    assert_eq!(events[0]["s3"]["object"]["eTag"], "5d41402abc4b2a76b9719d911017c592");
    assert!(events[2]["s3"]["object"].get("size").is_none());
    let sequencers: Vec<&str> =
        events.iter().map(|event| event["s3"]["object"]["sequencer"].as_str().unwrap()).collect();
    assert!(sequencers.is_sorted_by(|a, b| a < b && a.len() == b.len()), "{sequencers:?}");
}

#[tokio::test]
async fn if_the_event_cannot_be_written_the_object_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let seen = Seen::default();
    let hook = {
        let seen = Arc::clone(&seen);
        move |transaction: &rusqlite::Transaction<'_>, event: &S3Event| {
            seen.lock().unwrap().push(event.clone());
            transaction.execute("INSERT INTO test_event (message) VALUES (?1)", [event.message("test")])?;
            match event.key.as_str() {
                "refused" => Err(rusqlite::Error::QueryReturnedNoRows),
                _ => Ok(()),
            }
        }
    };
    let store = store(folder.path());
    let s3 = S3::open(config(folder.path(), store.clone(), Arc::new(hook))).unwrap();
    let client = client(&s3);
    s3.create_bucket(BUCKET).await.unwrap();
    let put =
        |key: &'static str| client.put_object().bucket(BUCKET).key(key).body(ByteStream::from_static(b"x")).send();
    put("taken").await.unwrap();
    let refused = aws_sdk_s3::config::retry::RetryConfig::disabled();
    let client = aws_sdk_s3::Client::from_conf(client.config().to_builder().retry_config(refused).build());
    let put = client.put_object().bucket(BUCKET).key("refused").body(ByteStream::from_static(b"x")).send().await;
    assert_eq!(code(put), "InternalError");
    assert_eq!(code(client.get_object().bucket(BUCKET).key("refused").send().await), "NoSuchKey");
    assert_eq!(files(folder.path()).len(), 1);
    let written: i64 =
        store.read(|connection| connection.query_row("SELECT count(*) FROM test_event", [], |row| row.get(0))).unwrap();
    assert_eq!(written, 1, "what the hook wrote was undone with it");
    assert_eq!(seen.lock().unwrap().len(), 2);
    assert_eq!(seen.lock().unwrap()[0].name, EventName::CreatedPut);
}

/// The same seed, the same ids, the same order: two runs in virtual time leave the same events.
#[test]
fn the_same_seed_gives_the_same_events() {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let events: Arc<Mutex<Vec<String>>> = Arc::default();
            let kept = Arc::clone(&events);
            let hook = move |_: &rusqlite::Transaction<'_>, event: &S3Event| {
                kept.lock().unwrap().push(event.message("test"));
                Ok(())
            };
            let store = local_store::Store::memory().unwrap();
            let mut config = config(folder.path(), store, Arc::new(hook));
            config.ids = ambient::Ids::seeded(7);
            let s3 = S3::open(config).unwrap();
            s3.create_bucket(BUCKET).await.unwrap();
            let client = client(&s3);
            let puts = (0..20).map(|n| {
                let put = client.put_object().bucket(BUCKET).key(format!("{}", n % 5));
                put.body(ByteStream::from(vec![0; n * 100_000])).send()
            });
            for put in futures_util::future::join_all(puts).await {
                put.unwrap();
            }
            std::mem::take(&mut *events.lock().unwrap())
        })
    };
    assert_eq!(run(), run());
}
