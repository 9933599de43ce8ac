//! Reading and writing S3 objects. Files go through the disk, so that memory does not grow with them.

use std::io::{Seek, Write};
use std::path::Path;

use aws_config::BehaviorVersion;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::{Client, config};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::NamedTempFile;

use crate::Error;
use crate::location::Location;

/// The objects in S3, or in what answers for it at `AWS_ENDPOINT_URL`.
#[derive(Debug, Clone)]
pub struct Objects {
    client: Client,
}

impl Objects {
    /// Works through a client that is set up already.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Takes region, credentials and endpoint from the environment, as every AWS SDK does.
    pub async fn from_environment() -> Self {
        let shared = aws_config::load_defaults(BehaviorVersion::latest()).await;
        // An endpoint of one's own has no DNS name per bucket: the bucket goes into the path.
        let own_endpoint =
            ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"].iter().any(|name| std::env::var_os(name).is_some());
        let config = config::Builder::from(&shared).force_path_style(own_endpoint).build();
        Self { client: Client::from_conf(config) }
    }

    /// Downloads an object into a temporary file, which is removed when it is dropped.
    pub async fn download(&self, from: &Location) -> Result<NamedTempFile, Error> {
        let mut body = self.get(from).await?.body;
        let mut file = NamedTempFile::new()?;
        while let Some(bytes) = body.next().await {
            file.write_all(&bytes.map_err(|e| storage("read", from, &e))?)?;
        }
        file.rewind()?;
        Ok(file)
    }

    /// Reads a JSON object that an earlier stage left. `left_by` says in words which one, for the error.
    pub async fn json<T: DeserializeOwned>(&self, from: &Location, left_by: &str) -> Result<T, Error> {
        let answer = self.get(from).await.map_err(|e| match e {
            Error::Input(_) => {
                Error::Wiring(format!("there is no {from}: {left_by} must have run before, with the same --work"))
            }
            other @ (Error::Wiring(_) | Error::Storage { .. } | Error::Disk(_)) => other,
        })?;
        let bytes = answer.body.collect().await.map_err(|e| storage("read", from, &e))?.into_bytes();
        serde_json::from_slice(&bytes).map_err(|e| {
            Error::Wiring(format!(
                "{from} is not what {left_by} writes ({e}): use a --work prefix of its own for each run"
            ))
        })
    }

    /// Uploads a file.
    pub async fn upload(&self, file: &Path, to: &Location, content_type: &str) -> Result<(), Error> {
        let body = ByteStream::from_path(file).await.map_err(|e| storage("read for upload to", to, &e))?;
        self.put(body, to, content_type).await
    }

    /// Writes a small object.
    pub async fn write(&self, bytes: Vec<u8>, to: &Location, content_type: &str) -> Result<(), Error> {
        self.put(ByteStream::from(bytes), to, content_type).await
    }

    /// Writes a value as JSON.
    pub async fn write_json<T: Serialize>(&self, value: &T, to: &Location) -> Result<(), Error> {
        let bytes = serde_json::to_vec(value).map_err(std::io::Error::from)?;
        self.write(bytes, to, "application/json").await
    }

    async fn get(&self, from: &Location) -> Result<GetObjectOutput, Error> {
        let answer = self.client.get_object().bucket(&from.bucket).key(&from.key).send().await;
        answer.map_err(|e| refused_get(&e, from))
    }

    async fn put(&self, body: ByteStream, to: &Location, content_type: &str) -> Result<(), Error> {
        let put = self.client.put_object().bucket(&to.bucket).key(&to.key).content_type(content_type).body(body);
        put.send().await.map(drop).map_err(|e| storage("write", to, &e))
    }
}

fn refused_get(error: &SdkError<GetObjectError>, from: &Location) -> Error {
    let missing = error.raw_response().is_some_and(|response| response.status().as_u16() == 404);
    if missing {
        return Error::Input(format!(
            "there is no object {from}: check the bucket and the key, or upload the file first"
        ));
    }
    storage("read", from, error)
}

fn storage(action: &str, object: &Location, error: &dyn std::error::Error) -> Error {
    let causes = std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string);
    Error::Storage { action: format!("cannot {action} {object}"), cause: causes.collect::<Vec<_>>().join(": ") }
}
