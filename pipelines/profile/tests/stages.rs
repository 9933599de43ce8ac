//! The stages one after another, over the AWS SDK and the laptop's own S3.

#![cfg(test)]

use std::sync::Arc;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::{Client, Config};
use profile::location::{Location, Work};
use profile::objects::Objects;
use profile::stages::End;
use profile::{Error, stages};

const BUCKET: &str = "batchwright-inbox";

/// A bucket on this machine, and the program's view of it.
struct Bench {
    objects: Objects,
    client: Client,
    _folder: tempfile::TempDir,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let service = local_s3::S3::open(local_s3::Config {
            store: local_store::Store::memory().unwrap(),
            clock: ambient::Clock::starting_at(1_795_500_000_000),
            ids: ambient::Ids::seeded(1),
            data_dir: folder.path().to_owned(),
            region: "us-east-1".into(),
            notify: Arc::new(|_, _| Ok(())),
        });
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::for_tests())
            .endpoint_url("http://local")
            .force_path_style(true)
            .http_client(local_wire::client(service.unwrap()));
        let client = Client::from_conf(config.build());
        client.create_bucket().bucket(BUCKET).send().await.unwrap();
        Self { objects: Objects::new(client.clone()), client, _folder: folder }
    }

    async fn put(&self, key: &str, body: &[u8]) -> Location {
        let body = ByteStream::from(body.to_vec());
        self.client.put_object().bucket(BUCKET).key(key).body(body).send().await.unwrap();
        Location { bucket: BUCKET.into(), key: key.into() }
    }

    async fn get(&self, key: &str) -> String {
        let answer = self.client.get_object().bucket(BUCKET).key(key).send().await.unwrap();
        String::from_utf8(answer.body.collect().await.unwrap().to_vec()).unwrap()
    }
}

fn work() -> Work {
    format!("s3://{BUCKET}/runs/1/").parse().unwrap()
}

fn output() -> Location {
    format!("s3://{BUCKET}/results/1/report.html").parse().unwrap()
}

#[tokio::test]
async fn a_file_becomes_a_report_and_every_stage_may_run_again() {
    let bench = Bench::new().await;
    let source = bench.put("profile/a b+ü/../x.csv", b"fruit,grams\nfig,12.5\nplum,30\nfig,14\n").await;
    let mut reports = Vec::new();
    for _ in 0..2 {
        stages::split(&bench.objects, &source, 8, &work()).await.unwrap();
        for number in 0..10 {
            stages::chunk(&bench.objects, &work(), number).await.unwrap();
        }
        stages::correlate(&bench.objects, &work()).await.unwrap();
        stages::report(&bench.objects, &work(), "Fruit & more", &output()).await.unwrap();
        reports.push(bench.get("results/1/report.html").await);
    }
    assert!(reports[0].contains("Fruit &amp; more") && reports[0].contains("plum"));
    assert_eq!(reports[0], reports[1]);
}

#[tokio::test]
async fn what_cannot_be_profiled_is_said_and_leaves_no_plan() {
    let bench = Bench::new().await;
    for (body, words) in
        [(&b""[..], "empty (0 bytes)"), (b"a,b\n", "a header but no records"), (b"\n\n", "blank lines")]
    {
        let source = bench.put("profile/bad.csv", body).await;
        let error = stages::split(&bench.objects, &source, 8, &work()).await.unwrap_err();
        assert!(
            matches!(&error, Error::Input(text) if text.contains(words) && text.contains("profile/bad.csv")),
            "{error}"
        );
    }
    let error = stages::chunk(&bench.objects, &work(), 0).await.unwrap_err();
    assert!(matches!(&error, Error::Wiring(text) if text.contains("`profile split`")), "{error}");
}

#[tokio::test]
async fn a_report_needs_every_chunk_of_its_own_table() {
    let bench = Bench::new().await;
    let source = bench.put("profile/x.csv", b"a,b\n1,2\n3,4\n").await;
    stages::split(&bench.objects, &source, 2, &work()).await.unwrap();
    stages::chunk(&bench.objects, &work(), 0).await.unwrap();
    stages::correlate(&bench.objects, &work()).await.unwrap();
    let error = stages::report(&bench.objects, &work(), "x", &output()).await.unwrap_err();
    assert!(matches!(&error, Error::Wiring(text) if text.contains("`profile chunk` number 1")), "{error}");

    let other = bench.put("profile/y.csv", b"a\nx\ny\n").await;
    stages::chunk(&bench.objects, &work(), 1).await.unwrap();
    stages::split(&bench.objects, &other, 2, &work()).await.unwrap();
    let error = stages::report(&bench.objects, &work(), "x", &output()).await.unwrap_err();
    assert!(matches!(&error, Error::Wiring(text) if text.contains("belongs to another table")), "{error}");
}

/// A file to an object, that object to another one, and back.
#[tokio::test]
async fn an_object_is_copied_byte_for_byte() {
    let bench = Bench::new().await;
    let folder = tempfile::tempdir().unwrap();
    let (here, back) = (folder.path().join("here"), folder.path().join("back"));
    std::fs::write(&here, b"a\0b\r\n\xff").unwrap();
    let end = |text: &str| text.parse::<End>().unwrap();
    let file = |path: &std::path::Path| end(path.to_str().unwrap());
    let (one, two) = (end("s3://batchwright-inbox/runs/1/-"), end("s3://batchwright-inbox/runs/2/a b"));
    stages::copy(&bench.objects, &file(&here), &one).await.unwrap();
    stages::copy(&bench.objects, &one, &two).await.unwrap();
    stages::copy(&bench.objects, &two, &file(&back)).await.unwrap();
    assert_eq!(std::fs::read(&back).unwrap(), b"a\0b\r\n\xff");
    let missing = stages::copy(&bench.objects, &end("s3://batchwright-inbox/none"), &file(&back)).await;
    assert!(matches!(missing, Err(Error::Input(_))), "{missing:?}");
    let nowhere = stages::copy(&bench.objects, &file(&here), &end("-")).await;
    assert!(matches!(nowhere, Err(Error::Wiring(_))), "{nowhere:?}");
}
