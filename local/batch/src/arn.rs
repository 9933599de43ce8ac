//! Amazon Resource Names, and the names in them.

use crate::Error;

/// The account of everything on this machine.
pub(crate) const ACCOUNT: &str = "000000000000";

/// What an ARN of Batch may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Job,
    Definition,
    Queue,
    Environment,
    Policy,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [Self::Job, Self::Definition, Self::Queue, Self::Environment, Self::Policy];

    /// The resource type, as it stands in the ARN.
    pub(crate) fn segment(self) -> &'static str {
        match self {
            Self::Job => "job",
            Self::Definition => "job-definition",
            Self::Queue => "job-queue",
            Self::Environment => "compute-environment",
            Self::Policy => "scheduling-policy",
        }
    }
}

/// The ARN of a resource in `region`.
pub(crate) fn arn(region: &str, kind: Kind, name: &str) -> String {
    format!("arn:aws:batch:{region}:{ACCOUNT}:{}/{name}", kind.segment())
}

/// The name that `reference`, a name or an ARN of `region`, means. An ARN of another account, region or kind is returned
/// whole, which is the name of nothing.
pub(crate) fn name_of<'a>(region: &str, kind: Kind, reference: &'a str) -> &'a str {
    reference.strip_prefix(arn(region, kind, "").as_str()).unwrap_or(reference)
}

/// Checks a name as AWS does: at most 128 letters, digits, `-` and `_`, the first one a letter or a digit.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_name(what: &str, name: &str) -> Result<(), Error> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if begins && name.len() <= 128 && name.chars().all(word) {
        return Ok(());
    }
    Err(Error::client(format!(
        "{what} {name:?} should match valid pattern: 1 to 128 letters, digits, hyphens and underscores, the first one a letter or a digit"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_as_aws_does() {
        for name in ["a", "0", "bw-run_1-2", &"x".repeat(128)] {
            assert!(check_name("Job name", name).is_ok(), "{name}");
        }
        for name in ["", "-a", "_a", "a b", "a.b", "ü", "a/../b", &"x".repeat(129)] {
            assert!(check_name("Job name", name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_reference_is_a_name_or_an_arn_of_this_place() {
        let arn = arn("us-east-1", Kind::Queue, "high");
        assert_eq!(arn, "arn:aws:batch:us-east-1:000000000000:job-queue/high");
        assert_eq!(name_of("us-east-1", Kind::Queue, &arn), "high");
        assert_eq!(name_of("us-east-1", Kind::Queue, "high"), "high");
        assert_eq!(name_of("eu-west-1", Kind::Queue, &arn), arn);
        assert_eq!(name_of("us-east-1", Kind::Job, &arn), arn);
    }
}
