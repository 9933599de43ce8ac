//! Putting, getting, copying and deleting objects.

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{ChecksumAlgorithm, ChecksumMode, Delete, MetadataDirective, ObjectIdentifier, Tag, Tagging},
};

use crate::world::{BUCKET, code, noise, world};

const HELLO_MD5: &str = "\"5d41402abc4b2a76b9719d911017c592\"";

#[tokio::test]
async fn what_is_put_comes_back_with_its_headers_and_metadata() {
    let world = world().await;
    let put = world
        .client
        .put_object()
        .bucket(BUCKET)
        .key("a.csv")
        .body(ByteStream::from_static(b"hello"))
        .content_type("text/csv")
        .content_encoding("gzip")
        .cache_control("no-cache")
        .content_disposition("attachment")
        .metadata("station", "Zürich")
        .metadata("year", "1864")
        .tagging("team=climate&cost%20centre=42")
        .send()
        .await
        .unwrap();
    assert_eq!(put.e_tag(), Some(HELLO_MD5));
    assert_eq!(put.version_id(), None);
    let got = world.client.get_object().bucket(BUCKET).key("a.csv").send().await.unwrap();
    assert_eq!(got.e_tag(), Some(HELLO_MD5));
    assert_eq!((got.content_type(), got.content_encoding()), (Some("text/csv"), Some("gzip")));
    assert_eq!((got.cache_control(), got.content_disposition()), (Some("no-cache"), Some("attachment")));
    // What is not ASCII comes back as S3 sends it: by RFC 2047.
    assert_eq!(got.metadata().unwrap()["station"], "=?UTF-8?B?WsO8cmljaA==?=");
    assert_eq!(got.metadata().unwrap()["year"], "1864");
    assert_eq!(got.tag_count(), Some(2));
    assert!((1_764_000_000..1_764_000_060).contains(&got.last_modified().unwrap().secs()));
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"hello");
    let plain = world.put("plain", "x").await;
    assert!(plain.checksum_crc32().is_some(), "the SDK's default checksum is kept");
    let head = world.client.head_object().bucket(BUCKET).key("plain").send().await.unwrap();
    assert_eq!(head.content_type(), Some("application/octet-stream"));
    assert_eq!(head.content_encoding(), None, "aws-chunked is no encoding of the object");
}

#[tokio::test]
async fn ranges_are_cut_out_and_impossible_ones_refused() {
    let world = world().await;
    let bytes = noise(700_000);
    world.put("big", bytes.clone()).await;
    world.put("empty", "").await;
    for (range, expected) in [
        ("bytes=0-0", 0..1),
        ("bytes=5-300000", 5..300_001),
        ("bytes=699990-", 699_990..700_000),
        ("bytes=-10", 699_990..700_000),
        ("bytes=-9999999", 0..700_000),
        ("bytes=100-9999999", 100..700_000),
    ] {
        let got = world.client.get_object().bucket(BUCKET).key("big").range(range).send().await.unwrap();
        let content_range = format!("bytes {}-{}/700000", expected.start, expected.end - 1);
        assert_eq!(got.content_range(), Some(content_range.as_str()));
        assert_eq!(got.content_length(), Some(expected.len() as i64));
        assert_eq!(got.body.collect().await.unwrap().to_vec(), bytes[expected], "{range}");
    }
    for (key, range) in [("big", "bytes=700000-"), ("empty", "bytes=0-"), ("empty", "bytes=-5"), ("big", "bytes=-0")] {
        let got = world.client.get_object().bucket(BUCKET).key(key).range(range).send().await;
        assert_eq!(code(got), "InvalidRange", "{key} {range}");
    }
    assert_eq!(world.get("empty").await, b"");
}

