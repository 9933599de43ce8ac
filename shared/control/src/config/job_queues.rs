//! The job queues of an installation: for each kind of compute one, and maybe another for what is urgent.
//!
//! Batch's scheduling priority orders the jobs of one share identifier only. Between queues of one compute environment it is
//! the queue's priority that counts: with two of them, what is urgent goes before everything else.

use std::{collections::BTreeMap, fmt, str::FromStr};

use machine::JobQueue;
use pipeline::Compute;

/// From this priority on a job is urgent: the upper half of Batch's range.
pub const URGENT_FROM: u16 = 5000;

/// What the name of a kind of compute is followed by, where its urgent queue is meant.
const URGENT: &str = "+urgent";

/// The job queues of an installation.
///
/// Its text is `fargate=NAME,fargate+urgent=NAME,ec2=NAME,…`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobQueues {
    normal: BTreeMap<Compute, JobQueue>,
    urgent: BTreeMap<Compute, JobQueue>,
}

/// A text that names no job queues.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "is {0:?}, and should be <compute>=<job queue>,… with fargate, fargate-spot, ec2, ec2-spot; \
     <compute>+urgent=<job queue> beside it is for priorities from {URGENT_FROM}"
)]
pub struct NotJobQueues(String);

impl JobQueues {
    /// A queue for a kind of compute, and one for what is urgent.
    #[must_use]
    pub fn with(mut self, compute: Compute, normal: JobQueue, urgent: Option<JobQueue>) -> Self {
        self.normal.insert(compute, normal);
        if let Some(urgent) = urgent {
            self.urgent.insert(compute, urgent);
        }
        self
    }

    /// The queue for jobs of that priority. `None` if there is none for that kind of compute.
    pub fn of(&self, compute: Compute, priority: u16) -> Option<&JobQueue> {
        let normal = self.normal.get(&compute);
        if priority >= URGENT_FROM { self.urgent.get(&compute).or(normal) } else { normal }
    }

    /// Those of a kind of compute, whatever the priority.
    pub fn both(&self, compute: Compute) -> impl Iterator<Item = &JobQueue> {
        self.normal.get(&compute).into_iter().chain(self.urgent.get(&compute))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &JobQueue> {
        self.normal.values().chain(self.urgent.values())
    }
}

impl FromStr for JobQueues {
    type Err = NotJobQueues;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut queues = Self::default();
        for pair in text.split(',') {
            queues.read(pair).ok_or_else(|| NotJobQueues(text.to_owned()))?;
        }
        // An urgent queue alone would leave the others nowhere to go.
        let alone = queues.urgent.keys().any(|compute| !queues.normal.contains_key(compute));
        if alone { Err(NotJobQueues(text.to_owned())) } else { Ok(queues) }
    }
}

impl JobQueues {
    fn read(&mut self, pair: &str) -> Option<()> {
        let (compute, queue) = pair.split_once('=')?;
        let (compute, queue) = (compute.trim(), queue.trim());
        let (class, compute) = match compute.strip_suffix(URGENT) {
            Some(compute) => (&mut self.urgent, compute),
            None => (&mut self.normal, compute),
        };
        let taken = class.insert(compute.parse().ok()?, JobQueue::new(queue));
        (taken.is_none() && !queue.is_empty()).then_some(())
    }
}

impl fmt::Display for JobQueues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let normal = self.normal.iter().map(|(compute, queue)| (compute, "", queue));
        let urgent = self.urgent.iter().map(|(compute, queue)| (compute, URGENT, queue));
        let texts = normal.chain(urgent).map(|(compute, class, queue)| format!("{compute}{class}={}", queue.as_str()));
        f.write_str(&texts.collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_urgent_has_a_queue_of_its_own_where_there_is_one() {
        let queues: JobQueues = "fargate=a, fargate+urgent=b, ec2=c".parse().unwrap();
        let of = |compute, priority| queues.of(compute, priority).map(JobQueue::as_str);
        assert_eq!([of(Compute::Fargate, 4999), of(Compute::Fargate, 5000)], [Some("a"), Some("b")]);
        assert_eq!([of(Compute::Ec2, 0), of(Compute::Ec2, 9999)], [Some("c"), Some("c")]);
        assert_eq!(of(Compute::Ec2Spot, 0), None);
        assert_eq!(queues.to_string().parse(), Ok(queues));
    }

    #[test]
    fn what_names_no_queues_is_refused() {
        for text in
            ["", "fargate", "fargate=", "farget=a", "fargate=a,", "fargate+urgent=a", "ec2=a,ec2=b", "ec2+fast=a"]
        {
            assert_eq!(text.parse::<JobQueues>(), Err(NotJobQueues(text.to_owned())));
        }
    }
}
