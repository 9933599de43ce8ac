//! The witness sees every request that a service executes, keeps the facts, and asks the invariants at every step.

mod read;
mod trace;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use ambient::Clock;
use control::jobs::name::JobName;
use serde_json::Value;

use crate::{
    aws::{Call, Fates, NOW_MS},
    facts::{Asked, Facts, Job, JobState, RunItem, Step},
    invariants::{self, Invariant, Violation},
    plan::Plan,
};
use tokio::sync::Notify;
pub use trace::Trace;

/// What Batch tells, fetched at once: a check must not be behind the times.
pub(crate) type CatchUp = Arc<dyn Fn() + Send + Sync>;

/// The witness of a world.
pub struct Witness {
    clock: Clock,
    fates: Fates,
    state: Mutex<State>,
    trace: Trace,
    catch_up: OnceLock<CatchUp>,
    /// An invariant was violated.
    violated: Notify,
}

/// More requests than any world needs: the control plane goes round in circles.
const CIRCLES: u64 = 100_000;

struct State {
    facts: Facts,
    invariants: Vec<Box<dyn Invariant>>,
    violation: Option<Violation>,
    counts: BTreeMap<&'static str, u64>,
    calls: BTreeMap<String, u64>,
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witness").finish_non_exhaustive()
    }
}

impl Witness {
    /// Of a world whose services have this clock.
    pub fn new(clock: Clock, fates: Fates, trace: Trace) -> Self {
        let state = State {
            facts: Facts::default(),
            invariants: invariants::all(),
            violation: None,
            counts: BTreeMap::new(),
            calls: BTreeMap::new(),
        };
        Self { clock, fates, state: Mutex::new(state), trace, catch_up: OnceLock::new(), violated: Notify::new() }
    }

