//! What services say that is not, or not any more, or not yet true: eventual consistency, and what befalls jobs.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use control::jobs::name::JobName;
use serde_json::{Value, json};

use crate::{
    aws::{Call, Ending, Fate, Fates, exchange::Answer},
    dice::Dice,
    plan::Faults,
    witness::Witness,
};

/// For how long Batch may not know a job for the moment, at most: shorter than the span after which a job counts as lost.
const UNKNOWN_MS: u64 = 8 * 60_000;

/// The lies of a world.
#[derive(Debug)]
pub(crate) struct Lies {
    seed: u64,
    faults: Faults,
    fates: Fates,
    witness: Arc<Witness>,
    calm: AtomicBool,
    dice: Mutex<Dice>,
    /// The last true answers of index queries, each with its time.
    answers: Mutex<BTreeMap<String, (u64, Value)>>,
}

impl Lies {
    pub(super) fn new(seed: u64, faults: Faults, fates: Fates, witness: Arc<Witness>) -> Self {
        let dice = Mutex::new(Dice::of(seed, "lies"));
        Self { seed, faults, fates, witness, calm: AtomicBool::new(false), dice, answers: Mutex::default() }
    }

    pub(super) fn calm(&self) {
        self.calm.store(true, Ordering::Relaxed);
    }

    fn is_calm(&self) -> bool {
        self.calm.load(Ordering::Relaxed)
    }

    /// What is answered instead of asking the service.
    pub(super) async fn instead(&self, call: &Call) -> Option<Answer> {
        if call.is("batch", "terminatejob") && self.witness.has_vanished(call.text("/jobId")) {
            return Some(Answer::error(400, "ClientException", "the job does not exist").await);
        }
        None
    }

    /// Changes what the service answered.
    pub(super) fn color(&self, call: &Call, answer: &mut Answer) {
        match (call.service.as_str(), call.operation.as_str()) {
            ("batch", "listjobs") => self.list(call, answer),
            ("batch", "describejobs") => self.describe(answer),
            ("dynamodb", "Query") if call.body.get("IndexName").is_some() => self.query(call, answer),
            ("dynamodb", "GetItem") if !call.is_consistent() => self.get(call, answer),
            _ => {}
        }
    }

    /// `ListJobs` does not show jobs that are too new, or gone.
    fn list(&self, call: &Call, answer: &mut Answer) {
        let mut json = answer.json();
        let name = call.text("/filters/0/values/0");
        let Some(jobs) = json.get_mut("jobSummaryList").and_then(Value::as_array_mut) else { return };
        let before = jobs.len();
        let mut blind = 0;
        jobs.retain(|job| {
            let id = job.get("jobId").and_then(Value::as_str).unwrap_or_default();
            let hidden = self.is_hidden(id);
            blind += u64::from(hidden);
            !hidden && !self.witness.has_vanished(id) && !self.is_unknown(id)
        });
        if jobs.len() < before {
            self.witness.hide(name);
            self.witness.trace(|| format!("listjobs {name}: {} jobs are not shown", before - jobs.len()));
            (0..blind).for_each(|_| self.witness.count("ListJobs blind"));
            answer.set(&json);
        }
    }

    fn is_hidden(&self, job: &str) -> bool {
        let since = self.witness.job_age_ms(job);
        !self.is_calm() && since.is_some_and(|since| since < self.fates.blind_ms(job))
    }

    /// One window in a job's life in which Batch does not know it.
    fn is_unknown(&self, job: &str) -> bool {
        let mut dice = Dice::of(self.seed, ("unknown", job));
        if self.is_calm() || !dice.chance(self.faults.unknown) {
            return false;
        }
        let (from, span) = (dice.between(0, 20 * 60_000), dice.magnitude(1_000, UNKNOWN_MS));
        self.witness.job_age_ms(job).is_some_and(|age| (from..from + span).contains(&age))
    }

    fn describe(&self, answer: &mut Answer) {
        let mut json = answer.json();
        let Some(jobs) = json.get_mut("jobs").and_then(Value::as_array_mut) else { return };
        jobs.retain(|job| {
            let id = job.get("jobId").and_then(Value::as_str).unwrap_or_default();
            let unknown = self.is_unknown(id);
            if unknown {
                self.witness.count("DescribeJobs unknowing");
            }
            !unknown && !self.witness.has_vanished(id)
        });
        jobs.iter_mut().for_each(|job| disguise(job, &self.fates));
        answer.set(&json);
    }

