//! Whether a failed attempt is tried again.

use serde::{Deserialize, Serialize};

use super::Attempt;
use crate::Error;

/// As AWS has it: up to 10 attempts, and up to 5 rules of which the first that matches decides. If none matches, the job is
/// retried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RetryStrategy {
    #[serde(default = "once")]
    pub(crate) attempts: u32,
    #[serde(default)]
    pub(crate) evaluate_on_exit: Vec<EvaluateOnExit>,
}

/// A rule: all patterns that it has must match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EvaluateOnExit {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) on_status_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) on_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) on_exit_code: Option<String>,
    /// `RETRY` or `EXIT`, in any case.
    pub(crate) action: String,
}

fn once() -> u32 {
    1
}

impl Default for RetryStrategy {
    fn default() -> Self {
        Self { attempts: once(), evaluate_on_exit: Vec::new() }
    }
}

impl RetryStrategy {
    /// Checks it against AWS's limits.
    ///
    /// # Errors
    /// What is beyond them.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if !(1..=10).contains(&self.attempts) {
            return Err(Error::client(format!("retryStrategy.attempts is {}; it may be 1 to 10", self.attempts)));
        }
        if self.evaluate_on_exit.len() > 5 {
            let rules = self.evaluate_on_exit.len();
            return Err(Error::client(format!("retryStrategy.evaluateOnExit has {rules} rules; it may have up to 5")));
        }
        self.evaluate_on_exit.iter().try_for_each(EvaluateOnExit::check)
    }

    /// Whether the job goes on after `attempt`, the `number`th, failed.
    pub(crate) fn retries(&self, number: u32, attempt: &Attempt) -> bool {
        let rule = self.evaluate_on_exit.iter().find(|rule| rule.matches(attempt));
        number < self.attempts && rule.is_none_or(|rule| rule.action.eq_ignore_ascii_case("RETRY"))
    }
}

impl EvaluateOnExit {
    fn patterns(&self) -> [(&'static str, Option<&str>); 3] {
        [
            ("onStatusReason", self.on_status_reason.as_deref()),
            ("onReason", self.on_reason.as_deref()),
            ("onExitCode", self.on_exit_code.as_deref()),
        ]
    }

    fn check(&self) -> Result<(), Error> {
        if !["RETRY", "EXIT"].iter().any(|action| self.action.eq_ignore_ascii_case(action)) {
            return Err(Error::client(format!("evaluateOnExit.action {:?} should be RETRY or EXIT", self.action)));
        }
        if self.patterns().iter().all(|(_, pattern)| pattern.is_none()) {
            return Err(Error::client("an evaluateOnExit rule needs onStatusReason, onReason or onExitCode"));
        }
        for (name, pattern) in self.patterns() {
            check_pattern(name, pattern.unwrap_or("*"))?;
        }
        Ok(())
    }

    fn matches(&self, attempt: &Attempt) -> bool {
        let exit_code = attempt.exit_code.map(|code| code.to_string());
        let holds = |pattern: &Option<String>, value: Option<&str>| {
            pattern.as_ref().is_none_or(|pattern| glob(pattern, value.unwrap_or_default()))
        };
        holds(&self.on_status_reason, Some(&attempt.status_reason))
            && holds(&self.on_reason, attempt.reason.as_deref())
            && holds(&self.on_exit_code, exit_code.as_deref())
    }
}

fn check_pattern(name: &str, pattern: &str) -> Result<(), Error> {
    let stem = pattern.strip_suffix('*').unwrap_or(pattern);
    let digits = name == "onExitCode" && !stem.chars().all(|c| c.is_ascii_digit());
    if pattern.is_empty() || pattern.len() > 512 || stem.contains('*') || digits {
        return Err(Error::client(format!(
            "evaluateOnExit.{name} {pattern:?} should be 1 to 512 characters{}, with an asterisk at most at its end",
            if name == "onExitCode" { ", all digits" } else { "" }
        )));
    }
    Ok(())
}

/// A pattern is the whole text, or its beginning if it ends with `*`. Case does not matter, as with AWS.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    match pattern.strip_suffix('*') {
        Some(stem) => text.starts_with(stem),
        None => text == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(status: Option<&str>, reason: Option<&str>, code: Option<&str>, action: &str) -> EvaluateOnExit {
        EvaluateOnExit {
            on_status_reason: status.map(str::to_owned),
            on_reason: reason.map(str::to_owned),
            on_exit_code: code.map(str::to_owned),
            action: action.to_owned(),
        }
    }

    fn attempt(status: &str, reason: Option<&str>, exit_code: Option<i32>) -> Attempt {
        Attempt {
            task: "t".into(),
            started_ms: Some(1),
            stopped_ms: 2,
            status_reason: status.into(),
            exit_code,
            reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn the_first_rule_that_matches_decides_and_no_match_retries() {
        let spot = rule(Some("Host EC2*"), None, None, "RETRY");
        let memory = rule(None, Some("OutOfMemoryError*"), Some("137"), "retry");
        let exit = rule(None, Some("*"), None, "EXIT");
        let strategy = |rules: &[&EvaluateOnExit]| RetryStrategy {
            attempts: 3,
            evaluate_on_exit: rules.iter().map(|rule| (*rule).clone()).collect(),
        };
        let host = attempt("Host EC2 (instance i-local) terminated.", None, None);
        let oom = attempt("Essential container in task exited", Some("OutOfMemoryError: x"), Some(137));
        let plain = attempt("Essential container in task exited", None, Some(1));
        for (rules, attempt, retries) in [
            (&[&spot, &exit][..], &host, true),
            (&[&exit, &spot], &host, false),
            (&[&spot, &exit], &plain, false),
            (&[&spot], &plain, true),
            (&[], &plain, true),
            (&[&memory, &exit], &oom, true),
            (&[&memory, &exit], &plain, false),
        ] {
            assert_eq!(strategy(rules).retries(1, attempt), retries, "{rules:?} {attempt:?}");
            assert!(!strategy(rules).retries(3, attempt), "the last attempt is the last");
        }
    }

    #[test]
    fn a_pattern_ends_with_an_asterisk_at_most() {
        assert!(glob("1*", "137") && glob("*", "") && glob("Host", "host") && !glob("13", "137"));
        for (name, pattern, good) in [
            ("onExitCode", "13*", true),
            ("onExitCode", "a", false),
            ("onReason", "a*b", false),
            ("onReason", "", false),
            ("onReason", "Out of memory: *", true),
        ] {
            assert_eq!(check_pattern(name, pattern).is_ok(), good, "{pattern}");
        }
    }

    #[test]
    fn limits_are_those_of_aws() {
        let all = rule(Some("*"), None, None, "EXIT");
        let strategy = |attempts, rules: usize| RetryStrategy { attempts, evaluate_on_exit: vec![all.clone(); rules] };
        assert!(strategy(1, 5).check().is_ok() && strategy(10, 0).check().is_ok());
        assert!(strategy(0, 0).check().is_err() && strategy(11, 0).check().is_err() && strategy(1, 6).check().is_err());
        let odd = |rule| RetryStrategy { attempts: 1, evaluate_on_exit: vec![rule] }.check();
        assert!(odd(rule(None, None, None, "EXIT")).is_err() && odd(rule(Some("*"), None, None, "STOP")).is_err());
    }
}
