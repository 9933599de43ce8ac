//! The job queues that stages may name: those that the installation may submit to, and hears of.

use std::collections::BTreeSet;

/// The job queues that stages may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedQueues {
    /// Any that there is, as on a laptop.
    Any,
    /// These.
    These(BTreeSet<String>),
}

impl NamedQueues {
    /// Those with these ARNs, separated by commas, as the stack's parameter `MoreJobQueueArns` has them.
    pub fn of_arns(arns: &str) -> Self {
        let names = arns.split(',').filter_map(|arn| arn.trim().rsplit('/').next()).filter(|name| !name.is_empty());
        Self::These(names.map(str::to_owned).collect())
    }

    /// Whether a stage may name that one; if not, why, in words that follow its name.
    ///
    /// # Errors
    /// If it may not.
    pub fn check(&self, name: &str) -> Result<(), String> {
        match self {
            Self::These(names) if !names.contains(name) => Err(format!(
                "names the job queue {name:?}, which this installation may not submit to: its ARN belongs into the stack's \
                 parameter MoreJobQueueArns"
            )),
            Self::Any | Self::These(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_known_by_the_name_in_its_arn() {
        let arn = |name: &str| format!("arn:aws:batch:eu-west-1:123456789012:job-queue/{name}");
        let queues = NamedQueues::of_arns(&format!("{}, {}", arn("a"), arn("b-2")));
        assert_eq!((queues.check("a"), queues.check("b-2")), (Ok(()), Ok(())));
        assert!(queues.check("c").unwrap_err().contains("MoreJobQueueArns"));
        assert!(NamedQueues::of_arns("").check("").is_err());
        assert_eq!(NamedQueues::Any.check("c"), Ok(()));
    }
}
