//! The names that a definition gives, each valid by construction.

use std::{borrow::Borrow, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// A name that is not valid, with what would be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not {what}: {rule}")]
pub struct NameError {
    name: String,
    what: &'static str,
    rule: &'static str,
}

impl NameError {
    /// What a valid name looks like.
    pub fn rule(&self) -> &'static str {
        self.rule
    }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $valid:path, $rule:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// What a valid name looks like, in words.
            pub const RULE: &'static str = $rule;

            /// From its text.
            ///
            /// # Errors
            /// If the text breaks the rule.
            pub fn new(text: impl Into<String>) -> Result<Self, NameError> {
                let name = text.into();
                if $valid(&name) { Ok(Self(name)) } else { Err(NameError { name, what: $what, rule: $rule }) }
            }

            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;

            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name! {
    /// The name of a pipeline: at most 56 characters, so that a schedule (≤ 64, EventBridge Scheduler) can be named after it.
    PipelineName, "a pipeline name", is_pipeline_name,
    "1 to 56 of a-z, 0-9 and `-`, beginning with a letter or digit"
}
name! {
    /// The name of a stage. It becomes part of the name of a Batch job (≤ 128 of `[A-Za-z0-9_-]`).
    StageName, "a stage name", is_stage_name,
    "1 to 64 of A-Z, a-z, 0-9, `_` and `-`, beginning with a letter or digit"
}
name! {
    /// The name of a parameter, as expressions write it: `params.<name>`.
    ParamName, "a parameter name", is_param_name,
    "1 to 64 of A-Z, a-z, 0-9 and `_`, beginning with a letter"
}
name! {
    /// The share that a fair-share job queue counts a job towards.
    ///
    /// Batch: "limited to 255 alphanumeric characters" (`SubmitJob`, `shareIdentifier`).
    ShareIdentifier, "a share identifier", is_share_identifier,
    "1 to 255 of A-Z, a-z and 0-9"
}

fn is_pipeline_name(name: &str) -> bool {
    matches(
        name,
        56,
        |first| first.is_ascii_lowercase() || first.is_ascii_digit(),
        |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-',
    )
}

fn is_stage_name(name: &str) -> bool {
    matches(name, 64, |first| first.is_ascii_alphanumeric(), |c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn is_param_name(name: &str) -> bool {
    matches(name, 64, |first| first.is_ascii_alphabetic(), |c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_share_identifier(name: &str) -> bool {
    matches(name, 255, |first| first.is_ascii_alphanumeric(), |c| c.is_ascii_alphanumeric())
}

fn matches(name: &str, longest: usize, first: impl Fn(char) -> bool, each: impl Fn(char) -> bool) -> bool {
    name.len() <= longest && name.chars().next().is_some_and(first) && name.chars().all(each)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_by_their_rule() {
        let (at, over) = ("a".repeat(56), "a".repeat(57));
        for (name, valid) in [("csv-profile", true), ("7z", true), (&at, true), (&over, false), ("", false)] {
            assert_eq!(PipelineName::new(name).is_ok(), valid, "{name}");
        }
        for name in ["-a", "A", "a_b", "a.b", "ä"] {
            assert!(PipelineName::new(name).is_err(), "{name}");
        }
        for (name, valid) in [("Split_1-x", true), ("_x", false), ("-x", false), ("a b", false)] {
            assert_eq!(StageName::new(name).is_ok(), valid, "{name}");
        }
        assert!(ParamName::new("1st").is_err() && ParamName::new("a-b").is_err() && ParamName::new("a_b").is_ok());
        assert!(ShareIdentifier::new("team-a").is_err() && ShareIdentifier::new("teamA").is_ok());
    }

    #[test]
    fn an_error_says_what_would_be_right() {
        let error = StageName::new("a b").unwrap_err();
        assert_eq!(error.to_string(), format!("`a b` is not a stage name: {}", StageName::RULE));
    }
}
