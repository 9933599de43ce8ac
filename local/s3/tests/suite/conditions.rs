//! Conditional reads and writes.

use aws_sdk_s3::primitives::{ByteStream, DateTime};

use crate::world::{BUCKET, World, code, world};

#[tokio::test]
async fn a_reader_who_has_it_already_gets_nothing() {
    let world = world().await;
    let etag = world.put("a", "hello").await.e_tag.unwrap();
    let get = || world.client.get_object().bucket(BUCKET).key("a");
    let status = |error: aws_sdk_s3::error::SdkError<_>| error.raw_response().unwrap().status().as_u16();
    let same = get().if_none_match(&etag).send().await;
    assert_eq!(status(same.unwrap_err()), 304);
    let later = DateTime::from_secs(1_764_000_001);
    assert_eq!(status(get().if_modified_since(later).send().await.unwrap_err()), 304);
    assert_eq!(status(get().if_match("\"other\"").send().await.unwrap_err()), 412);
    assert_eq!(code(get().if_unmodified_since(DateTime::from_secs(1)).send().await), "PreconditionFailed");
    get().if_match(&etag).send().await.unwrap();
    get().if_none_match("\"other\"").send().await.unwrap();
    let head = world.client.head_object().bucket(BUCKET).key("a").if_none_match(&etag).send().await;
    assert_eq!(head.unwrap_err().raw_response().unwrap().status().as_u16(), 304);
}

async fn put_if(world: &World, key: &str, if_match: Option<&str>, if_none_match: Option<&str>) -> Result<(), String> {
    let put = world.client.put_object().bucket(BUCKET).key(key).body(ByteStream::from_static(b"new"));
    let put = put.set_if_match(if_match.map(str::to_owned)).set_if_none_match(if_none_match.map(str::to_owned));
    let result = put.send().await;
    if result.is_ok() { Ok(()) } else { Err(code(result)) }
}

#[tokio::test]
async fn a_conditional_write_happens_only_if_its_condition_holds() {
    let world = world().await;
    put_if(&world, "a", None, Some("*")).await.unwrap();
    assert_eq!(put_if(&world, "a", None, Some("*")).await.unwrap_err(), "PreconditionFailed");
    let etag = world.put("a", "changed").await.e_tag.unwrap();
    assert_eq!(put_if(&world, "a", Some("\"other\""), None).await.unwrap_err(), "PreconditionFailed");
    assert_eq!(world.get("a").await, b"changed");
    put_if(&world, "a", Some(&etag), None).await.unwrap();
    assert_eq!(put_if(&world, "missing", Some(&etag), None).await.unwrap_err(), "NoSuchKey");
    let stale = world.client.delete_object().bucket(BUCKET).key("a").if_match(&etag).send().await;
    assert_eq!(code(stale), "PreconditionFailed");
    assert_eq!(world.files().len(), 1);
}

#[tokio::test]
async fn of_many_who_create_at_once_one_wins() {
    let world = world().await;
    let puts = (0..20).map(|_| put_if(&world, "once", None, Some("*")));
    let outcomes = futures_util::future::join_all(puts).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(world.events.names(), ["ObjectCreated:Put once"]);
}
