//! Buckets that keep versions.

use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};

use crate::world::{BUCKET, World, code, world};

async fn set(world: &World, status: BucketVersioningStatus) {
    let configuration = VersioningConfiguration::builder().status(status).build();
    world.client.put_bucket_versioning().bucket(BUCKET).versioning_configuration(configuration).send().await.unwrap();
}

async fn get(world: &World, key: &str, version_id: &str) -> Vec<u8> {
    let got = world.client.get_object().bucket(BUCKET).key(key).version_id(version_id).send().await.unwrap();
    got.body.collect().await.unwrap().to_vec()
}

/// `key version latest`, of each version and delete marker.
async fn all(world: &World) -> Vec<String> {
    let listed = world.client.list_object_versions().bucket(BUCKET).send().await.unwrap();
    let line = |key: Option<&str>, version: Option<&str>, latest: Option<bool>| {
        format!("{} {} {}", key.unwrap(), version.unwrap(), latest.unwrap())
    };
    let versions =
        listed.versions().iter().map(|version| line(version.key(), version.version_id(), version.is_latest()));
    let markers =
        listed.delete_markers().iter().map(|marker| line(marker.key(), marker.version_id(), marker.is_latest()));
    versions.chain(markers.map(|marker| format!("{marker} marker"))).collect()
}

#[tokio::test]
async fn every_write_makes_a_version_and_a_delete_hides_it() {
    let world = world().await;
    world.put("a", "before").await;
    assert_eq!(world.client.get_bucket_versioning().bucket(BUCKET).send().await.unwrap().status(), None);
    set(&world, BucketVersioningStatus::Enabled).await;
    let first = world.put("a", "first").await.version_id.unwrap();
    let second = world.put("a", "second").await.version_id.unwrap();
    assert_eq!(world.get("a").await, b"second");
    assert_eq!(get(&world, "a", &first).await, b"first");
    assert_eq!(get(&world, "a", "null").await, b"before");
    let marker = world.client.delete_object().bucket(BUCKET).key("a").send().await.unwrap();
    assert_eq!(marker.delete_marker(), Some(true));
    let marker = marker.version_id.unwrap();
    assert_eq!(code(world.client.get_object().bucket(BUCKET).key("a").send().await), "NoSuchKey");
    let named = world.client.get_object().bucket(BUCKET).key("a").version_id(&marker).send().await;
    assert_eq!(code(named), "MethodNotAllowed");
    assert!(world.client.list_objects_v2().bucket(BUCKET).send().await.unwrap().contents().is_empty());
    let expected = [
        format!("a {second} false"),
        format!("a {first} false"),
        "a null false".to_owned(),
        format!("a {marker} true marker"),
    ];
    assert_eq!(all(&world).await, expected);
    let undone = world.client.delete_object().bucket(BUCKET).key("a").version_id(&marker).send().await.unwrap();
    assert_eq!(undone.delete_marker(), Some(true));
    assert_eq!(world.get("a").await, b"second");
    world.client.delete_object().bucket(BUCKET).key("a").version_id(&second).send().await.unwrap();
    assert_eq!(world.get("a").await, b"first");
    assert_eq!(
        code(world.client.get_object().bucket(BUCKET).key("a").version_id(&second).send().await),
        "NoSuchVersion"
    );
    assert_eq!(world.files().len(), 2);
    let names = ["Put a", "Put a", "Put a"].map(|name| format!("ObjectCreated:{name}"));
    let removed = ["DeleteMarkerCreated a", "Delete a", "Delete a"].map(|name| format!("ObjectRemoved:{name}"));
    assert_eq!(world.events.names(), [names, removed].concat());
    assert_eq!(world.events.all()[1]["s3"]["object"]["versionId"], first);
    assert!(world.events.all()[0]["s3"]["object"].get("versionId").is_none());
}

#[tokio::test]
async fn a_suspended_bucket_replaces_the_null_version_only() {
    let world = world().await;
    set(&world, BucketVersioningStatus::Enabled).await;
    let kept = world.put("a", "kept").await.version_id.unwrap();
    set(&world, BucketVersioningStatus::Suspended).await;
    assert_eq!(world.put("a", "one").await.version_id(), Some("null"));
    world.put("a", "two").await;
    assert_eq!(all(&world).await, ["a null true".to_owned(), format!("a {kept} false")]);
    assert_eq!(world.files().len(), 2);
    let marker = world.client.delete_object().bucket(BUCKET).key("a").send().await.unwrap();
    assert_eq!((marker.delete_marker(), marker.version_id()), (Some(true), Some("null")));
    assert_eq!(all(&world).await, [format!("a {kept} false"), "a null true marker".to_owned()]);
    assert_eq!(get(&world, "a", &kept).await, b"kept");
}

#[tokio::test]
async fn versions_are_listed_a_page_at_a_time() {
    let world = world().await;
    set(&world, BucketVersioningStatus::Enabled).await;
    let mut expected = Vec::new();
    for key in ["a", "b/1", "b/2", "c"] {
        let mut versions = Vec::new();
        for content in ["1", "2", "3"] {
            versions.push(format!("{key} {}", world.put(key, content).await.version_id.unwrap()));
        }
        expected.extend(versions.into_iter().rev());
    }
    for size in [1, 2, 5, 12, 13] {
        let (mut key, mut version, mut seen) = (None, None, Vec::new());
        loop {
            let page = world.client.list_object_versions().bucket(BUCKET).max_keys(size);
            let page = page.set_key_marker(key).set_version_id_marker(version).send().await.unwrap();
            let line = |version: &aws_sdk_s3::types::ObjectVersion| {
                format!("{} {}", version.key().unwrap(), version.version_id().unwrap())
            };
            seen.extend(page.versions().iter().map(line));
            (key, version) = (page.next_key_marker.clone(), page.next_version_id_marker.clone());
            if page.is_truncated() != Some(true) {
                break;
            }
        }
        assert_eq!(seen, expected, "pages of {size}");
    }
    let grouped = world.client.list_object_versions().bucket(BUCKET).delimiter("/").send().await.unwrap();
    assert_eq!((grouped.versions().len(), grouped.common_prefixes().len()), (6, 1));
}
