//! What was acknowledged is there after a crash, and nothing else.

use std::{fs, time::Duration};

use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http_body::Frame;
use http_body_util::StreamBody;

use crate::world::{BUCKET, code, files, noise, open, world};

#[tokio::test]
async fn a_store_opened_again_has_all_that_was_acknowledged() {
    let before = world().await;
    before.put("kept", noise(300_000)).await;
    before.put("replaced", "old").await;
    before.put("replaced", "new").await;
    before.put("deleted", "x").await;
    before.client.delete_object().bucket(BUCKET).key("deleted").send().await.unwrap();
    let upload =
        before.client.create_multipart_upload().bucket(BUCKET).key("parts").send().await.unwrap().upload_id.unwrap();
    let part = before.client.upload_part().bucket(BUCKET).key("parts").upload_id(&upload).part_number(1);
    part.body(ByteStream::from_static(b"part")).send().await.unwrap();
    let events = before.events.names();

    let after = open(before.killed());
    assert_eq!(after.get("kept").await, noise(300_000));
    assert_eq!(after.get("replaced").await, b"new");
    assert_eq!(code(after.client.get_object().bucket(BUCKET).key("deleted").send().await), "NoSuchKey");
    assert_eq!(after.events.names(), events);
    let parts = after.client.list_parts().bucket(BUCKET).key("parts").upload_id(&upload).send().await.unwrap();
    assert_eq!(parts.parts().len(), 1);
    assert_eq!(after.files().len(), 3);
    let sequencer = |world: &crate::world::World| {
        world.events.all().last().unwrap()["s3"]["object"]["sequencer"].as_str().unwrap().to_owned()
    };
    let before = sequencer(&after);
    after.put("replaced", "newer").await;
    assert!(sequencer(&after) > before);
}

#[tokio::test]
async fn bytes_that_no_row_names_are_removed_at_start() {
    let before = world().await;
    before.put("kept", "x").await;
    let kept = before.files();
    let folder = before.killed();
    let objects = folder.path().join("s3/objects");
    fs::create_dir_all(objects.join("ab")).unwrap();
    fs::write(objects.join("ab/0123456789.orphan"), "never committed").unwrap();
    fs::write(folder.path().join("s3/incoming/half"), "half an upl").unwrap();
    let after = open(folder);
    assert_eq!(after.files(), kept);
    assert_eq!(after.get("kept").await, b"x");
}

/// A body that breaks off, as of a client that was killed.
#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let world = world().await;
    let frames = stream::iter(vec![Ok(Frame::data(Bytes::from(noise(100_000))))]);
    let broken = frames.chain(stream::iter([Err(std::io::Error::other("gone"))]));
    let body = ByteStream::new(SdkBody::from_body_1_x(StreamBody::new(broken)));
    let put = world.client.put_object().bucket(BUCKET).key("broken").content_length(200_000).body(body).send().await;
    put.unwrap_err();
    let never =
        stream::iter(vec![Ok::<_, std::io::Error>(Frame::data(Bytes::from(noise(100_000))))]).chain(stream::pending());
    let body = ByteStream::new(SdkBody::from_body_1_x(StreamBody::new(never)));
    let put = world.client.put_object().bucket(BUCKET).key("broken").content_length(200_000).body(body).send();
    tokio::time::timeout(Duration::from_millis(200), put).await.unwrap_err();
    assert_eq!(code(world.client.get_object().bucket(BUCKET).key("broken").send().await), "NoSuchKey");
    assert!(files(world.folder.path()).is_empty());
    assert!(world.events.names().is_empty());
}
