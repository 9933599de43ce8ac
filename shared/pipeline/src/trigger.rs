//! What starts runs of a pipeline.

mod bindings;
mod condition;
mod gather;
mod objects;

use serde_json::{Map, Value};

pub(crate) use bindings::Binding;
pub use bindings::Bindings;
pub use condition::EventCondition;
pub use gather::{Gather, Goal, Incomplete};
pub use objects::{Asks, ObjectFilter};

use crate::schedule::ScheduleExpression;

/// One entry of `on`.
#[derive(Debug, Clone, PartialEq)]
pub enum Trigger {
    /// An object is created in a bucket.
    S3(S3Trigger),
    /// A time comes.
    Schedule(ScheduleTrigger),
    /// A message arrives; its body is the parameters, unless it says otherwise.
    Sqs(SqsTrigger),
}

/// An object is created.
#[derive(Debug, Clone, PartialEq)]
pub struct S3Trigger {
    /// The bucket; `None` is the installation's inbox bucket.
    pub bucket: Option<String>,
    /// Which of its objects.
    pub objects: ObjectFilter,
    /// Whether one of them counts.
    pub when: Option<EventCondition>,
    /// The parameters of the run.
    pub params: Bindings,
    /// How several objects become one run; `None` if each is one.
    pub gather: Option<Gather>,
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
#[derive(Debug, Clone, PartialEq)]
pub struct SqsTrigger {
    /// The queue's name.
    pub queue: String,
    /// Whether a message counts.
    pub when: Option<EventCondition>,
    /// The parameters of the run; `None` if they are the message's body.
    pub params: Option<Bindings>,
    /// How several messages become one run; `None` if each is one.
    pub batch: Option<Gather>,
}

impl Trigger {
    /// Whether another one takes nothing but what this takes: then one of them is in vain.
    pub(crate) fn takes_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::S3(one), Self::S3(other)) => {
                (&one.bucket, &one.objects, &one.when) == (&other.bucket, &other.objects, &other.when)
            }
            (Self::Sqs(one), Self::Sqs(other)) => (&one.queue, &one.when) == (&other.queue, &other.when),
            (Self::Schedule(one), Self::Schedule(other)) => one == other,
            (Self::S3(_) | Self::Sqs(_) | Self::Schedule(_), _) => false,
        }
    }
}

impl S3Trigger {
    /// What it asks S3 about an object.
    pub fn asks(&self) -> Asks {
        let of_condition = self.when.as_ref().map(EventCondition::asks).unwrap_or_default();
        of_condition.or(self.params.asks())
    }
}
