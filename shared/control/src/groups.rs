//! Concurrency groups: who runs, who waits, who is turned away, and who makes way.
//!
//! A run of a group seeks a place before each epoch, and leaves it after; either is noted in the group's items, and a wake-up of the
//! group follows. Only whoever is woken lets anybody in: all that it needs to know is in the table, so a wake-up that comes twice,
//! or too early, does no harm, and the sweep sends those that were lost.

use machine::{GroupOrder, group::Place, run};
use pipeline::{Concurrency, WhenFull};

use crate::{
    Control, Error, Invocation,
    run_context::RunContext,
    run_id::short_hash,
    table::{
        group_item::{Group, Holder},
        run_item::RunRecord,
        waiting_item::Waiting,
    },
    wake::{Look, Wake},
};

/// How many of those that have a place are looked at by one wake-up that finds the group full.
const MENDED: usize = 25;
/// How many of those that wait are read at once.
const WAITING: u16 = 25;

/// What became of the first that waits.
enum Next {
    /// It waits no more; the next one is first.
    Gone,
    /// It is let in.
    LetIn,
    /// The group is full, and it goes on waiting.
    Full,
}

impl Control {
    /// Performs what a run asks of its group, by its committed state: to be let in, or to be let go.
    pub(crate) async fn perform_for_group(&self, run: &RunContext, record: &RunRecord) -> Result<(), Error> {
        let Some(name) = &record.group else { return Ok(()) };
        let group = Group::of(&record.pipeline, name);
        match run::outstanding(&record.run) {
            None => return Ok(()),
            Some(run::Effect::SeekPlace) => {
                let waiting = Waiting::new(holder(record), order(run.definition.concurrency.as_ref(), record));
                self.table.put_waiting(&group, &waiting).await?;
            }
            Some(run::Effect::LeavePlace) => {
                self.table.leave_place(&group, &holder(record)).await?;
            }
        }
        self.wake(&Wake::Group { group: group.hash().to_owned() }).await
    }

    /// Woken: lets in whoever is next, as long as there are places. A group that does not exist is one in which nobody waits.
    ///
    /// # Errors
    /// If it is to be tried again.
    pub async fn let_in(&self, hash: &str, invocation: &Invocation) -> Result<(), Error> {
        let group = Group::from_hash(hash);
        loop {
            let waiting = self.table.waiting_for_place(&group, WAITING).await?;
            let Some((first, others)) = waiting.split_first() else {
                // What is there may be a place that somebody left last.
                return Ok(self.table.forget_group(&group).await?);
            };
            if !invocation.take() {
                return self.wake(&Wake::Group { group: hash.to_owned() }).await;
            }
            match self.first_in_line(&group, first, others).await? {
                Next::Gone => self.table.delete_waiting(&group, first).await?,
                Next::LetIn => {
                    self.table.delete_waiting(&group, first).await?;
                    if let Err(error) = self.look(&first.holder.run, invocation).await {
                        tracing::error!(run = %first.holder.run, %error, "a run that was let in is to be looked at again");
                        self.wake_at(Look::run(&first.holder.run), None).await?;
                    }
                }
                Next::Full => return Ok(()),
            }
        }
    }

    async fn first_in_line(&self, group: &Group, first: &Waiting, others: &[Waiting]) -> Result<Next, Error> {
        let Some(run) = self.waiting_run(&first.holder).await? else { return Ok(Next::Gone) };
        let Some(concurrency) = &run.definition.concurrency else { return Ok(Next::Gone) };
        if concurrency.when_full == WhenFull::Replace {
            for other in others {
                if let Some(older) = self.waiting_run(&other.holder).await? {
                    self.make_way(&older, &run).await?;
                }
            }
        }
        let mut taken = self.table.take_place(group, &first.holder, concurrency.limit).await?;
        if !taken {
            self.mend(group).await?;
            taken = self.table.take_place(group, &first.holder, concurrency.limit).await?;
        }
        let epoch = first.holder.epoch;
        if taken {
            self.apply_to_run(&run, run::Event::PlaceGranted { epoch }).await?;
            return Ok(Next::LetIn);
        }
        match concurrency.when_full {
            WhenFull::Queue => Ok(Next::Full),
            WhenFull::Skip => {
                self.apply_to_run(&run, run::Event::TurnedAway { epoch }).await?;
                Ok(Next::Gone)
            }
            WhenFull::Replace => self.replace(group, &run).await,
        }
    }

    /// Of the run that waits and the one that has the place, the older one makes way.
    async fn replace(&self, group: &Group, run: &RunContext) -> Result<Next, Error> {
        for holder in self.table.holders(group).await? {
            let Some(there) = self.run_context(&holder.run).await? else { continue };
            if age(&run.record) < age(&there.record) {
                self.make_way(run, &there).await?;
                return Ok(Next::Gone);
            }
            self.make_way(&there, run).await?;
        }
        Ok(Next::Full)
    }

    /// Cancels a run because a newer one takes its place.
    async fn make_way(&self, older: &RunContext, newer: &RunContext) -> Result<(), Error> {
        tracing::info!(run = %older.id(), by = %newer.id(), "replaced");
        // Of each epoch anew: one that is retried makes way again.
        let request = short_hash(&["replaced", newer.id().as_str(), &older.record.run.epoch.0.to_string()]);
        self.apply_to_run(older, run::Event::Cancelled { request }).await?;
        self.wake_at(Look::run(older.id()), None).await
    }

    /// The run, if it still waits.
    async fn waiting_run(&self, holder: &Holder) -> Result<Option<RunContext>, Error> {
        let run = self.run_context(&holder.run).await?;
        Ok(run.filter(|run| run.record.run.status == run::Status::Queued && run.record.run.epoch == holder.epoch))
    }

    /// Finds places that nobody needs: of runs that have ended, and of such that were given one and never heard of it.
    async fn mend(&self, group: &Group) -> Result<(), Error> {
        let holders = self.table.holders(group).await?;
        // Each time others, if there are too many to look at all of them.
        let from = usize::try_from(self.now().as_ms() / 1000).unwrap_or_default() % holders.len().max(1);
        for holder in holders.iter().cycle().skip(from).take(holders.len().min(MENDED)) {
            let Some(run) = self.run_context(&holder.run).await? else { continue };
            match Place::of(&run.record.run, holder.epoch) {
                Place::Used => {}
                Place::Void => drop(self.table.leave_place(group, holder).await?),
                Place::Unheard => {
                    self.apply_to_run(&run, run::Event::PlaceGranted { epoch: holder.epoch }).await?;
                    self.wake_at(Look::run(&holder.run), None).await?;
                }
            }
        }
        Ok(())
    }
}

fn holder(record: &RunRecord) -> Holder {
    Holder { run: record.id.clone(), epoch: record.run.epoch }
}

/// Where a run stands in the order of its group: where runs replace one another, the newest goes first.
fn order(concurrency: Option<&Concurrency>, record: &RunRecord) -> GroupOrder {
    match concurrency.map(|concurrency| concurrency.when_full) {
        Some(WhenFull::Replace) => GroupOrder::newest_first(record.created_at),
        Some(WhenFull::Queue | WhenFull::Skip) | None => GroupOrder::new(record.priority, record.created_at),
    }
}

/// What is older is less; two of the same millisecond are told apart by their ids.
fn age(record: &RunRecord) -> (machine::Timestamp, &str) {
    (record.created_at, record.id.as_str())
}
