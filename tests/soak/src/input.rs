//! What is asked for, and by which door.

use std::{path::Path, process::Stdio, sync::Arc, time::Duration};

use aws_config::{SdkConfig, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_s3::error::{DisplayErrorContext, SdkError};
use end_to_end::Result;
use local_surface::{INBOX_BUCKET, REQUEST_QUEUE};
use serde_json::json;

use crate::{server::Program, shapes::Shape};

/// How long an answer may take. A server that lives answers within milliseconds.
const PATIENCE: Duration = Duration::from_secs(60);

/// Something that is to become one run.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    /// Which no other input has. Its run tells it.
    pub(crate) name: String,
    /// Whose run it is to be.
    pub(crate) shape: &'static Shape,
    pub(crate) door: Door,
    /// Whether somebody was told that it was taken.
    pub(crate) acknowledged: bool,
}

/// How it is handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Door {
    /// `PutObject` into the inbox bucket.
    Upload,
    /// `SendMessage` to the request queue.
    Message,
    /// The same with a dedupe key, which is the input's name. May be sent again and again.
    Keyed,
    /// `batchwright run`, with a dedupe key too.
    Command,
    /// A file in the inbox folder. It is there, so it is taken for acknowledged.
    File,
}

impl Door {
    /// Whether it may be handed in again without a second run.
    pub(crate) fn is_idempotent(self) -> bool {
        match self {
            Self::Keyed | Self::Command => true,
            Self::Upload | Self::Message | Self::File => false,
        }
    }
}

/// What came of handing it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is taken.
    Acknowledged,
    /// Nobody knows: the answer was cut off.
    CutOff,
    /// The server refused it, or failed: nothing here should be.
    Refused(String),
}

/// The doors of one process of the server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Doors {
    s3: aws_sdk_s3::Client,
    sqs: aws_sdk_sqs::Client,
    endpoint: String,
    program: Arc<Program>,
}

impl Doors {
    /// Every request is sent once: what the SDK tried again could not be told from what was sent twice.
    pub(crate) fn of(endpoint: &str, program: &Arc<Program>) -> Self {
        let timeouts = TimeoutConfig::builder().operation_timeout(PATIENCE).build();
        let sdk: SdkConfig = end_to_end::sdk(endpoint)
            .into_builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        let s3 = aws_sdk_s3::config::Builder::from(&sdk).force_path_style(true).build();
        Self {
            s3: aws_sdk_s3::Client::from_conf(s3),
            sqs: aws_sdk_sqs::Client::new(&sdk),
            endpoint: endpoint.to_owned(),
            program: Arc::clone(program),
        }
    }

    /// Hands an input in, once.
    pub(crate) async fn send(&self, input: &Input) -> Answer {
        match input.door {
            Door::Upload => self.upload(input).await,
            Door::Message => self.message(input, None).await,
            Door::Keyed => self.message(input, Some(&input.name)).await,
            Door::Command => self.run(input).await.unwrap_or_else(|error| Answer::Refused(error.to_string())),
            Door::File => match drop_file(&self.program.data_dir.join("inbox"), input) {
                Ok(()) => Answer::Acknowledged,
                Err(error) => Answer::Refused(error.to_string()),
            },
        }
    }

    async fn upload(&self, input: &Input) -> Answer {
        let put = self.s3.put_object().bucket(INBOX_BUCKET).key(key(input));
        answer(put.body(input.name.clone().into_bytes().into()).send().await)
    }

    async fn message(&self, input: &Input, dedupe_key: Option<&str>) -> Answer {
        let mut body = json!({ "action": "run", "pipeline": input.shape.name, "params": { "input": input.name } });
        if let (Some(key), Some(fields)) = (dedupe_key, body.as_object_mut()) {
            fields.insert("dedupe_key".to_owned(), key.into());
        }
        let queue = format!("{}/000000000000/{REQUEST_QUEUE}", self.endpoint);
        answer(self.sqs.send_message().queue_url(queue).message_body(body.to_string()).send().await)
    }

    /// It waits for the run, so that a failure may come after the request was taken.
    async fn run(&self, input: &Input) -> Result<Answer> {
        let param = format!("input={}", input.name);
        let mut command =
            self.program.command(&["run", input.shape.name, "--dedupe-key", &input.name, "--param", &param]);
        command.env("AWS_ENDPOINT_URL", &self.endpoint).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(if command.status().await?.success() { Answer::Acknowledged } else { Answer::CutOff })
    }
}

/// The key of an input's object, which is its path in the inbox folder too.
pub(crate) fn key(input: &Input) -> String {
    format!("{}/{}", input.shape.name, input.name)
}

fn drop_file(inbox: &Path, input: &Input) -> Result<()> {
    let path = inbox.join(key(input));
    std::fs::create_dir_all(path.parent().ok_or("a key without a folder")?)?;
    Ok(std::fs::write(path, &input.name)?)
}

fn answer<T, E, R>(sent: Result<T, SdkError<E, R>>) -> Answer
where
    E: std::error::Error + 'static,
    R: std::fmt::Debug,
{
    match sent {
        Ok(_) => Answer::Acknowledged,
        Err(error @ SdkError::ServiceError(_)) => Answer::Refused(DisplayErrorContext(&error).to_string()),
        Err(_) => Answer::CutOff,
    }
}
