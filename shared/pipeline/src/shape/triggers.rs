//! `on`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// What starts runs.
#[derive(JsonSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Trigger {
    /// An object is created in a bucket.
    S3(S3),
    /// A time comes.
    Schedule(Schedule),
    /// A message arrives; its body is the parameters.
    Sqs(Sqs),
}

/// Which objects.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct S3 {
    /// The bucket; the installation's inbox bucket if left out.
    #[schemars(length(min = 3, max = 63))]
    bucket: Option<String>,
    /// How the key begins.
    #[serde(default)]
    prefix: String,
    /// How the key ends.
    #[serde(default)]
    suffix: String,
}

/// When.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Schedule {
    /// Six fields: minutes, hours, day of month, month, day of week, year.
    #[schemars(example = "0 6 * * ? *")]
    cron: Option<String>,
    /// A number and a unit.
    #[schemars(example = "5 minutes")]
    rate: Option<String>,
    /// An IANA time zone; UTC if left out.
    #[schemars(example = "Europe/Berlin")]
    timezone: Option<String>,
    /// The parameters of the runs.
    #[serde(default)]
    params: Map<String, Value>,
}

/// Which queue.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sqs {
    /// The queue's name.
    #[schemars(length(min = 1, max = 80))]
    queue: String,
}
