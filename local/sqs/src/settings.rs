//! The attributes of a queue that its owner sets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Code, Error, name};

/// What a queue's owner set. Each field is the attribute of its name; `Default` is AWS's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) delay_s: u32,
    pub(crate) max_bytes: u32,
    pub(crate) retention_s: u32,
    pub(crate) wait_s: u32,
    pub(crate) visibility_s: u32,
    pub(crate) redrive: Option<Redrive>,
    /// Kept and given back, without effect: there is one account here, and no key service.
    pub(crate) kept: BTreeMap<String, String>,
}

/// When a message goes to a dead-letter queue, and to which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Redrive {
    pub(crate) dead_letter_target_arn: String,
    /// A message received so often is not received again.
    pub(crate) max_receive_count: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            delay_s: 0,
            max_bytes: 1_048_576,
            retention_s: 345_600,
            wait_s: 0,
            visibility_s: 30,
            redrive: None,
            kept: BTreeMap::new(),
        }
    }
}

/// The name of the attribute that says when a message goes to a dead-letter queue.
pub(crate) const REDRIVE_POLICY: &str = "RedrivePolicy";

/// The names of all settings, as `GetQueueAttributes` lists them.
pub(crate) const NAMES: [&str; 13] = [
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
    REDRIVE_POLICY,
    "Policy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
    "FifoQueue",
    "ContentBasedDeduplication",
];

impl Settings {
    /// Sets attributes, in AWS's names and forms.
    ///
    /// # Errors
    /// If one does not exist, is out of its bounds, or is of FIFO queues.
    pub(crate) fn with(mut self, attributes: &BTreeMap<String, String>) -> Result<Self, Error> {
        for (name, value) in attributes {
            self.set(name, value)?;
        }
        Ok(self)
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        match name {
            "DelaySeconds" => self.delay_s = seconds(name, value, 0, 900)?,
            "MaximumMessageSize" => self.max_bytes = seconds(name, value, 1_024, 1_048_576)?,
            "MessageRetentionPeriod" => self.retention_s = seconds(name, value, 60, 1_209_600)?,
            "ReceiveMessageWaitTimeSeconds" => self.wait_s = seconds(name, value, 0, 20)?,
            "VisibilityTimeout" => self.visibility_s = seconds(name, value, 0, 43_200)?,
            REDRIVE_POLICY => self.redrive = redrive(value)?,
            "Policy" | "RedriveAllowPolicy" => self.keep(name, value, is_json_object(value))?,
            "KmsMasterKeyId" => self.keep(name, value, true)?,
            "KmsDataKeyReusePeriodSeconds" => self.keep(name, value, seconds(name, value, 60, 86_400).is_ok())?,
            "SqsManagedSseEnabled" => self.keep(name, value, matches!(value, "true" | "false"))?,
            "FifoQueue" if value == "true" => return Err(name::fifo()),
            _ => return Err(unknown(name)),
        }
        Ok(())
    }

    fn keep(&mut self, name: &str, value: &str, legal: bool) -> Result<(), Error> {
        if value.is_empty() {
            self.kept.remove(name);
            return Ok(());
        }
        if !legal {
            return Err(invalid(name, value));
        }
        self.kept.insert(name.to_owned(), value.to_owned());
        Ok(())
    }

    /// The attribute of this name, if it has a value.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        match name {
            "DelaySeconds" => Some(self.delay_s.to_string()),
            "MaximumMessageSize" => Some(self.max_bytes.to_string()),
            "MessageRetentionPeriod" => Some(self.retention_s.to_string()),
            "ReceiveMessageWaitTimeSeconds" => Some(self.wait_s.to_string()),
            "VisibilityTimeout" => Some(self.visibility_s.to_string()),
            REDRIVE_POLICY => self.redrive.as_ref().and_then(|redrive| serde_json::to_string(redrive).ok()),
            _ => self.kept.get(name).cloned(),
        }
    }

    /// The dead-letter queue's name and how often a message may be received before it goes there.
    pub(crate) fn dead_letter(&self) -> Option<(&str, u32)> {
        let redrive = self.redrive.as_ref()?;
        Some((name::of_arn(&redrive.dead_letter_target_arn)?, redrive.max_receive_count))
    }
}

