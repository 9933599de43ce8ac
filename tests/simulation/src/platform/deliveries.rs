//! Events on their way to the functions: of jobs, of schedules, of S3. Lost, doubled, late by seconds or by hours.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use local_batch::Batch;
use local_store::Store;
use local_surface::Function;
use serde_json::Value;
use tokio::time::sleep;

use crate::{aws::Fates, bugs::EventBug, dice::Dice, facts::Asked, plan::Faults, platform::Lambda, witness::Witness};

/// How many of Batch's events are taken at once.
const EVENTS: u32 = 1_000;
/// Lambda tries an asynchronous invocation twice more.
const TRIES: u64 = 3;
const MINUTE_MS: u64 = 60_000;

/// The deliveries of a world.
pub struct Deliveries {
    pub(crate) store: Store,
    pub(crate) batch: Arc<Batch>,
    pub(crate) lambda: Arc<Lambda>,
    pub(crate) witness: Arc<Witness>,
    pub(crate) fates: Fates,
    pub(crate) faults: Faults,
    pub(crate) planted: Option<EventBug>,
    dice: Mutex<Dice>,
    calm: AtomicBool,
    under_way: AtomicU64,
    /// Invocations that failed three times.
    dead_letters: Mutex<Vec<(Function, Value)>>,
}

/// The deliveries, for the services, which are there before them. It does not keep them, since they keep the services.
#[derive(Clone, Default)]
pub(crate) struct LateDeliveries(Arc<OnceLock<Weak<Deliveries>>>);

impl LateDeliveries {
    /// They are there.
    pub(crate) fn set(&self, deliveries: &Arc<Deliveries>) {
        let _ = self.0.set(Arc::downgrade(deliveries));
    }

    /// `None` before they are there, and after the world.
    pub(crate) fn get(&self) -> Option<Arc<Deliveries>> {
        self.0.get()?.upgrade()
    }
}

impl Deliveries {
    pub(crate) fn new(
        seed: u64,
        (store, batch): (Store, Arc<Batch>),
        (lambda, witness): (Arc<Lambda>, Arc<Witness>),
        (fates, faults): (Fates, Faults),
        planted: Option<EventBug>,
    ) -> Self {
        Self {
            store,
            batch,
            lambda,
            witness,
            fates,
            faults,
            planted,
            dice: Mutex::new(Dice::of(seed, "deliveries")),
            calm: AtomicBool::new(false),
            under_way: AtomicU64::new(0),
            dead_letters: Mutex::default(),
        }
    }

