//! A schedule as its owner defines it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Error, Expression, timing::Timing};

/// What a schedule is, in AWS's names: the content of `CreateSchedule` and `UpdateSchedule`, and what is stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Definition {
    pub(crate) schedule_expression: String,
    #[serde(default)]
    pub(crate) schedule_expression_timezone: Option<String>,
    /// Seconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    start_date: Option<f64>,
    /// Seconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    end_date: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default)]
    pub(crate) state: State,
    flexible_time_window: FlexibleTimeWindow,
    pub(crate) target: Target,
    #[serde(default)]
    pub(crate) action_after_completion: AfterCompletion,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kms_key_arn: Option<String>,
}

/// Whether a schedule fires.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum State {
    #[default]
    Enabled,
    Disabled,
}

/// What happens to a schedule that has fired for the last time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum AfterCompletion {
    #[default]
    None,
    Delete,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FlexibleTimeWindow {
    mode: Mode,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    maximum_window_in_minutes: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Mode {
    Off,
    Flexible,
}

/// What is invoked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Target {
    pub(crate) arn: String,
    pub(crate) role_arn: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) input: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_policy: Option<Retries>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) dead_letter_config: Option<DeadLetters>,
    /// Parameters of targets other than functions: kept and given back.
    #[serde(flatten)]
    more: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Retries {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) maximum_event_age_in_seconds: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) maximum_retry_attempts: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DeadLetters {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) arn: Option<String>,
}

impl Definition {
    /// Reads the content of a request and checks it as AWS does.
    ///
    /// # Errors
    /// `ValidationException`: what is missing or out of its bounds.
    pub(crate) fn read(content: &[u8]) -> Result<Self, Error> {
        let mut definition: Self =
            serde_json::from_slice(content).map_err(|error| Error::validation(error.to_string()))?;
        definition.schedule_expression_timezone.get_or_insert_with(|| "UTC".to_owned());
        definition.check()?;
        Ok(definition)
    }

    fn check(&self) -> Result<(), Error> {
        let timing = self.timing()?;
        if timing.ends_before_it_starts() {
            return Err(Error::validation("The StartDate must be before the EndDate."));
        }
        if self.description.as_ref().is_some_and(|text| text.chars().count() > 512) {
            return Err(Error::validation("The Description has at most 512 characters."));
        }
        self.flexible_time_window.check()?;
        self.target.check()
    }

    /// When it fires.
    ///
    /// # Errors
    /// If its expression or time zone is not legal.
    pub(crate) fn timing(&self) -> Result<Timing, Error> {
        let zone = self.schedule_expression_timezone.as_deref().unwrap_or("UTC");
        let text = &self.schedule_expression;
        let expression = Expression::parse(text, zone)
            .map_err(|invalid| Error::validation(format!("Invalid Schedule Expression {text}. {invalid}.")))?;
        Ok(Timing {
            expression,
            start_ms: self.start_date.map(millis),
            end_ms: self.end_date.map(millis),
            window_ms: self.flexible_time_window.window_ms(),
        })
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates; NaN is no JSON")]
fn millis(seconds: f64) -> u64 {
    (seconds * 1_000.0).round() as u64
}

impl FlexibleTimeWindow {
    fn check(&self) -> Result<(), Error> {
        match (self.mode, self.maximum_window_in_minutes) {
            (Mode::Off, None) => Ok(()),
            (Mode::Off, Some(_)) => {
                Err(Error::validation("A FlexibleTimeWindow with the mode OFF has no MaximumWindowInMinutes."))
            }
            (Mode::Flexible, Some(1..=1_440)) => Ok(()),
            (Mode::Flexible, _) => Err(Error::validation(
                "A FlexibleTimeWindow with the mode FLEXIBLE has a MaximumWindowInMinutes from 1 to 1440.",
            )),
        }
    }

    fn window_ms(&self) -> u64 {
        match self.mode {
            Mode::Off => 0,
            Mode::Flexible => u64::from(self.maximum_window_in_minutes.unwrap_or(0)) * 60_000,
        }
    }
}

impl Target {
    fn check(&self) -> Result<(), Error> {
        if !self.arn.starts_with("arn:") || self.arn.split(':').count() < 6 || self.arn.len() > 1_600 {
            return Err(Error::validation(format!("Provided Arn is not in correct format: `{}`.", self.arn)));
        }
        let role =
            self.role_arn.starts_with("arn:") && self.role_arn.contains(":iam::") && self.role_arn.contains(":role/");
        if !role {
            let message = format!("RoleArn is the ARN of an IAM role, which `{}` is not.", self.role_arn);
            return Err(Error::validation(message));
        }
        let is_json = |input: &String| serde_json::from_str::<Value>(input).is_ok();
        if self.arn.contains(":lambda:") && !self.input.as_ref().is_none_or(is_json) {
            return Err(Error::validation("The Input of a Lambda target must be JSON."));
        }
        self.retry_policy.as_ref().map_or(Ok(()), Retries::check)
    }
}

impl Retries {
    fn check(&self) -> Result<(), Error> {
        if self.maximum_event_age_in_seconds.is_some_and(|age| !(60..=86_400).contains(&age)) {
            return Err(Error::validation("MaximumEventAgeInSeconds is from 60 to 86400."));
        }
        if self.maximum_retry_attempts.is_some_and(|attempts| attempts > 185) {
            return Err(Error::validation("MaximumRetryAttempts is from 0 to 185."));
        }
        Ok(())
    }
}

/// Checks the name of a schedule or a group: 1–64 letters, digits, hyphens, underscores and periods.
///
/// # Errors
/// `ValidationException` if it is something else.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if (1..=64).contains(&name.len()) && name.bytes().all(legal) {
        return Ok(());
    }
    Err(Error::validation(format!("`{name}`: a name is 1 to 64 letters, digits, hyphens, underscores and periods.")))
}
