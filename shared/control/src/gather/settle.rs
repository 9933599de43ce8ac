//! Settling: what is due for a gathering, from its committed state, whoever asks.

use std::{collections::BTreeSet, time::Duration};

use futures_util::{StreamExt, TryStreamExt, stream};
use machine::{
    Decision, Timestamp,
    gathering::{Effect, Event, Gathering, Goal, Outcome, State, Terms, decide, is_enough, outstanding},
};
use pipeline::{Gather, Incomplete, Trigger};

use super::{Entry, manifest, terms};
use crate::{
    Admission, Control, Error, Invocation,
    table::{
        self, Put,
        attributes::Malformed,
        gathering_item::{GatheringId, GatheringRecord, WATCH_SHARDS},
    },
};

/// How many steps one look takes at most: it is counted, closed, settled and ended, and others may come between.
const STEPS: usize = 10;
/// The longest delay of a wake-up: SQS takes no longer one.
const LONGEST_DELAY: Duration = Duration::from_secs(900);
/// How many members are claimed at once.
const CLAIMS: usize = 32;
/// How many gatherings of a shard one sweep wakes.
const PER_SHARD: u16 = 100;

impl Control {
    /// Looks at a gathering, and does what is due: closes it, and starts its run.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub async fn look_at_gathering(&self, id: &GatheringId, invocation: &Invocation) -> Result<(), Error> {
        for _ in 0..STEPS {
            let Some(record) = self.table.gathering(id).await? else { return Ok(()) };
            let gather = self.gather_of(&record).await?;
            let terms = terms(&gather);
            let Some(effect) = outstanding(&record.gathering, terms, self.now()) else { return Ok(()) };
            if !invocation.has_time() {
                return self.wake_for_gathering(id, None).await;
            }
            match effect {
                Effect::LookAt(at) => return self.wake_when_due(id, at).await,
                Effect::Look => self.close(&record, terms).await?,
                Effect::Count => {
                    let members = self.members(&record).await?;
                    self.commit_event(&record, &Event::Counted { found: found(&members, terms.goal) }, terms).await?;
                }
                Effect::Settle => {
                    let outcome = self.run_gathered(&record, &gather, invocation).await?;
                    tracing::info!(gathering = %id, pipeline = record.of.pipeline, ?outcome, "a gathering is settled");
                    // None ever takes more under this id, also when its items are gone.
                    self.table.pass_gathering(&record.of.scope, record.of.number).await?;
                    self.commit_event(&record, &Event::Settled(outcome), terms).await?;
                }
            }
        }
        self.wake_for_gathering(id, None).await
    }

    /// Wakes whoever settles the gatherings that are due. How many there are.
    ///
    /// # Errors
    /// If the index or SQS fail.
    pub(crate) async fn wake_for_due_gatherings(&self) -> Result<usize, Error> {
        let mut woken = 0;
        for shard in 0..WATCH_SHARDS {
            for id in self.table.due_gatherings(shard, self.now(), PER_SHARD).await? {
                self.wake_for_gathering(&id, None).await?;
                woken += 1;
            }
        }
        Ok(woken)
    }

    /// Wakes whoever settles a gathering when it is due. What is far ahead is left to the sweep, which finds it in the index: it would be
    /// put off again and again.
    pub(super) async fn wake_when_due(&self, id: &GatheringId, at: Timestamp) -> Result<(), Error> {
        if at.since(self.now()) > LONGEST_DELAY { Ok(()) } else { self.wake_for_gathering(id, Some(at)).await }
    }

    /// Closes a gathering that is due.
    pub(super) async fn close(&self, record: &GatheringRecord, terms: Terms) -> Result<(), Error> {
        self.commit_event(record, &Event::Looked, terms).await
    }

    async fn commit_event(&self, record: &GatheringRecord, event: &Event, terms: Terms) -> Result<(), Error> {
        match decide(&record.gathering, event, terms, self.now()) {
            Decision::Advance(next) => match self.table.commit_gathering(&record.id, &next).await? {
                // Whoever was first has done the same.
                Put::Written(_) | Put::Conflict(_) => Ok(()),
            },
            Decision::Ignore(_) | Decision::Reject(_) => Ok(()),
        }
    }

    /// What the trigger that opened it says: that of its own version, which never changes.
    async fn gather_of(&self, record: &GatheringRecord) -> Result<Gather, Error> {
        let of = &record.of;
        let problem = |problem: &str| Error::Definition {
            pipeline: of.pipeline.clone(),
            version: of.version,
            problem: problem.to_owned(),
        };
        let definition = self.definition(&of.pipeline, of.version).await?.ok_or_else(|| problem("is gone"))?;
        let gather = match definition.triggers.get(usize::from(of.position)) {
            Some(Trigger::S3(s3)) => s3.gather.clone(),
            Some(Trigger::Sqs(sqs)) => sqs.batch.clone(),
            Some(Trigger::Schedule(_)) | None => None,
        };
        gather.ok_or_else(|| problem("gathers nothing"))
    }

    /// What a gathering has that no other has, in the order in which it came. What it will have more of does not change that: claims are
    /// for good.
    async fn members(&self, record: &GatheringRecord) -> Result<Vec<Entry>, Error> {
        let entries = self.entries(record).await?;
        let (mut seen, now) = (BTreeSet::new(), self.now());
        let once: Vec<Entry> = entries.into_iter().filter(|entry| seen.insert(entry.member.clone())).collect();
        let claim = |entry: Entry| async move {
            let own = self.table.claim_member(&entry.member, &record.id, now).await?;
            Ok::<_, Error>(own.then_some(entry))
        };
        stream::iter(once.into_iter().map(claim))
            .buffered(CLAIMS)
            .try_filter_map(|entry| async move { Ok(entry) })
            .try_collect()
            .await
    }

    /// What is in its slots. Those of a closed one that nobody filled are voided, so that nobody ever will.
    async fn entries(&self, record: &GatheringRecord) -> Result<Vec<Entry>, Error> {
        let mut slots = self.table.slots(&record.id).await?;
        let closed = !matches!(record.gathering.state, State::Open);
        let missing: Vec<u32> = (1..=record.gathering.slots).filter(|slot| !slots.contains_key(slot)).collect();
        if closed && !missing.is_empty() {
            for slot in missing {
                self.table.fill_slot(&record.id, slot, None, self.now()).await?;
            }
            slots = self.table.slots(&record.id).await?;
        }
        let mut entries = Vec::new();
        for slot in slots.into_values().flatten() {
            let read = serde_json::from_str::<Vec<Entry>>(&slot)
                .map_err(|_| Malformed::of(format!("GATHER#{}", record.id), "entries", "are not those of a gathering"));
            let read = read.map_err(table::Error::from)?;
            entries.extend(read);
        }
        Ok(entries)
    }

    /// Starts the run of a closed gathering, or says why there is none.
    async fn run_gathered(
        &self,
        record: &GatheringRecord,
        gather: &Gather,
        invocation: &Invocation,
    ) -> Result<Outcome, Error> {
        let members = self.members(record).await?;
        let goal = terms(gather).goal;
        let complete = is_enough(goal, found(&members, goal));
        if members.is_empty() {
            return Ok(Outcome::Empty);
        }
        let manifest = self.write_manifest(record, &members, goal, complete).await?;
        let uri = manifest.uri.clone();
        if let (false, Incomplete::Reject) = (complete, incomplete(gather)) {
            let reason = too_few(record, gather, &manifest);
            self.reject(&uri, &format!("{}\n{}", record.of.pipeline, identity(&record.id)), reason).await?;
            return Ok(Outcome::Rejected);
        }
        let trigger = manifest.trigger();
        let params = self.bound_at(&record.of.pipeline, record.of.version, record.of.position, &trigger).await?;
        let admission = Admission {
            pipeline: &record.of.pipeline,
            params: params.as_ref().map_err(String::as_str),
            bound_for: None,
            identity: &identity(&record.id),
            source: &uri,
            trigger,
            priority: None,
        };
        let run = self.admit(&admission, invocation).await?;
        Ok(run.map_or(Outcome::Rejected, |run| Outcome::Run(run.as_str().to_owned())))
    }
}

