//! A service of its own for each test.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use ambient::{Clock, Ids};
use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Credentials, Region},
    error::ProvideErrorMetadata,
    primitives::ByteStream,
};
use local_s3::{Config, Hook, S3, S3Event};
use local_store::Store;
use tempfile::TempDir;

/// The bucket that is there.
pub(crate) const BUCKET: &str = "inbox";

/// A service, and a client of it.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) s3: Arc<S3>,
    pub(crate) client: Client,
    pub(crate) events: Events,
}

/// The events that the hook was called with and that were committed. In a table, as the surface has them.
#[derive(Clone)]
pub(crate) struct Events(Store);

impl Events {
    pub(crate) fn all(&self) -> Vec<serde_json::Value> {
        self.0
            .read(|connection| {
                let mut statement = connection.prepare("SELECT message FROM test_event ORDER BY id")?;
                let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
                rows.collect::<Result<Vec<_>, _>>()
            })
            .unwrap()
            .iter()
            .map(|message| serde_json::from_str::<serde_json::Value>(message).unwrap()["Records"][0].clone())
            .collect()
    }

    /// `name key`, of each.
    pub(crate) fn names(&self) -> Vec<String> {
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        self.all()
            .iter()
            .map(|event| format!("{} {}", text(&event["eventName"]), text(&event["s3"]["object"]["key"])))
            .collect()
    }
}

/// A service with an empty bucket.
pub(crate) async fn world() -> World {
    let world = open(tempfile::tempdir().unwrap());
    world.client.create_bucket().bucket(BUCKET).send().await.unwrap();
    world
}

/// The service of a folder, which may have been used before.
pub(crate) fn open(folder: TempDir) -> World {
    let store = store(folder.path());
    let s3 = S3::open(config(folder.path(), store.clone(), hook())).unwrap();
    let client = client(&s3);
    World { folder, s3, client, events: Events(store) }
}

pub(crate) fn store(folder: &Path) -> Store {
    let store = Store::open(&folder.join("local.sqlite")).unwrap();
    store.migrate("CREATE TABLE IF NOT EXISTS test_event (id INTEGER PRIMARY KEY, message TEXT NOT NULL)").unwrap();
    store
}

pub(crate) fn config(folder: &Path, store: Store, notify: Hook) -> Config {
    Config {
        store,
        clock: Clock::starting_at(1_764_000_000_000),
        ids: Ids::random(),
        data_dir: folder.to_owned(),
        region: "us-east-1".to_owned(),
        notify,
    }
}

pub(crate) fn hook() -> Hook {
    Arc::new(|transaction, event: &S3Event| {
        transaction.execute("INSERT INTO test_event (message) VALUES (?1)", [event.message("test")])?;
        Ok(())
    })
}

pub(crate) fn client(s3: &Arc<S3>) -> Client {
    Client::from_conf(sdk_config().http_client(local_wire::client(s3.clone())).endpoint_url("http://local").build())
}

pub(crate) fn sdk_config() -> aws_sdk_s3::config::Builder {
    aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("anyone", "anything", None, None, "test"))
}

impl World {
    pub(crate) async fn put(
        &self,
        key: &str,
        bytes: impl Into<Vec<u8>>,
    ) -> aws_sdk_s3::operation::put_object::PutObjectOutput {
        let body = ByteStream::from(bytes.into());
        self.client.put_object().bucket(BUCKET).key(key).body(body).send().await.unwrap()
    }

    pub(crate) async fn get(&self, key: &str) -> Vec<u8> {
        let output = self.client.get_object().bucket(BUCKET).key(key).send().await.unwrap();
        output.body.collect().await.unwrap().to_vec()
    }

    /// The names of all files of bytes.
    pub(crate) fn files(&self) -> Vec<String> {
        files(self.folder.path())
    }

    /// As after `kill -9`: everything in memory is lost.
    pub(crate) fn killed(self) -> TempDir {
        self.folder
    }
}

/// The names of all files of bytes, whole or not.
pub(crate) fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.join("s3")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => found.push(entry.path().display().to_string()),
            }
        }
    }
    found
}

/// Bytes that do not repeat.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    (0..length).map(|_| next()).collect()
}

/// The code of an SDK's error.
pub(crate) fn code<T: std::fmt::Debug, E>(result: Result<T, aws_sdk_s3::error::SdkError<E>>) -> String
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let error = result.unwrap_err();
    match error.code() {
        Some(code) => code.to_owned(),
        None => panic!("an error without a code: {error:?}"),
    }
}

/// Events that are kept in memory, whatever becomes of the transaction.
pub(crate) type Seen = Arc<Mutex<Vec<S3Event>>>;