#[tokio::test]
async fn every_checksum_algorithm_is_verified_kept_and_shown() {
    let world = world().await;
    for algorithm in ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"].map(ChecksumAlgorithm::from) {
        let put = world.client.put_object().bucket(BUCKET).key("sum").checksum_algorithm(algorithm.clone());
        put.body(ByteStream::from(noise(100_000))).send().await.unwrap();
        let got = world
            .client
            .get_object()
            .bucket(BUCKET)
            .key("sum")
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await
            .unwrap();
        let kept = match algorithm.as_str() {
            "CRC32" => got.checksum_crc32(),
            "CRC32C" => got.checksum_crc32_c(),
            "CRC64NVME" => got.checksum_crc64_nvme(),
            "SHA1" => got.checksum_sha1(),
            _ => got.checksum_sha256(),
        };
        assert!(kept.is_some(), "{algorithm}");
        // The SDK verifies it while it reads.
        assert_eq!(got.body.collect().await.unwrap().to_vec(), noise(100_000));
    }
    let wrong = world.client.put_object().bucket(BUCKET).key("wrong").checksum_crc32("AAAAAA==");
    assert_eq!(code(wrong.body(ByteStream::from_static(b"x")).send().await), "BadDigest");
    let wrong = world.client.put_object().bucket(BUCKET).key("wrong").content_md5("XUFAKrxLKna5cZ2REBfFkg==");
    assert_eq!(code(wrong.body(ByteStream::from_static(b"not hello")).send().await), "BadDigest");
    let wrong = world.client.put_object().bucket(BUCKET).key("wrong").content_md5("short");
    assert_eq!(code(wrong.body(ByteStream::from_static(b"x")).send().await), "InvalidDigest");
    assert_eq!(code(world.client.get_object().bucket(BUCKET).key("wrong").send().await), "NoSuchKey");
    assert_eq!(world.files().len(), 1, "nothing of what was refused remains");
}

#[tokio::test]
async fn a_copy_has_the_bytes_and_what_the_directives_say() {
    let world = world().await;
    let source = world.client.put_object().bucket(BUCKET).key("from here+there/ü").metadata("kept", "yes");
    source.content_type("text/csv").tagging("a=1").body(ByteStream::from_static(b"hello")).send().await.unwrap();
    let source = format!("{BUCKET}/from%20here%2Bthere/%C3%BC");
    let copy = world.client.copy_object().bucket(BUCKET).key("copy").copy_source(&source).send().await.unwrap();
    assert_eq!(copy.copy_object_result().unwrap().e_tag(), Some(HELLO_MD5));
    let head = world.client.head_object().bucket(BUCKET).key("copy").send().await.unwrap();
    assert_eq!((head.content_type(), head.metadata().unwrap()["kept"].as_str()), (Some("text/csv"), "yes"));
    let copy = world.client.copy_object().bucket(BUCKET).key("copy").copy_source(&source);
    copy.metadata_directive(MetadataDirective::Replace).metadata("new", "yes").send().await.unwrap();
    let head = world.client.head_object().bucket(BUCKET).key("copy").send().await.unwrap();
    assert_eq!(head.metadata().unwrap().keys().collect::<Vec<_>>(), ["new"]);
    let tags = world.client.get_object_tagging().bucket(BUCKET).key("copy").send().await.unwrap();
    assert_eq!(tags.tag_set().len(), 1);
    let itself =
        world.client.copy_object().bucket(BUCKET).key("copy").copy_source(format!("{BUCKET}/copy")).send().await;
    assert_eq!(code(itself), "InvalidRequest");
    let missing =
        world.client.copy_object().bucket(BUCKET).key("copy").copy_source(format!("{BUCKET}/none")).send().await;
    assert_eq!(code(missing), "NoSuchKey");
}

