//! Listing objects.

use aws_sdk_s3::types::EncodingType;
use proptest::{prelude::*, test_runner::TestRunner};

use crate::world::{BUCKET, World, code, world};

/// Keys and common prefixes, in order, of all pages of `size`.
async fn pages(world: &World, prefix: &str, delimiter: Option<&str>, size: i32) -> Vec<String> {
    let (mut token, mut seen) = (None, Vec::new());
    loop {
        let page = world.client.list_objects_v2().bucket(BUCKET).prefix(prefix).max_keys(size);
        let page = page.set_delimiter(delimiter.map(str::to_owned)).set_continuation_token(token).send().await.unwrap();
        let keys = page.contents().iter().map(|object| object.key().unwrap().to_owned());
        let prefixes = page.common_prefixes().iter().map(|prefix| prefix.prefix().unwrap().to_owned());
        let mut entries: Vec<String> = keys.chain(prefixes).collect();
        entries.sort();
        assert!(entries.len() <= usize::try_from(size).unwrap());
        assert_eq!(page.key_count(), Some(i32::try_from(entries.len()).unwrap()));
        seen.extend(entries);
        token = page.next_continuation_token.clone();
        assert_eq!(page.is_truncated(), Some(token.is_some()));
        if token.is_none() {
            return seen;
        }
    }
}

/// What S3 would list.
fn model(keys: &[String], prefix: &str, delimiter: Option<&str>) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    let mut keys: Vec<&String> = keys.iter().filter(|key| key.starts_with(prefix)).collect();
    keys.sort();
    for key in keys {
        let rest = &key[prefix.len()..];
        let entry = match delimiter.and_then(|delimiter| rest.find(delimiter).map(|at| at + delimiter.len())) {
            Some(end) => key[..prefix.len() + end].to_owned(),
            None => key.clone(),
        };
        if entries.last() != Some(&entry) {
            entries.push(entry);
        }
    }
    entries
}

#[tokio::test]
async fn more_than_a_thousand_keys_come_in_pages() {
    let world = world().await;
    let keys: Vec<String> = (0..1205).map(|n| format!("logs/{:02}/{n:04}.txt", n % 7)).collect();
    for key in &keys {
        world.put(key, "x").await;
    }
    let first = world.client.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    assert_eq!((first.contents().len(), first.is_truncated()), (1000, Some(true)));
    assert_eq!(pages(&world, "", None, 1000).await, model(&keys, "", None));
    assert_eq!(pages(&world, "logs/", Some("/"), 1000).await.len(), 7);
    assert_eq!(pages(&world, "logs/", Some("/"), 2).await, model(&keys, "logs/", Some("/")));
    assert_eq!(pages(&world, "logs/03/", Some("/"), 50).await, model(&keys, "logs/03/", Some("/")));
}

#[tokio::test]
async fn pages_of_any_size_are_what_s3_lists() {
    let world = world().await;
    let keys: Vec<String> = [
        "a",
        "a/",
        "a//",
        "a//b",
        "a/b",
        "a/b/c",
        "a0",
        "ab",
        "b",
        "b/\u{10ffff}",
        "b/\u{10ffff}/x",
        "ü/1",
        "ü/2",
        "z z+",
    ]
    .map(str::to_owned)
    .into();
    for key in &keys {
        world.put(key, "x").await;
    }
    for prefix in ["", "a", "a/", "b/", "ü", "none"] {
        for delimiter in [None, Some("/"), Some("//"), Some("b"), Some("\u{10ffff}")] {
            for size in [1, 2, 3, 100] {
                let listed = pages(&world, prefix, delimiter, size).await;
                assert_eq!(listed, model(&keys, prefix, delimiter), "{prefix:?} {delimiter:?} {size}");
            }
        }
    }
}

#[test]
fn any_keys_are_listed_as_s3_lists_them() {
    let strategy = (proptest::collection::btree_set("[ab/]{1,5}", 0..12), "[ab/]{0,2}", 1..5_i32);
    let mut runner = TestRunner::new(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tested = runner.run(&strategy, |(keys, prefix, size)| {
        let keys: Vec<String> = keys.into_iter().collect();
        runtime.block_on(async {
            let world = world().await;
            for key in &keys {
                world.put(key, "x").await;
            }
            assert_eq!(pages(&world, &prefix, Some("/"), size).await, model(&keys, &prefix, Some("/")));
        });
        Ok(())
    });
    tested.unwrap();
}

#[tokio::test]
async fn the_first_version_of_the_listing_goes_on_after_its_marker() {
    let world = world().await;
    for key in ["a/1", "a/2", "b", "c/1", "d e+f"] {
        world.put(key, "x").await;
    }
    let (mut marker, mut seen) = (None, Vec::new());
    loop {
        let page = world.client.list_objects().bucket(BUCKET).delimiter("/").max_keys(1).set_marker(marker);
        let page = page.send().await.unwrap();
        seen.extend(page.common_prefixes().iter().map(|prefix| prefix.prefix().unwrap().to_owned()));
        seen.extend(page.contents().iter().map(|object| object.key().unwrap().to_owned()));
        marker = page.next_marker.clone();
        if page.is_truncated() != Some(true) {
            break;
        }
    }
    assert_eq!(seen, ["a/", "b", "c/", "d e+f"]);
    let encoded = world.client.list_objects_v2().bucket(BUCKET).start_after("c/1").encoding_type(EncodingType::Url);
    let encoded = encoded.send().await.unwrap();
    assert_eq!(encoded.contents()[0].key(), Some("d+e%2Bf"));
    let object = &encoded.contents()[0];
    assert_eq!((object.size(), object.e_tag()), (Some(1), Some("\"9dd4e461268c8034f5c8564e155c67a6\"")));
    let none = world.client.list_objects_v2().bucket(BUCKET).max_keys(0).send().await.unwrap();
    assert_eq!((none.key_count(), none.is_truncated()), (Some(0), Some(false)));
    let forged = world.client.list_objects_v2().bucket(BUCKET).continuation_token("?").send().await;
    assert_eq!(code(forged), "InvalidArgument");
    assert_eq!(code(world.client.list_objects_v2().bucket("none").send().await), "NoSuchBucket");
}
