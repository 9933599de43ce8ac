//! A cascade: what follows from what follows from an event.
//!
//! **Each stage tells its dependents once in a cascade**, however many ways lead to it, and a cascade that one invocation
//! cannot finish goes on in one other. A stage that has ended already passes on what it is told, since a crash may have kept it
//! from doing so: without these two, the work would grow with the number of ways through the graph, which is exponential.

use std::collections::{BTreeSet, VecDeque};

use machine::{Verdict, stage::Event};
use pipeline::StageIndex;
use serde::{Deserialize, Serialize};

use crate::{Invocation, place::Place, run_context::RunContext};

/// A machine whose dependents are to be told something: a stage that has ended, or the run, whose roots are to be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Telling {
    /// The stage and its verdict; `None` for the run's roots.
    stage: Option<(StageIndex, Verdict)>,
    /// The first dependent that has not been told.
    next: usize,
}

impl Telling {
    /// The run starts its roots.
    pub(crate) fn roots() -> Self {
        Self { stage: None, next: 0 }
    }

    /// A stage tells its dependents.
    pub(crate) fn dependents(stage: StageIndex, verdict: Verdict) -> Self {
        Self { stage: Some((stage, verdict)), next: 0 }
    }

    /// The stage that tells, and its verdict; `None` if the run does.
    pub(crate) fn stage(&self) -> Option<(StageIndex, Verdict)> {
        self.stage
    }
}

/// Who is still to tell, and who has told.
#[derive(Debug, Default)]
pub(crate) struct Cascade {
    tellings: VecDeque<Telling>,
    told: BTreeSet<StageIndex>,
}

/// The rest of a cascade, in a wake-up message. Stages are named by their positions in the definition, from 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rest {
    /// The first root that has not been started, if the roots are still to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roots: Option<usize>,
    /// The stages that are still to tell, each with the first of its dependents that has not been told.
    #[serde(default)]
    pub tell: Vec<(u16, usize)>,
    /// The stages that tell nobody any more in this cascade. Those in `tell` are among them.
    #[serde(default)]
    pub told: Vec<u16>,
}

impl Cascade {
    /// One that begins with a telling.
    pub(crate) fn beginning_with(telling: Telling) -> Self {
        let mut cascade = Self::default();
        cascade.add(telling);
        cascade
    }

    /// Adds a telling, unless that stage has told.
    pub(crate) fn add(&mut self, telling: Telling) {
        if telling.stage.is_none_or(|(stage, _)| self.told.insert(stage)) {
            self.tellings.push_back(telling);
        }
    }

    /// The next dependent to tell, as far as the invocation lasts.
    pub(crate) fn next(&mut self, run: &RunContext, invocation: &Invocation) -> Option<(Place, Event)> {
        loop {
            let telling = self.tellings.front_mut()?;
            let dependents = match telling.stage {
                Some((stage, _)) => run.definition.dependents(stage),
                None => run.definition.roots(),
            };
            let Some(&index) = dependents.get(telling.next) else {
                self.tellings.pop_front();
                continue;
            };
            if !invocation.take() {
                return None;
            }
            telling.next += 1;
            let epoch = run.record.run.epoch;
            let event = telling.stage.map(|(need, verdict)| Event::NeedResolved { need, verdict, epoch });
            return Some((Place::from(index), event.unwrap_or(Event::Looked)));
        }
    }

    /// What another invocation has to go on with, if anything is left.
    pub(crate) fn rest(&self) -> Option<Rest> {
        let mut rest = Rest { told: self.told.iter().map(|stage| stage.get()).collect(), ..Rest::default() };
        for telling in &self.tellings {
            match telling.stage {
                Some((stage, _)) => rest.tell.push((stage.get(), telling.next)),
                None => rest.roots = Some(telling.next),
            }
        }
        (!self.tellings.is_empty()).then_some(rest)
    }

    /// Goes on with a rest. `verdict` tells how a stage ended: it is read anew, and one that has none tells nothing.
    pub(crate) fn going_on(rest: &Rest, verdict: impl Fn(StageIndex) -> Option<Verdict>) -> Self {
        let mut cascade = Self::default();
        cascade.tellings.extend(rest.roots.map(|next| Telling { stage: None, next }));
        for &(position, next) in &rest.tell {
            let stage = StageIndex::new(position);
            let told = verdict(stage).map(|verdict| Telling { stage: Some((stage, verdict)), next });
            cascade.tellings.extend(told);
        }
        cascade.told = rest.told.iter().map(|position| StageIndex::new(*position)).collect();
        cascade
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use machine::{Outcome, Run, Timestamp};
    use pipeline::Params;
    use serde_json::Value;

    use super::*;
    use crate::{RunId, table::run_item::RunRecord};

    const FAILED: Verdict = Verdict { outcome: Outcome::Failed, tainted: true };

    /// A run of `stages` stages, each of which needs all before it: there are 2 to the power of `stages` ways through it.
    fn dense(stages: usize) -> RunContext {
        let mut source = "pipeline: dense\ndefaults: { image: busybox }\nstages:\n".to_owned();
        for stage in 0..stages {
            let needs: Vec<String> = (0..stage).map(|need| format!("s{need}")).collect();
            source += &format!("  s{stage}: {{ command: ['true'], needs: [{}] }}\n", needs.join(", "));
        }
        let record = RunRecord {
            id: RunId::of("dense", "1"),
            pipeline: "dense".to_owned(),
            version: 1,
            params: Params::default(),
            trigger: Value::Null,
            priority: 0,
            group: None,
            created_at: Timestamp::from_ms(0),
            watch_at: None,
            run: Run::admitted(false),
        };
        RunContext { record, definition: Arc::new(pipeline::parse("dense", &source).unwrap()) }
    }

    /// Goes through the whole cascade, if every stage has ended and passes on what it is told. How many events that takes, and
    /// how many invocations.
    async fn whole(run: &RunContext) -> (usize, usize) {
        let mut cascade = Cascade::beginning_with(Telling::dependents(StageIndex::new(0), FAILED));
        let (mut events, mut invocations) = (0, 0);
        loop {
            let invocation = Invocation::ending_in(Duration::from_secs(60));
            invocations += 1;
            while let Some((stage, _)) = cascade.next(run, &invocation) {
                events += 1;
                cascade.add(Telling::dependents(stage.stage, FAILED));
            }
            match cascade.rest() {
                Some(rest) => {
                    let sent: Rest = serde_json::from_str(&serde_json::to_string(&rest).unwrap()).unwrap();
                    assert_eq!(sent, rest);
                    cascade = Cascade::going_on(&sent, |_| Some(FAILED));
                }
                None => return (events, invocations),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_cascade_takes_as_many_events_as_the_graph_has_edges() {
        assert_eq!(whole(&dense(10)).await, (45, 1));
        assert_eq!(whole(&dense(40)).await, (780, 8));
    }
}