/// No such attribute of a queue.
pub(crate) fn unknown(name: &str) -> Error {
    Error::caller(Code::InvalidAttributeName, format!("Unknown Attribute {name}."))
}

fn invalid(name: &str, value: &str) -> Error {
    Error::caller(Code::InvalidAttributeValue, format!("Invalid value '{value}' for the parameter {name}."))
}

fn seconds(name: &str, value: &str, least: u32, most: u32) -> Result<u32, Error> {
    let number = value.trim().parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| {
        let message = format!("Invalid value '{value}' for the parameter {name}: it must be from {least} to {most}.");
        Error::caller(Code::InvalidAttributeValue, message)
    })
}

fn is_json_object(value: &str) -> bool {
    serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(value).is_ok()
}

/// A redrive policy; its count may be a number or a text. An empty policy takes it away.
fn redrive(value: &str) -> Result<Option<Redrive>, Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Count {
        Number(u32),
        Text(String),
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Policy {
        dead_letter_target_arn: String,
        max_receive_count: Count,
    }
    let refused = |reason: &str| Error::value(value, REDRIVE_POLICY, reason);
    if value.is_empty() {
        return Ok(None);
    }
    let Ok(policy) = serde_json::from_str::<Policy>(value) else {
        return Err(refused("It must be a JSON object with deadLetterTargetArn and maxReceiveCount."));
    };
    let count = match policy.max_receive_count {
        Count::Number(count) => Some(count),
        Count::Text(text) => text.parse().ok(),
    };
    let Some(max_receive_count) = count.filter(|count| (1..=1_000).contains(count)) else {
        return Err(refused("maxReceiveCount must be from 1 to 1000."));
    };
    if name::of_arn(&policy.dead_letter_target_arn).is_none() {
        return Err(refused("deadLetterTargetArn must be the ARN of a queue."));
    }
    Ok(Some(Redrive { dead_letter_target_arn: policy.dead_letter_target_arn, max_receive_count }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(name: &str, value: &str) -> Result<Settings, Error> {
        Settings::default().with(&BTreeMap::from([(name.to_owned(), value.to_owned())]))
    }

    #[test]
    fn bounds_are_aws_s() {
        for (name, least, most) in [
            ("DelaySeconds", 0, 900),
            ("MaximumMessageSize", 1_024, 1_048_576),
            ("MessageRetentionPeriod", 60, 1_209_600),
            ("ReceiveMessageWaitTimeSeconds", 0, 20),
            ("VisibilityTimeout", 0, 43_200),
        ] {
            for legal in [least, most] {
                assert_eq!(set(name, &legal.to_string()).unwrap().get(name), Some(legal.to_string()));
            }
            for illegal in [least - 1, most + 1] {
                assert!(set(name, &illegal.to_string()).is_err(), "{name} {illegal}");
            }
            assert!(set(name, "x").is_err() && set(name, "").is_err());
        }
    }

    #[test]
    fn a_redrive_policy_is_read_and_written() {
        let policy = r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":"3"}"#;
        let settings = set("RedrivePolicy", policy).unwrap();
        assert_eq!(settings.dead_letter(), Some(("dead", 3)));
        assert_eq!(settings.get("RedrivePolicy"), Some(policy.replace("\"3\"", "3")));
        assert!(settings.with(&BTreeMap::from([("RedrivePolicy".into(), String::new())])).unwrap().redrive.is_none());
        for bad in ["{}", "x", &policy.replace('3', "0"), &policy.replace('3', "1001"), &policy.replace("sqs", "sns")] {
            assert!(set("RedrivePolicy", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn unknown_attributes_and_fifo_are_refused() {
        assert!(matches!(set("Colour", "red"), Err(Error::Caller { code: Code::InvalidAttributeName, .. })));
        assert!(matches!(set("FifoQueue", "true"), Err(Error::Caller { code: Code::UnsupportedOperation, .. })));
    }
}