    pub(crate) fn catches_up_by(&self, catch_up: CatchUp) {
        let _ = self.catch_up.set(catch_up);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time, in milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// Looks at the facts.
    pub fn look<T>(&self, look: impl FnOnce(&Facts) -> T) -> T {
        let mut state = self.state();
        state.facts.now_ms = self.now_ms();
        look(&state.facts)
    }

    /// Adds to what was asked for.
    pub fn ask(&self, asked: Asked) {
        self.state().facts.asked.push(asked);
    }

    /// Changes the facts by what was put in.
    pub fn note(&self, note: impl FnOnce(&mut Facts)) {
        note(&mut self.state().facts);
    }

    /// Counts a fault.
    pub fn count(&self, fault: &'static str) {
        *self.state().counts.entry(fault).or_default() += 1;
    }

    /// Counts a request.
    pub fn count_call(&self, call: &Call) {
        let mut state = self.state();
        *state.calls.entry(call.kind()).or_default() += 1;
        if state.calls.values().sum::<u64>() > CIRCLES && state.violation.is_none() {
            let what = format!("more than {CIRCLES} requests: it goes round in circles");
            state.violation = Some(Violation { invariant: "I5", what });
            self.violated.notify_one();
        }
    }

    /// The faults and the requests, counted.
    pub fn counts(&self) -> (BTreeMap<&'static str, u64>, BTreeMap<String, u64>) {
        let state = self.state();
        (state.counts.clone(), state.calls.clone())
    }

    /// Adds a line to the trace, if one is kept.
    pub fn trace(&self, line: impl FnOnce() -> String) {
        self.trace.add(self.now_ms().saturating_sub(NOW_MS), line);
    }

    /// Waits for the first violation of an invariant.
    pub async fn violated(&self) -> Violation {
        loop {
            self.violated.notified().await;
            if let Some(violation) = self.state().violation.clone() {
                return violation;
            }
        }
    }

    /// Asks the invariants about the end of it all.
    pub fn end(&self, plan: &Plan) -> Option<Violation> {
        self.catch_up_now();
        let mut state = self.state();
        state.facts.now_ms = self.now_ms();
        let State { facts, invariants, violation, .. } = &mut *state;
        for invariant in invariants.iter() {
            if let (Err(what), None) = (invariant.end(facts, plan), violation.as_ref()) {
                *violation = Some(Violation { invariant: invariant.name(), what });
            }
        }
        violation.clone()
    }

    /// A service executed a request.
    pub(crate) fn executed(&self, call: &Call, answer: impl FnOnce() -> Value) {
        match (call.service.as_str(), call.operation.as_str()) {
            ("s3", "PUT") => self.manifest_put(call),
            ("dynamodb", "PutItem") => self.put(call),
            ("dynamodb", "UpdateItem") => self.updated(call, &answer()),
            ("batch", "submitjob") => self.submitted(call, &answer()),
            ("batch", "terminatejob") => self.terminated(call.text("/jobId")),
            _ => {}
        }
    }

    fn manifest_put(&self, call: &Call) {
        let Some((manifest, lines)) = &call.manifest else { return };
        let keys = lines.iter().filter_map(|line| Some(line.get("key")?.as_str()?.to_owned())).collect();
        self.note(|facts| drop(facts.manifests.insert(manifest.clone(), keys)));
    }

    fn put(&self, call: &Call) {
        let Some(item) = call.body.get("Item") else { return };
        self.written(call.text("/Item/PK/S"), call.text("/Item/SK/S"), item);
    }

    fn updated(&self, call: &Call, answer: &Value) {
        let (pk, sk) = (call.text("/Key/PK/S"), call.text("/Key/SK/S"));
        match answer.get("Attributes") {
            Some(item) => self.written(pk, sk, item),
            // The only update that is not answered with the item is that of a run's watch.
            None => {
                let values = call.body.get("ExpressionAttributeValues").unwrap_or(&Value::Null);
                let watched = call.text("/UpdateExpression").contains("SET watch");
                self.watched(pk, watched.then(|| read::number(values, ":at")));
            }
        }
    }

    fn written(&self, pk: &str, sk: &str, item: &Value) {
        let now = self.now_ms();
        self.note(|facts| {
            facts.written_ms.insert((pk.to_owned(), sk.to_owned()), now);
        });
        if pk.starts_with("REJECTED#") {
            let source = item.pointer("/source/S").and_then(Value::as_str).unwrap_or_default().to_owned();
            self.note(|facts| {
                facts.rejected.insert(source);
            });
        }
        if let (Some(gathering), "GATHER") = (pk.strip_prefix("GATHER#"), sk) {
            let status = item.pointer("/st/S").and_then(Value::as_str).unwrap_or_default().to_owned();
            self.note(|facts| drop(facts.gatherings.insert(gathering.to_owned(), status)));
        }
        let Some(run) = pk.strip_prefix("RUN#") else { return };
        if sk == "RUN" {
            self.run_written(run, &read::run(item));
        } else if let Some(stage) = sk.strip_prefix("STAGE#") {
            let (key, after) = ((run.to_owned(), stage.to_owned()), read::stage(item));
            let before = self.state().facts.stages.insert(key.clone(), after.clone());
            self.step(&Step::Stage { key: &key, before: before.as_ref(), after: &after });
        }
    }

    fn watched(&self, pk: &str, watch_at: Option<u64>) {
        let now = self.now_ms();
        self.note(|facts| {
            facts.written_ms.insert((pk.to_owned(), "RUN".to_owned()), now);
        });
        let Some(run) = pk.strip_prefix("RUN#") else { return };
        let known = self.state().facts.runs.get(run).cloned();
        if let Some(item) = known {
            self.run_written(run, &RunItem { watch_at, ..item });
        }
    }

    fn run_written(&self, run: &str, after: &RunItem) {
        self.catch_up_now();
        let before = self.state().facts.runs.insert(run.to_owned(), after.clone());
        self.step(&Step::Run { run, before: before.as_ref(), after });
    }

    fn submitted(&self, call: &Call, answer: &Value) {
        self.catch_up_now();
        let id = answer.get("jobId").and_then(Value::as_str).unwrap_or_default().to_owned();
        let Some(name) = JobName::parse(call.text("/jobName")) else { return };
        let array = call.body.get("arrayProperties").is_some_and(|array| !array.is_null());
        let fate = self.fates.of(&name, array);
        let submitted_ms = self.now_ms();
        self.note(|facts| {
            facts.named.entry(name.to_string()).or_default().push(id.clone());
            let state = JobState::Alive;
            facts.jobs.insert(id.clone(), Job { name, array, submitted_ms, state, fate, terminated: false });
        });
        self.step(&Step::Submitted { job: &id });
    }

    fn terminated(&self, id: &str) {
        self.catch_up_now();
        let alive = self.look(|facts| facts.jobs.get(id).is_some_and(|job| job.is_alive(facts.now_ms)));
        if alive {
            self.note(|facts| {
                if let Some(job) = facts.jobs.get_mut(id) {
                    job.terminated = true;
                }
            });
            self.step(&Step::Terminated { job: id });
        }
    }

    /// Batch tells that a job changed.
    pub(crate) fn job_changed(&self, event: &Value) {
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let state = match text("/detail/status") {
            "SUCCEEDED" => JobState::Succeeded,
            "FAILED" => JobState::Failed,
            _ => return,
        };
        self.note(|facts| {
            if let Some(job) = facts.jobs.get_mut(text("/detail/jobId")) {
                job.state = state;
            }
        });
    }

    /// A check that is made on old news would accuse the innocent.
    fn catch_up_now(&self) {
        if let Some(catch_up) = self.catch_up.get() {
            catch_up();
        }
    }

    fn step(&self, step: &Step<'_>) {
        let now_ms = self.now_ms();
        let mut state = self.state();
        let State { facts, invariants, violation, .. } = &mut *state;
        facts.now_ms = now_ms;
        for invariant in invariants.iter_mut() {
            if let (Err(what), None) = (invariant.step(facts, step), violation.as_ref()) {
                self.trace.add(now_ms.saturating_sub(NOW_MS), || format!("VIOLATION of {}: {what}", invariant.name()));
                *violation = Some(Violation { invariant: invariant.name(), what });
                self.violated.notify_one();
            }
        }
    }

    /// A `ListJobs` did not show a job of this name.
    pub(crate) fn hide(&self, name: &str) {
        self.note(|facts| {
            facts.hidden.insert(name.to_owned());
        });
    }

    pub(crate) fn has_vanished(&self, job: &str) -> bool {
        self.look(|facts| facts.jobs.get(job).is_some_and(|job| job.has_vanished(facts.now_ms)))
    }

    /// How long ago a job was submitted.
    pub(crate) fn job_age_ms(&self, job: &str) -> Option<u64> {
        self.look(|facts| facts.jobs.get(job).map(|job| facts.now_ms - job.submitted_ms))
    }

    /// How long ago an item was written.
    pub(crate) fn untouched_ms(&self, pk: &str, sk: &str) -> Option<u64> {
        self.look(|facts| facts.written_ms.get(&(pk.to_owned(), sk.to_owned())).map(|at| facts.now_ms - at))
    }
}