#[tokio::test]
async fn tags_are_read_written_and_removed() {
    let world = world().await;
    world.put("a", "x").await;
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    let tags = Tagging::builder().tag_set(tag("b", "2")).tag_set(tag("a", "1")).build().unwrap();
    world.client.put_object_tagging().bucket(BUCKET).key("a").tagging(tags).send().await.unwrap();
    let read = world.client.get_object_tagging().bucket(BUCKET).key("a").send().await.unwrap();
    assert_eq!(read.tag_set(), [tag("a", "1"), tag("b", "2")]);
    let twice = Tagging::builder().tag_set(tag("a", "1")).tag_set(tag("a", "2")).build().unwrap();
    let twice = world.client.put_object_tagging().bucket(BUCKET).key("a").tagging(twice).send().await;
    assert_eq!(code(twice), "InvalidTag");
    world.client.delete_object_tagging().bucket(BUCKET).key("a").send().await.unwrap();
    assert!(world.client.get_object_tagging().bucket(BUCKET).key("a").send().await.unwrap().tag_set().is_empty());
}

#[tokio::test]
async fn deleting_removes_the_bytes_and_what_is_not_there_is_deleted_too() {
    let world = world().await;
    for key in ["a", "b", "c"] {
        world.put(key, key).await;
    }
    let objects = ["a", "b", "never"].map(|key| ObjectIdentifier::builder().key(key).build().unwrap());
    let delete = Delete::builder().set_objects(Some(objects.into())).build().unwrap();
    let deleted = world.client.delete_objects().bucket(BUCKET).delete(delete).send().await.unwrap();
    assert_eq!(deleted.deleted().len(), 3);
    assert!(deleted.errors().is_empty());
    world.client.delete_object().bucket(BUCKET).key("never").send().await.unwrap();
    assert_eq!(world.files().len(), 1);
    assert_eq!(code(world.client.get_object().bucket(BUCKET).key("a").send().await), "NoSuchKey");
    let head = world.client.head_object().bucket(BUCKET).key("a").send().await;
    assert!(head.unwrap_err().into_service_error().is_not_found());
}

#[tokio::test]
async fn buckets_are_made_once_and_deleted_when_empty() {
    let world = world().await;
    world.client.create_bucket().bucket(BUCKET).send().await.unwrap();
    world.client.create_bucket().bucket("other.bucket").send().await.unwrap();
    let listed = world.client.list_buckets().send().await.unwrap();
    assert_eq!(
        listed.buckets().iter().map(|bucket| bucket.name().unwrap()).collect::<Vec<_>>(),
        [BUCKET, "other.bucket"]
    );
    let location = world.client.get_bucket_location().bucket(BUCKET).send().await.unwrap();
    assert_eq!(location.location_constraint().map(|location| location.as_str()).unwrap_or_default(), "");
    world.put("a", "x").await;
    assert_eq!(code(world.client.delete_bucket().bucket(BUCKET).send().await), "BucketNotEmpty");
    world.client.delete_object().bucket(BUCKET).key("a").send().await.unwrap();
    world.client.delete_bucket().bucket(BUCKET).send().await.unwrap();
    assert!(world.client.head_bucket().bucket(BUCKET).send().await.unwrap_err().into_service_error().is_not_found());
    let put = world.client.put_object().bucket(BUCKET).key("a").body(ByteStream::from_static(b"x")).send().await;
    assert_eq!(code(put), "NoSuchBucket");
    let create = world.client.create_bucket().bucket("Not_Valid").send().await;
    assert_eq!(code(create), "InvalidBucketName");
}

#[tokio::test]
async fn who_reads_while_it_is_replaced_reads_what_was_there() {
    let world = world().await;
    let (old, new) = (noise(3_000_000), vec![7; 10]);
    world.put("a", old.clone()).await;
    let reading = world.client.get_object().bucket(BUCKET).key("a").send().await.unwrap();
    world.put("a", new.clone()).await;
    assert_eq!(reading.body.collect().await.unwrap().to_vec(), old);
    assert_eq!(world.get("a").await, new);
    assert_eq!(world.files().len(), 1, "the old bytes went with their last reader");
}

#[tokio::test]
async fn an_operation_that_is_not_served_says_so() {
    let world = world().await;
    let asked = world.client.get_bucket_lifecycle_configuration().bucket(BUCKET).send().await;
    assert_eq!(code(asked), "NotImplemented");
}