fn identity(id: &GatheringId) -> String {
    format!("gathering\n{id}")
}

/// How many there are of what a goal counts.
fn found(members: &[Entry], goal: Goal) -> u32 {
    let count = match goal {
        Goal::Batch { .. } => members.len(),
        Goal::Count { .. } => manifest::objects(members).len(),
        Goal::Marker { .. } => members.iter().filter(|entry| entry.marker).count(),
    };
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn incomplete(gather: &Gather) -> Incomplete {
    match gather.goal {
        pipeline::Goal::Batch { .. } => Incomplete::Run,
        pipeline::Goal::Count { incomplete, .. } | pipeline::Goal::Marker { incomplete, .. } => incomplete,
    }
}

/// Why an incomplete set starts no run.
fn too_few(record: &GatheringRecord, gather: &Gather, manifest: &manifest::Manifest) -> String {
    let Gathering { opened_at, closes_at, .. } = record.gathering;
    let window_s = Timestamp::since(closes_at, opened_at).as_secs();
    let what = match &gather.goal {
        pipeline::Goal::Count { needed, .. } => format!("{} of {needed} objects came", manifest.items),
        pipeline::Goal::Marker { marker, .. } => format!("{} objects came, and no marker {marker}", manifest.items),
        pipeline::Goal::Batch { .. } => format!("{} items came", manifest.items),
    };
    let group = serde_json::Value::Object(record.of.key.clone());
    format!("the set {group} is not complete: {what} within {window_s} s; they are listed in {}", manifest.uri)
}