    /// A read that is not consistent may miss what was written lately.
    fn get(&self, call: &Call, answer: &mut Answer) {
        let written = self.witness.untouched_ms(call.text("/Key/PK/S"), call.text("/Key/SK/S"));
        if !self.is_calm() && written.is_some_and(|span| span <= self.faults.index_lag_ms) {
            self.witness.count("item read from the past");
            answer.set(&json!({}));
        }
    }

    /// An index may answer what it would have answered some seconds ago.
    fn query(&self, call: &Call, answer: &mut Answer) {
        let (now, question) = (self.witness.now_ms(), question(call));
        let fresh = answer.json();
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let old = answers.get(&question).filter(|(at, _)| now - at <= self.faults.index_lag_ms);
        let lags = self.faults.index_lag_ms > 0 && !self.is_calm();
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, old)) = old.filter(|_| lags && dice.chance(0.5)) {
            self.witness.count("index answered from the past");
            answer.set(old);
            return;
        }
        answers.insert(question, (now, fresh.clone()));
        let lag = if lags { dice.between(0, self.faults.index_lag_ms) } else { 0 };
        let known = |item: &Value| {
            let key = |name: &str| item.pointer(&format!("/{name}/S")).and_then(Value::as_str).unwrap_or_default();
            self.witness.untouched_ms(key("PK"), key("SK")).is_none_or(|span| span >= lag)
        };
        let items = fresh.get("Items").and_then(Value::as_array).cloned().unwrap_or_default();
        let kept: Vec<Value> = items.iter().filter(|item| known(item)).cloned().collect();
        if kept.len() < items.len() {
            self.witness.count("index not up to date");
            // What is missing is not told by the count either.
            answer.set(&json!({ "Count": kept.len(), "ScannedCount": kept.len(), "Items": kept }));
        }
    }
}

/// What makes two queries the same one, but for the time that they ask about.
fn question(call: &Call) -> String {
    format!(
        "{} {}",
        call.text("/IndexName"),
        call.body.pointer("/ExpressionAttributeValues/:shard").unwrap_or_default()
    )
}

/// Gives a job's details the words that AWS has for what befell it.
pub(crate) fn disguise(job: &mut Value, fates: &Fates) {
    let text = |name: &str| job.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(name) = JobName::parse(&text("jobName")) else { return };
    let array = job.get("arrayProperties").is_some();
    match (fates.of(&name, array), text("status").as_str()) {
        (Fate::Stuck, "RUNNABLE" | "STARTING" | "RUNNING") => {
            job["status"] = json!("RUNNABLE");
            job["statusReason"] = json!(STUCK);
        }
        // A job that was terminated says why, and nothing else.
        (Fate::Runs, "FAILED") if !array && !text("statusReason").starts_with("Batchwright") => {
            let attempts = job.get("attempts").and_then(Value::as_array).map_or(1, Vec::len);
            end(job, fates.ending(&name, array, u32::try_from(attempts).unwrap_or(1)));
        }
        (Fate::Runs | Fate::Vanishes { .. } | Fate::Stuck, _) => {}
    }
}

/// Why a job stays RUNNABLE, in AWS's words.
pub(crate) const STUCK: &str = "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is \
                                higher than that can be met by the CE(s) attached to the job queue.";

fn end(job: &mut Value, ending: Ending) {
    let (status_reason, reason, code) = match ending {
        Ending::Succeeds | Ending::Fails => return,
        Ending::HostLost => ("Host EC2 (instance i-0f) terminated.", None, Some(143)),
        Ending::HostLostSilently => ("Your Spot Task was interrupted.", None, None),
        Ending::OutOfMemory => (
            "Essential container in task exited",
            Some("OutOfMemoryError: Container killed due to memory usage"),
            Some(137),
        ),
    };
    job["statusReason"] = json!(status_reason);
    let container = json!({ "exitCode": code, "reason": reason });
    if let Some(last) = job.get_mut("attempts").and_then(Value::as_array_mut).and_then(|attempts| attempts.last_mut()) {
        last["statusReason"] = json!(status_reason);
        last["container"] = container.clone();
    }
    job["container"] = container;
}
