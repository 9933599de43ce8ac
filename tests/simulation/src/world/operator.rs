//! The operator: redrives dead-letter queues, and cancels runs that say that they cannot go on.

use std::sync::PoisonError;

use local_surface::MAPPINGS;

use crate::{
    aws::{Fate, STUCK},
    bugs::EventBug,
    facts::{Asked, Job, RunItem},
    world::World,
};

/// How long the operator waits for a cancel to have its effect.
const PATIENCE_MS: u64 = 30 * 60_000;

impl World {
    /// Whether all has come to its end.
    pub(super) fn has_settled(&self) -> bool {
        let idle = self.deliveries.under_way() == 0 && self.lambda.running() == 0;
        idle && self.witness.look(|facts| {
            let ended = |run: &RunItem| run.has_ended() && run.watch_at.is_none();
            let gathered = |asked: &&Asked| matches!(asked, Asked::Gathered { .. });
            let gathered = facts.asked.iter().filter(gathered).count();
            let listed: usize = self.plan.pipelines.iter().map(|of| facts.listed(&of.name).count()).sum();
            let alone = facts.runs.values().filter(|run| run.trigger.get("manifest").is_none()).count();
            facts.runs.values().all(ended)
                && facts.gatherings.values().all(|status| status == "ENDED")
                && gathered <= listed
                && facts.asked.len() - gathered <= alone + facts.rejected.len()
        })
    }

    /// Does what is an operator's to do.
    pub(super) async fn operate(&self) {
        let sqs = aws_sdk_sqs::Client::new(&self.people);
        for (queue, _) in MAPPINGS {
            let redriven = match self.deliveries.planted {
                Some(EventBug::RedrivenIsNew) => EventBug::redrive_as_new(&sqs, queue).await,
                Some(EventBug::NoSequencer | EventBug::DeletedBeforeHandling) | None => {
                    control::redrive(&sqs, queue).await.unwrap_or_default()
                }
            };
            (0..redriven).for_each(|_| self.witness.count("message redriven"));
        }
        self.give_up_stuck_runs();
    }

    /// Cancels the runs that wait for a job which stays RUNNABLE.
    fn give_up_stuck_runs(&self) {
        let stuck: Vec<String> = self.witness.look(|facts| {
            let is_stuck = |(_, job): &(&String, &Job)| {
                let running = facts.runs.get(job.name.run.as_str()).is_some_and(|run| run.status == "RUNNING");
                // The operator knows what the stage says.
                let says_so = facts.stage_of(job).is_some_and(|stage| stage.blocked.as_deref() == Some(STUCK));
                job.fate == Fate::Stuck && says_so && running
            };
            facts.jobs.iter().filter(is_stuck).map(|(_, job)| job.name.run.to_string()).collect()
        });
        let now = self.witness.now_ms();
        let mut gave_up_ms = self.gave_up_ms.lock().unwrap_or_else(PoisonError::into_inner);
        for run in stuck {
            let lately = gave_up_ms.get(&run).is_some_and(|at| now - at < PATIENCE_MS);
            // It is the store of this world, in memory: it does not fail.
            if !lately && self.cancel(&run).is_ok() {
                gave_up_ms.insert(run, now);
            }
        }
    }
}
