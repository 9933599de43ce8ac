//! S3 events, bare and in SQS messages.

use control::table::run_item::RunRecord;
use end_to_end::Result;

use crate::{
    case::{Expected, IGNORED, both, check, rejected, runs},
    world::{Function, World, event},
};

const HURRICANES: Expected = runs(&["profile/hurricanes.csv"]);

const CASES: &[(&str, Expected)] = &[
    ("valid-put", HURRICANES),
    ("valid-put-versioned", HURRICANES),
    ("valid-multipart-complete", runs(&["profile/large.csv"])),
    ("valid-copy", runs(&["profile/copied.csv"])),
    ("valid-duplicate-in-one-event", HURRICANES),
    ("valid-overwritten-object", runs(&["profile/hurricanes.csv", "profile/hurricanes.csv"])),
    ("valid-key-with-spaces-and-plus", runs(&["profile/März 2026 (a+b) & 50%.csv"])),
    ("valid-key-with-unicode", runs(&["profile/データ/résumé-🌀.csv"])),
    ("valid-key-with-dot-dot", runs(&["profile/../../etc//passwd.csv"])),
    ("valid-key-of-1024-bytes", runs(&["1024 bytes"])),
    ("valid-key-that-looks-like-an-option", runs(&["profile/--help; rm -rf $(HOME) `id`.csv"])),
    ("valid-empty-object", runs(&["profile/empty.csv"])),
    // The object that it tells of is not there, in this case: then there is nothing to register.
    ("valid-definition-upload", IGNORED),
    ("valid-no-pipeline-matches", IGNORED),
    ("valid-unknown-fields", HURRICANES),
    ("valid-wrapped-in-sqs", HURRICANES),
    ("valid-test-event", IGNORED),
    ("valid-test-event-wrapped-in-sqs", IGNORED),
    ("valid-event-bridge", HURRICANES),
    ("valid-event-bridge-wrapped-in-sqs", runs(&["profile/März 2026 (a+b) & 50%.csv"])),
    ("valid-event-bridge-object-deleted", IGNORED),
    ("valid-batch-with-one-bad", both(&["profile/a.csv", "profile/b.csv"], &["record"])),
    ("bad-object-removed", IGNORED),
    ("bad-other-source", rejected(&["aws:codecommit"])),
    ("bad-missing-bucket", rejected(&["bucket"])),
    ("bad-missing-key", rejected(&["key"])),
    ("bad-missing-etag-and-sequencer", rejected(&["eTag"])),
    ("bad-key-not-url-encoded", rejected(&["URL-encoded"])),
    ("bad-size-negative", rejected(&["-1"])),
    ("bad-records-empty", IGNORED),
    ("bad-event-bridge-no-sequencer", rejected(&["sequencer"])),
    ("bad-no-records", rejected(&["Records"])),
];

fn key(run: &RunRecord) -> String {
    let key = run.trigger["s3"]["key"].as_str().unwrap_or("no key");
    if key.len() == 1024 { "1024 bytes".to_owned() } else { key.to_owned() }
}

#[tokio::test]
async fn every_event_has_its_answer() -> Result<()> {
    check(Function::OnUpload, CASES, key).await
}

/// A bare event and the same one in a message are about the same upload.
#[tokio::test]
async fn an_upload_is_one_run_however_it_is_told() -> Result<()> {
    let world = World::open().await?;
    let bare = event(Function::OnUpload, "valid-put")?;
    let mut wrapped = event(Function::OnUpload, "valid-wrapped-in-sqs")?;
    wrapped["Records"][0]["body"] = bare.to_string().into();
    let through_event_bridge = event(Function::OnUpload, "valid-event-bridge")?;
    let twice = event(Function::OnUpload, "valid-duplicate-in-one-event")?;
    for told in [bare.clone(), wrapped, through_event_bridge, twice, bare] {
        world.deliver(Function::OnUpload, told).await?;
    }
    assert_eq!(world.runs().await?.len(), 1);
    // Another version of the object is another upload.
    world.deliver(Function::OnUpload, event(Function::OnUpload, "valid-put-versioned")?).await?;
    assert_eq!(world.runs().await?.len(), 2);
    Ok(())
}
