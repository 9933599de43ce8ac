//! What is tried again, by the cause of the failure, each with a budget of its own.
//!
//! What AWS Batch can do itself is left to it, within the one job of an attempt (`retryStrategy`). What it cannot, which is to
//! wait, to take other resources, another queue, or several budgets, is a new attempt, with a job of its own.

use crate::compute::{Compute, fargate_memory_mib};

/// How often Batch tries, if nothing is said.
const ONCE: u8 = 1;
/// The longest time that is waited before another attempt, in seconds.
pub const LONGEST_BACKOFF_S: u32 = 3600;
/// The most that one budget may be.
pub(crate) const MAX_LIMIT: u8 = 20;

/// What is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Retry {
    /// What Batch does.
    pub batch: BatchRetry,
    /// What new attempts do: at most one rule for a cause, that for [`RetryOn::Any`] last.
    pub rules: Vec<RetryRule>,
}

/// What Batch does within one job: its `retryStrategy`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BatchRetry {
    /// How often in all, 1 to 10.
    pub attempts: u8,
    /// What is to be done by how a try ended: the first that matches. What matches none is tried again. At most 5.
    pub evaluate_on_exit: Vec<EvaluateOnExit>,
}

/// One rule of `evaluateOnExit`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EvaluateOnExit {
    /// What it matches.
    pub pattern: ExitPattern,
    /// Whether it is tried again.
    pub retries: bool,
}

/// What a rule of `evaluateOnExit` matches. A text may end with `*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ExitPattern {
    /// `onStatusReason`.
    StatusReason(&'static str),
    /// `onReason`: that of the container.
    Reason(&'static str),
    /// `onExitCode`.
    ExitCode(u8),
    /// Whatever it was.
    Anything,
}

/// A budget for new attempts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RetryRule {
    /// For which failures.
    pub on: RetryOn,
    /// How many more attempts there are after such failures, in one epoch of the run: 1 to 20.
    pub limit: u8,
    /// How long is waited before the first of them, in seconds. Each time it is twice as long, up to an hour.
    pub backoff_s: u32,
}

/// The failures that a budget is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum RetryOn {
    /// The machine was taken away: Spot, or a host that failed.
    Spot {
        /// Whether, when the budget is spent, there is one more attempt, on demand.
        then_on_demand: bool,
    },
    /// It ran out of memory.
    OutOfMemory {
        /// What the memory is multiplied with for each further attempt, in hundredths.
        factor_percent: u32,
        /// The most memory that it is given, in MiB.
        up_to_mib: u32,
    },
    /// The command ended with one of these exit codes; any but 0 if there is none.
    Exit(Vec<u8>),
    /// The image could not be pulled.
    ImagePull,
    /// It ran longer than it may.
    Timeout,
    /// AWS Batch no longer knows the job.
    Lost,
    /// Any of these, and what else makes a job fail.
    Any,
}

impl RetryRule {
    /// How many more attempts there are in all.
    pub fn budget(&self) -> u32 {
        let more = match &self.on {
            RetryOn::Spot { then_on_demand } => u32::from(*then_on_demand),
            RetryOn::OutOfMemory { .. }
            | RetryOn::Exit(_)
            | RetryOn::ImagePull
            | RetryOn::Timeout
            | RetryOn::Lost
            | RetryOn::Any => 0,
        };
        u32::from(self.limit) + more
    }
}

impl Retry {
    /// Nothing is tried again.
    pub const fn none() -> Self {
        Self { batch: BatchRetry { attempts: ONCE, evaluate_on_exit: Vec::new() }, rules: Vec::new() }
    }

    /// What the next attempt runs on, after so many losses of a machine.
    pub(crate) fn compute(&self, compute: Compute, losses: u32) -> Compute {
        let on_demand = self.rules.iter().any(|rule| match &rule.on {
            RetryOn::Spot { then_on_demand } => *then_on_demand && losses > u32::from(rule.limit),
            RetryOn::OutOfMemory { .. }
            | RetryOn::Exit(_)
            | RetryOn::ImagePull
            | RetryOn::Timeout
            | RetryOn::Lost
            | RetryOn::Any => false,
        });
        if on_demand { compute.on_demand() } else { compute }
    }