    fn dice(&self) -> MutexGuard<'_, Dice> {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn befalls(&self, probability: f64, fault: &'static str) -> bool {
        let befalls = !self.calm.load(Ordering::Relaxed) && self.dice().chance(probability);
        if befalls {
            self.witness.count(fault);
        }
        befalls
    }

    /// From now on everything arrives; and what was given up is tried again, as an operator does.
    pub(crate) fn calm(self: &Arc<Self>) {
        self.calm.store(true, Ordering::Relaxed);
        let dead_letters = std::mem::take(&mut *self.dead_letters.lock().unwrap_or_else(PoisonError::into_inner));
        for (function, event) in dead_letters {
            self.deliver(function, event, Duration::ZERO);
        }
    }

    /// How many events are on their way.
    pub(crate) fn under_way(&self) -> u64 {
        self.under_way.load(Ordering::Relaxed)
    }

    /// Delivers Batch's events as they come, for ever.
    pub(crate) async fn run(self: Arc<Self>) {
        while self.batch.events_ready().await.is_ok() {
            self.catch_up();
        }
    }

    /// Takes what Batch tells: it is known from now on, and sent on its way.
    pub(crate) fn catch_up(self: &Arc<Self>) {
        if now_or_never(self.batch.events_ready()).is_none() {
            return;
        }
        let taken = self.store.write(|transaction| self.batch.take_events(transaction, EVENTS)).unwrap_or_default();
        for event in &taken {
            self.witness.job_changed(event);
            self.job_changed(event);
        }
    }

    fn job_changed(self: &Arc<Self>, event: &Value) {
        let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let (id, status) = (text("/detail/jobId"), text("/detail/status"));
        let child = event.pointer("/detail/arrayProperties/index").is_some();
        let terminal = matches!(status, "SUCCEEDED" | "FAILED");
        self.witness.trace(|| format!("Batch: {} {id} is {status}", text("/detail/jobName")));
        let through = terminal && !child || self.befalls(self.faults.event_of_child, "event that the rule should stop");
        if !through || self.witness.has_vanished(id) {
            return;
        }
        if self.befalls(self.faults.event_lost, "event lost") {
            return;
        }
        let mut event = event.clone();
        if let Some(detail) = event.get_mut("detail") {
            crate::aws::disguise(detail, &self.fates);
        }
        let again = self.befalls(self.faults.event_again, "event doubled");
        for _ in 0..1 + u32::from(again) {
            let delay = self.delay();
            self.deliver(Function::OnJobChange, event.clone(), delay);
        }
    }

    fn delay(&self) -> Duration {
        let ms = if self.befalls(self.faults.event_very_late, "event late by hours") {
            self.dice().between(60 * MINUTE_MS, 6 * 60 * MINUTE_MS)
        } else if self.befalls(self.faults.event_late, "event late by minutes") {
            self.dice().between(MINUTE_MS, 15 * MINUTE_MS)
        } else {
            self.dice().magnitude(50, 3_000)
        };
        Duration::from_millis(ms)
    }

    /// Sends an event to a function, which is tried three times, as Lambda does.
    pub(crate) fn deliver(self: &Arc<Self>, function: Function, event: Value, delay: Duration) {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        let deliveries = Arc::clone(self);
        tokio::spawn(async move {
            sleep(delay).await;
            let mut done = false;
            for tried in 0..TRIES {
                sleep(Duration::from_millis(tried * MINUTE_MS)).await;
                done = deliveries.lambda.invoke(function, event.clone()).await.is_ok();
                if done {
                    break;
                }
            }
            if !done && function == Function::OnSchedule {
                deliveries.dead_letters.lock().unwrap_or_else(PoisonError::into_inner).push((function, event));
            }
            deliveries.under_way.fetch_sub(1, Ordering::Relaxed);
        });
    }

    /// A schedule fired.
    pub(crate) fn fired(self: &Arc<Self>, firing: &local_scheduler::Firing) {
        let event: Value = serde_json::from_str(&firing.input).unwrap_or_default();
        let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (pipeline, schedule, scheduled_time) = (text("pipeline"), text("schedule"), text("scheduled_time"));
        self.witness.ask(Asked::Firing { pipeline, schedule, scheduled_time });
        let again = self.befalls(self.faults.event_again, "firing doubled");
        for _ in 0..1 + u32::from(again) {
            let delay = self.delay();
            self.deliver(Function::OnSchedule, event.clone(), delay);
        }
    }

    /// After how many seconds each copy of an S3 notification comes.
    pub(crate) fn notification_delays_s(&self) -> Vec<u32> {
        let again = self.befalls(self.faults.event_again, "notification doubled");
        let late = self.befalls(self.faults.event_late, "notification late");
        let latest = if late { 300 } else { 2 };
        let delay = || u32::try_from(self.dice().between(0, latest)).unwrap_or_default();
        (0..1 + u32::from(again)).map(|_| delay()).collect()
    }

    /// An S3 notification as it is sent.
    pub(crate) fn notification(&self, message: String) -> String {
        match self.planted {
            Some(EventBug::NoSequencer) => EventBug::without_sequencer(&message),
            Some(EventBug::DeletedBeforeHandling | EventBug::RedrivenIsNew) | None => message,
        }
    }

    pub(crate) fn batch_size(&self) -> u32 {
        u32::try_from(self.dice().between(1, 10)).unwrap_or(1)
    }

    pub(crate) fn loses_wake(&self) -> bool {
        self.befalls(self.faults.wake_lost, "wake-up lost")
    }

    pub(crate) fn delivers_again(&self) -> bool {
        self.befalls(self.faults.redelivered, "message delivered again while it was handled")
    }

    pub(crate) fn deletes_before_handling(&self) -> bool {
        self.planted == Some(EventBug::DeletedBeforeHandling)
    }

    /// Some moment within an invocation.
    pub(crate) fn moment(&self) -> Duration {
        Duration::from_millis(self.dice().magnitude(1, 2_000))
    }
}

/// What a future gives at once, if it does.
fn now_or_never<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}
