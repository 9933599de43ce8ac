//! What starts runs of a pipeline.

use serde_json::{Map, Value};

use crate::schedule::ScheduleExpression;

/// One entry of `on`.
#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// An object is created in a bucket.
    S3(S3Trigger),
    /// A time comes.
    Schedule(ScheduleTrigger),
    /// A message arrives; its body is the parameters.
    Sqs(SqsTrigger),
}

/// An object whose key begins and ends so is created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Trigger {
    /// The bucket; `None` is the installation's inbox bucket.
    pub bucket: Option<String>,
    /// How the key begins; may be empty.
    pub prefix: String,
    /// How the key ends; may be empty.
    pub suffix: String,
}

/// A time comes, by EventBridge Scheduler.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduleTrigger {
    /// When.
    pub expression: ScheduleExpression,
    /// In which time zone: an IANA name.
    pub timezone: String,
    /// The parameters of the run, as written: checked, but without the defaults.
    pub params: Map<String, Value>,
}

/// A message arrives in a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqsTrigger {
    /// The queue's name.
    pub queue: String,
}