    /// The memory of the next attempt in MiB, after it was too little so often. Of Fargate's sizes the next one is taken.
    pub(crate) fn memory_mib(&self, given_mib: u32, too_little: u32, sizes: &[u32]) -> u32 {
        let grown = self.rules.iter().find_map(|rule| match &rule.on {
            RetryOn::OutOfMemory { factor_percent, up_to_mib } => Some((*factor_percent, *up_to_mib)),
            RetryOn::Spot { .. }
            | RetryOn::Exit(_)
            | RetryOn::ImagePull
            | RetryOn::Timeout
            | RetryOn::Lost
            | RetryOn::Any => None,
        });
        let Some((factor_percent, up_to_mib)) = grown else { return given_mib };
        let mut mib = given_mib;
        for _ in 0..too_little.min(u32::from(MAX_LIMIT)) {
            let wanted = u64::from(mib).saturating_mul(u64::from(factor_percent)) / 100;
            let wanted = u32::try_from(wanted).unwrap_or(u32::MAX).min(up_to_mib);
            let mut fitting = sizes.iter().copied().filter(|size| *size <= up_to_mib);
            let largest = fitting.clone().next_back();
            mib = fitting.find(|size| *size >= wanted).or(largest).unwrap_or(wanted).max(mib);
        }
        mib
    }
}

impl crate::Stage {
    /// All that its attempts may run on.
    pub fn computes(&self) -> Vec<Compute> {
        let last = self.retry.compute(self.compute, u32::MAX);
        if last == self.compute { vec![self.compute] } else { vec![self.compute, last] }
    }

    /// What its next attempt runs on, and its memory in MiB, after so many losses of a machine, and so often too little memory.
    pub fn resources_after(&self, losses: u32, too_little_memory: u32) -> (Compute, u32) {
        let sizes = if self.compute.is_fargate() { fargate_memory_mib(self.vcpu) } else { Vec::new() };
        let memory_mib = self.retry.memory_mib(self.memory_mib, too_little_memory, &sizes);
        (self.retry.compute(self.compute, losses), memory_mib)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry(on: RetryOn) -> Retry {
        Retry { rules: vec![RetryRule { on, limit: 2, backoff_s: 0 }], ..Retry::none() }
    }

    #[test]
    fn memory_grows_by_the_factor_up_to_the_bound() {
        let retry = retry(RetryOn::OutOfMemory { factor_percent: 150, up_to_mib: 4000 });
        let mib = |often| retry.memory_mib(1000, often, &[]);
        assert_eq!([mib(0), mib(1), mib(2), mib(3), mib(4), mib(1000)], [1000, 1500, 2250, 3375, 4000, 4000]);
        assert_eq!(Retry::none().memory_mib(1000, 3, &[]), 1000);
    }

    #[test]
    fn memory_on_fargate_is_one_of_its_sizes() {
        let retry = retry(RetryOn::OutOfMemory { factor_percent: 130, up_to_mib: 7000 });
        let sizes = [2048, 3072, 4096, 5120, 6144, 7168, 8192];
        let mib = |often| retry.memory_mib(2048, often, &sizes);
        assert_eq!([mib(0), mib(1), mib(2), mib(3), mib(4), mib(9)], [2048, 3072, 4096, 6144, 6144, 6144]);
    }

    #[test]
    fn once_the_budget_for_spot_is_spent_it_is_on_demand() {
        let then = retry(RetryOn::Spot { then_on_demand: true });
        let on = |losses| then.compute(Compute::Ec2Spot, losses);
        assert_eq!([on(0), on(2), on(3)], [Compute::Ec2Spot, Compute::Ec2Spot, Compute::Ec2]);
        assert_eq!(then.rules.first().map(RetryRule::budget), Some(3));
        let never = retry(RetryOn::Spot { then_on_demand: false });
        assert_eq!(never.compute(Compute::FargateSpot, 9), Compute::FargateSpot);
        assert_eq!(never.rules.first().map(RetryRule::budget), Some(2));
    }
}
