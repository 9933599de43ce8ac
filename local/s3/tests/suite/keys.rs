//! Any key works.

use aws_sdk_s3::{error::ProvideErrorMetadata, primitives::ByteStream};

use crate::world::{BUCKET, code, world};

fn odd_keys() -> Vec<String> {
    let mut keys: Vec<String> = [
        "plain.csv",
        "with space and  two",
        "a+b%20c%2Fd",
        "ünï/日本語/🦀",
        "../up",
        "a/../../b",
        "./dot",
        ".",
        "..",
        "a//b",
        "//",
        "/leading",
        "trailing/",
        "folder/",
        "?query=1&x#fragment",
        "semi;colon:at@comma,",
        "quotes\"'`<>&",
        "brackets[]{}|\\^~",
        "*!()$=",
        "new\nline\ttab",
        "CON",
        "%",
        "a\u{301}",
        "á",
    ]
    .map(str::to_owned)
    .into();
    keys.push("x".repeat(1024));
    keys.push("é".repeat(512));
    keys.push("d/".repeat(512));
    keys
}

#[tokio::test]
async fn every_key_of_utf_8_is_kept_apart_and_comes_back() {
    let world = world().await;
    for key in odd_keys() {
        world.put(&key, key.as_bytes()).await;
    }
    for key in odd_keys() {
        assert_eq!(world.get(&key).await, key.as_bytes(), "{key:?}");
        let head = world.client.head_object().bucket(BUCKET).key(&key).send().await.unwrap();
        assert_eq!(head.content_length(), Some(key.len() as i64), "{key:?}");
    }
    let listed = world.client.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    let listed: Vec<&str> = listed.contents().iter().map(|object| object.key().unwrap()).collect();
    let mut expected = odd_keys();
    expected.sort();
    assert_eq!(listed, expected);
    for key in odd_keys() {
        world.client.delete_object().bucket(BUCKET).key(&key).send().await.unwrap();
    }
    assert!(world.files().is_empty());
}

#[tokio::test]
async fn a_key_that_is_too_long_is_refused_by_name() {
    let world = world().await;
    let long = "x".repeat(1025);
    let put = world.client.put_object().bucket(BUCKET).key(&long).body(ByteStream::from_static(b"x")).send().await;
    assert!(put.as_ref().unwrap_err().message().is_some_and(|message| message.contains("1025 bytes of at most 1024")));
    assert_eq!(code(put), "KeyTooLongError");
    assert_eq!(code(world.client.get_object().bucket(BUCKET).key("é".repeat(513)).send().await), "KeyTooLongError");
    assert!(world.files().is_empty());
}
