//! Arrays: a submission, its children, and their parent's end.

use super::{
    Ledger,
    follow::{of_child, of_whole},
};
use crate::{
    Error,
    arn::{Kind as ArnKind, name_of},
    container::Demand,
    job::{Ended, Job, JobKey, Kind, Spec, State, Stop},
    table::jobs::{self, Fixed, Rank},
};

const CHILD_FAILED: &str = "Array Child Job failed";

/// A checked submission.
pub(crate) struct Submission {
    pub(crate) name: String,
    pub(crate) queue: String,
    pub(crate) rank: Rank,
    pub(crate) demand: Demand,
    pub(crate) spec: Spec,
}

impl Ledger<'_> {
    /// Writes a submitted job, and lets it wait or run.
    pub(crate) fn submit(&mut self, submission: Submission) -> Result<JobKey, Error> {
        let Submission { name, queue, rank, demand, spec } = submission;
        let kind = spec.array_size.map_or(Kind::Single, |size| Kind::Array { size });
        let needs: Vec<JobKey> = of_whole(&spec.depends_on).collect();
        let runs_at_once = needs.is_empty() && kind == Kind::Single;
        let mut job = Job {
            number: 0,
            key: JobKey { id: self.config.ids.uuid(), child: None },
            kind,
            name,
            queue,
            created_ms: self.now_ms,
            state: if runs_at_once { State::Runnable } else { State::Pending { needs: 0 } },
            attempts: Vec::new(),
            stop: None,
        };
        let fixed = Fixed {
            definition: name_of(&self.config.region, ArnKind::Definition, &spec.definition),
            share: spec.share_identifier.as_deref(),
            rank,
            demand,
            spec: Some(&serde_json::to_string(&spec)?),
        };
        self.add(&mut job, fixed)?;
        if !runs_at_once {
            self.wait_for(&mut job, &needs)?;
        }
        Ok(job.key)
    }

    /// The children of an array come to be, runnable if they wait for no other child.
    pub(super) fn spawn_children(&mut self, parent: &Job, size: u32) -> Result<(), Error> {
        let spec = self.spec(parent)?;
        let (definition, share, rank, demand) = jobs::inherited(self.transaction, parent.number)?;
        let fixed = Fixed { definition: &definition, share: share.as_deref(), rank, demand, spec: None };
        for index in 0..size {
            let needs = of_child(&spec.depends_on, &parent.key.id, index);
            let mut child = Job {
                number: 0,
                key: JobKey { id: parent.key.id.clone(), child: Some(index) },
                kind: Kind::Child { parent: parent.number },
                name: parent.name.clone(),
                queue: parent.queue.clone(),
                created_ms: self.now_ms,
                state: if needs.is_empty() { State::Runnable } else { State::Pending { needs: 0 } },
                attempts: Vec::new(),
                stop: None,
            };
            self.add(&mut child, fixed)?;
            if !needs.is_empty() {
                self.wait_for(&mut child, &needs)?;
            }
        }
        Ok(())
    }

    /// A child has ended. The last one ends its parent: successfully if all were.
    pub(super) fn tell_parent(&mut self, parent: i64, succeeded: bool) -> Result<(), Error> {
        let (unfinished, any_failed) = jobs::child_ended(self.transaction, parent, !succeeded)?;
        if unfinished > 0 {
            return Ok(());
        }
        let Some(mut parent) = jobs::numbered(self.transaction, parent)? else { return Ok(()) };
        let reason = match (&parent.stop, any_failed) {
            (_, false) => None,
            (Some(Stop::Cancelled(reason) | Stop::Terminated(reason)), true) => Some(reason.clone()),
            (None, true) => Some(CHILD_FAILED.to_owned()),
        };
        let ended = Ended { started_ms: None, stopped_ms: self.now_ms, reason };
        parent.state = if any_failed { State::Failed(ended) } else { State::Succeeded(ended) };
        self.set(&parent)
    }
}
