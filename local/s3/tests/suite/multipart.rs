//! Uploads in parts.

use aws_sdk_s3::{
    primitives::ByteStream,
    types::{ChecksumAlgorithm, ChecksumMode, ChecksumType, CompletedMultipartUpload, CompletedPart},
};

use crate::world::{BUCKET, World, code, noise, world};

const PART: usize = 5 << 20;

async fn begin(world: &World, key: &str) -> String {
    let created = world.client.create_multipart_upload().bucket(BUCKET).key(key).metadata("kept", "yes").send().await;
    created.unwrap().upload_id.unwrap()
}

async fn part(world: &World, key: &str, upload: &str, number: i32, bytes: Vec<u8>) -> CompletedPart {
    let sent = world.client.upload_part().bucket(BUCKET).key(key).upload_id(upload).part_number(number);
    let sent = sent.body(ByteStream::from(bytes)).send().await.unwrap();
    CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag).build()
}

fn of(parts: Vec<CompletedPart>) -> CompletedMultipartUpload {
    CompletedMultipartUpload::builder().set_parts(Some(parts)).build()
}

#[tokio::test]
async fn parts_become_one_object_and_each_can_be_read() {
    let world = world().await;
    let bytes = noise(PART + 1_000_000);
    let upload = begin(&world, "big").await;
    let replaced = part(&world, "big", &upload, 7, vec![1; 10]).await;
    assert_eq!(replaced.part_number(), Some(7));
    let second = part(&world, "big", &upload, 7, bytes[PART..].to_vec()).await;
    let first = part(&world, "big", &upload, 2, bytes[..PART].to_vec()).await;
    part(&world, "big", &upload, 9, vec![2; 10]).await;
    let listed =
        world.client.list_parts().bucket(BUCKET).key("big").upload_id(&upload).max_parts(2).send().await.unwrap();
    assert_eq!(listed.parts().iter().map(|part| part.part_number().unwrap()).collect::<Vec<_>>(), [2, 7]);
    assert_eq!((listed.is_truncated(), listed.next_part_number_marker()), (Some(true), Some("7")));
    assert!(world.events.names().is_empty());
    let complete = world.client.complete_multipart_upload().bucket(BUCKET).key("big").upload_id(&upload);
    let complete = complete.multipart_upload(of(vec![first, second]));
    let done = complete.clone().send().await.unwrap();
    let again = complete.send().await.unwrap();
    assert_eq!(again.e_tag(), done.e_tag(), "who lost the answer and asks again is told the same");
    assert!(done.e_tag().unwrap().ends_with("-2\""));
    assert_eq!(world.get("big").await, bytes);
    assert_eq!(world.files().len(), 2, "the part that was replaced and the one that was left out are gone");
    let piece = world.client.get_object().bucket(BUCKET).key("big").part_number(2).send().await.unwrap();
    assert_eq!(piece.parts_count(), Some(2));
    assert_eq!(piece.body.collect().await.unwrap().to_vec(), bytes[PART..]);
    let across = world.client.get_object().bucket(BUCKET).key("big").range(format!("bytes={}-{}", PART - 5, PART + 4));
    assert_eq!(across.send().await.unwrap().body.collect().await.unwrap().to_vec(), bytes[PART - 5..PART + 5]);
    let head = world.client.head_object().bucket(BUCKET).key("big").send().await.unwrap();
    assert_eq!((head.content_length(), head.e_tag()), (Some(bytes.len() as i64), done.e_tag()));
    assert_eq!(head.metadata().unwrap()["kept"], "yes");
    assert_eq!(world.events.names(), ["ObjectCreated:CompleteMultipartUpload big"]);
    assert_eq!(world.events.all()[0]["s3"]["object"]["size"], bytes.len());
}

#[tokio::test]
async fn a_wrong_list_of_parts_is_refused_by_name_and_changes_nothing() {
    let world = world().await;
    let upload = begin(&world, "a").await;
    let (first, second) =
        (part(&world, "a", &upload, 1, vec![1; 100]).await, part(&world, "a", &upload, 2, vec![2; 100]).await);
    let complete = async |parts| {
        let complete = world.client.complete_multipart_upload().bucket(BUCKET).key("a").upload_id(&upload);
        code(complete.multipart_upload(of(parts)).send().await)
    };
    assert_eq!(complete(vec![second.clone(), first.clone()]).await, "InvalidPartOrder");
    assert_eq!(complete(vec![first.clone(), first.clone()]).await, "InvalidPartOrder");
    assert_eq!(complete(vec![first.clone(), second.clone()]).await, "EntityTooSmall");
    let unknown = CompletedPart::builder().part_number(3).e_tag("\"x\"").build();
    assert_eq!(complete(vec![first.clone(), unknown]).await, "InvalidPart");
    let other = CompletedPart::builder().part_number(1).e_tag(second.e_tag().unwrap()).build();
    assert_eq!(complete(vec![other]).await, "InvalidPart");
    assert_eq!(world.files().len(), 2);
    world.client.abort_multipart_upload().bucket(BUCKET).key("a").upload_id(&upload).send().await.unwrap();
    assert!(world.files().is_empty());
    assert_eq!(complete(vec![first]).await, "NoSuchUpload");
    let late = world.client.upload_part().bucket(BUCKET).key("a").upload_id(&upload).part_number(1);
    assert_eq!(code(late.body(ByteStream::from_static(b"x")).send().await), "NoSuchUpload");
    let zero = begin(&world, "a").await;
    let zero = world.client.upload_part().bucket(BUCKET).key("a").upload_id(zero).part_number(10_001);
    assert_eq!(code(zero.body(ByteStream::from_static(b"x")).send().await), "InvalidArgument");
}

