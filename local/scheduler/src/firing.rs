//! One firing of a schedule: what is to be invoked, with what.

use serde_json::json;

use crate::{arn, definition::Definition, zone};

/// How a target is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How old a firing may be when it is tried, in seconds: 60–86,400.
    pub max_age_s: u32,
    /// How often it is tried after the first time: 0–185.
    pub max_retries: u32,
}

impl RetryPolicy {
    /// AWS's default is the most: a day, 185 times.
    pub(crate) fn of(definition: &Definition) -> Self {
        let given = definition.target.retry_policy.as_ref();
        Self {
            max_age_s: given.and_then(|given| given.maximum_event_age_in_seconds).unwrap_or(86_400),
            max_retries: given.and_then(|given| given.maximum_retry_attempts).unwrap_or(185),
        }
    }
}

/// A firing, handed to the hook in the transaction that moves its schedule on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    /// The schedule's group.
    pub group: String,
    /// The schedule's name.
    pub schedule: String,
    /// The schedule's ARN.
    pub schedule_arn: String,
    /// What is to be invoked.
    pub target_arn: String,
    /// The role that may.
    pub role_arn: String,
    /// What it is invoked with: the target's `Input` with AWS's context attributes filled in, or the event that AWS sends if
    /// there is none.
    pub input: String,
    /// The time that the schedule names, in milliseconds since the Unix epoch. It and the ARN identify the firing.
    pub scheduled_ms: u64,
    /// `<aws.scheduler.execution-id>`.
    pub execution_id: String,
    /// How the target is tried again.
    pub retry: RetryPolicy,
    /// The queue for what could not be delivered.
    pub dead_letter_arn: Option<String>,
}

/// Which firing of which schedule.
pub(crate) struct Occasion<'a> {
    pub(crate) region: &'a str,
    pub(crate) group: &'a str,
    pub(crate) schedule: &'a str,
    pub(crate) scheduled_ms: u64,
    pub(crate) execution_id: String,
}

impl Firing {
    pub(crate) fn new(definition: &Definition, occasion: Occasion<'_>) -> Self {
        let target = &definition.target;
        let schedule_arn = arn::schedule(occasion.region, occasion.group, occasion.schedule);
        let time = zone::iso(occasion.scheduled_ms);
        let input = match &target.input {
            Some(input) => fill_in(input, &time, &schedule_arn, &occasion.execution_id),
            None => event(&time, &schedule_arn, &occasion),
        };
        Self {
            group: occasion.group.to_owned(),
            schedule: occasion.schedule.to_owned(),
            schedule_arn,
            target_arn: target.arn.clone(),
            role_arn: target.role_arn.clone(),
            input,
            scheduled_ms: occasion.scheduled_ms,
            execution_id: occasion.execution_id,
            retry: RetryPolicy::of(definition),
            dead_letter_arn: target.dead_letter_config.as_ref().and_then(|config| config.arn.clone()),
        }
    }
}

/// Fills in the context attributes. Source: EventBridge Scheduler User Guide, "Adding context attributes".
fn fill_in(input: &str, time: &str, schedule_arn: &str, execution_id: &str) -> String {
    input
        .replace("<aws.scheduler.schedule-arn>", schedule_arn)
        .replace("<aws.scheduler.scheduled-time>", time)
        .replace("<aws.scheduler.execution-id>", execution_id)
        // A firing is handed over once; whoever tries again keeps the input.
        .replace("<aws.scheduler.attempt-number>", "1")
}

/// What AWS sends to a target without input.
fn event(time: &str, schedule_arn: &str, occasion: &Occasion<'_>) -> String {
    let event = json!({
        "version": "0",
        "id": occasion.execution_id,
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": arn::ACCOUNT,
        "time": time,
        "region": occasion.region,
        "resources": [schedule_arn],
        "detail": "{}",
    });
    event.to_string()
}
