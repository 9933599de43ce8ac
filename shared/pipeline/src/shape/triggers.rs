//! `on`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::stages::Scalar;

/// What starts runs.
#[derive(JsonSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Trigger {
    /// An object is created in a bucket.
    S3(Box<S3>),
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
    /// How the key ends: in one of these ways.
    suffix: Option<Suffix>,
    /// A pattern that the whole key matches: `{name}` is a part, `*` anything within a folder, `**` anything.
    #[schemars(length(min = 1, max = 1024), example = "readings/{station}/{date}.csv")]
    key: Option<String>,
    /// The least size of an object.
    #[schemars(example = "1 B")]
    min_size: Option<String>,
    /// The greatest size of an object.
    #[schemars(example = "5 GiB")]
    max_size: Option<String>,
    /// Whether an object counts: an expression over `trigger.s3` and `trigger.key`.
    #[schemars(example = "trigger.s3.size > 0")]
    when: Option<Scalar>,
    /// The parameters of the runs: values, or texts with expressions over `trigger.s3` and `trigger.key`.
    #[serde(default)]
    params: Map<String, Value>,
    /// Several objects become one run: whatever comes within a window.
    batch: Option<Batch>,
    /// Several objects become one run: a set that must be complete.
    wait: Option<Wait>,
}

/// What comes within a window becomes one run.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Batch {
    /// The most items of one run.
    #[schemars(range(min = 2, max = 10000))]
    max_items: u32,
    /// How long it goes on after the first.
    #[schemars(example = "60s")]
    window: String,
}

/// A set becomes one run when it is complete. Either a count or a marker says when.
#[derive(JsonSchema, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wait {
    /// The parts of the key that the objects of a set have in common.
    by: Option<Parts>,
    /// How many objects make it complete.
    #[schemars(range(min = 2, max = 10000))]
    count: Option<u32>,
    /// The pattern of the keys of markers: one of them makes it complete.
    #[schemars(length(min = 1, max = 1024), example = "readings/{date}/_DONE")]
    marker: Option<String>,
    /// How long it goes on after the first.
    #[schemars(example = "6h")]
    window: String,
    /// What becomes of it if it is not complete then; it is rejected if left out.
    incomplete: Option<Incomplete>,
}

/// One part of a key, or several.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
pub(super) enum Parts {
    /// One.
    One(String),
    /// Several.
    Several(#[schemars(length(min = 1, max = 10))] Vec<String>),
}

/// What becomes of a set that is not complete.
#[derive(JsonSchema, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Incomplete {
    /// It is run as it is.
    Run,
    /// It is kept as rejected.
    Reject,
}

/// One suffix, or several.
#[derive(JsonSchema, Deserialize)]
#[serde(untagged)]
pub(super) enum Suffix {
    /// One.
    One(String),
    /// Several.
    Several(#[schemars(length(min = 1, max = 20))] Vec<String>),
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
    /// Whether a message counts: an expression over `trigger.sqs`.
    #[schemars(example = "trigger.sqs.body.kind == 'order'")]
    when: Option<Scalar>,
    /// The parameters of the runs: values, or texts with expressions over `trigger.sqs`. If left out, they are the message's body.
    params: Option<Map<String, Value>>,
    /// Several messages become one run.
    batch: Option<Batch>,
}