#[tokio::test]
async fn the_checksum_of_the_whole_is_right_and_the_sdk_verifies_it() {
    let world = world().await;
    let bytes = noise(PART + 500_000);
    for (algorithm, kind) in [
        (ChecksumAlgorithm::Crc32, ChecksumType::FullObject),
        (ChecksumAlgorithm::Crc64Nvme, ChecksumType::FullObject),
        (ChecksumAlgorithm::Sha256, ChecksumType::Composite),
    ] {
        let created = world.client.create_multipart_upload().bucket(BUCKET).key("sum").checksum_type(kind.clone());
        let upload = created.checksum_algorithm(algorithm.clone()).send().await.unwrap().upload_id.unwrap();
        let mut parts = Vec::new();
        for (number, piece) in (1..).zip([&bytes[..PART], &bytes[PART..]]) {
            let sent = world.client.upload_part().bucket(BUCKET).key("sum").upload_id(&upload).part_number(number);
            let sent =
                sent.checksum_algorithm(algorithm.clone()).body(ByteStream::from(piece.to_vec())).send().await.unwrap();
            parts.push(
                CompletedPart::builder()
                    .part_number(number)
                    .set_e_tag(sent.e_tag)
                    .set_checksum_crc32(sent.checksum_crc32)
                    .set_checksum_crc64_nvme(sent.checksum_crc64_nvme)
                    .set_checksum_sha256(sent.checksum_sha256)
                    .build(),
            );
        }
        let done = world.client.complete_multipart_upload().bucket(BUCKET).key("sum").upload_id(&upload);
        let done = done.checksum_type(kind.clone()).multipart_upload(of(parts)).send().await.unwrap();
        assert_eq!(done.checksum_type(), Some(&kind));
        let got = world.client.get_object().bucket(BUCKET).key("sum").checksum_mode(ChecksumMode::Enabled).send().await;
        assert_eq!(got.unwrap().body.collect().await.unwrap().to_vec(), bytes, "{algorithm:?}");
    }
}

#[tokio::test]
async fn a_part_may_be_copied_from_an_object() {
    let world = world().await;
    let bytes = noise(PART + 100);
    world.put("source", bytes.clone()).await;
    let upload = begin(&world, "target").await;
    let copy =
        |number| world.client.upload_part_copy().bucket(BUCKET).key("target").upload_id(&upload).part_number(number);
    let range = format!("bytes=100-{}", PART + 99);
    let first = copy(1).copy_source(format!("{BUCKET}/source")).copy_source_range(range).send().await.unwrap();
    let first = CompletedPart::builder().part_number(1).set_e_tag(first.copy_part_result.unwrap().e_tag).build();
    let last = part(&world, "target", &upload, 2, bytes[..100].to_vec()).await;
    let beyond = copy(3).copy_source(format!("{BUCKET}/source")).copy_source_range("bytes=99999999-").send().await;
    assert_eq!(code(beyond), "InvalidArgument");
    let done = world.client.complete_multipart_upload().bucket(BUCKET).key("target").upload_id(&upload);
    done.multipart_upload(of(vec![first, last])).send().await.unwrap();
    assert_eq!(world.get("target").await, [&bytes[100..], &bytes[..100]].concat());
}

#[tokio::test]
async fn unfinished_uploads_are_listed_and_go_with_their_bucket() {
    let world = world().await;
    for key in ["b", "a", "a"] {
        let upload = begin(&world, key).await;
        part(&world, key, &upload, 1, vec![0; 10]).await;
    }
    let (mut key, mut id, mut seen) = (None, None, Vec::new());
    loop {
        let page = world.client.list_multipart_uploads().bucket(BUCKET).max_uploads(1);
        let page = page.set_key_marker(key).set_upload_id_marker(id).send().await.unwrap();
        seen.extend(page.uploads().iter().map(|upload| upload.key().unwrap().to_owned()));
        (key, id) = (page.next_key_marker.clone(), page.next_upload_id_marker.clone());
        if page.is_truncated() != Some(true) {
            break;
        }
    }
    assert_eq!(seen, ["a", "a", "b"]);
    world.client.delete_bucket().bucket(BUCKET).send().await.unwrap();
    assert!(world.files().is_empty());
}
