//! Lambda: execution environments, and invocations that end when they are done, out of time, or killed.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use control::{Control, Invocation};
use local_surface::Function;
use serde_json::Value;
use tokio::time::timeout;

use crate::{
    aws::{INVOCATION, Invoked},
    dice::Dice,
    plan::Faults,
    witness::Witness,
};

/// How long a function may take, as in the stack's template.
const TIMEOUT_MS: u64 = 60_000;
/// How many execution environments there are. Each has a clock of its own.
const ENVIRONMENTS: usize = 3;
/// At how many polls an invocation is killed at the latest.
const POLLS: u64 = 150;

/// The invocation did not succeed, for whatever reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed(pub String);

/// Makes a control plane whose clock is ahead by some milliseconds.
pub type MakeControl = Box<dyn Fn(u64) -> Control + Send + Sync>;

/// Lambda.
pub struct Lambda {
    make: MakeControl,
    environments: Mutex<Vec<Arc<Control>>>,
    faults: Faults,
    dice: Mutex<Dice>,
    calm: AtomicBool,
    invocations: AtomicU64,
    running: AtomicU64,
    witness: Arc<Witness>,
}

impl Lambda {
    /// With no environment yet.
    pub fn new(seed: u64, faults: Faults, make: MakeControl, witness: Arc<Witness>) -> Self {
        Self {
            make,
            environments: Mutex::default(),
            faults,
            dice: Mutex::new(Dice::of(seed, "lambda")),
            calm: AtomicBool::new(false),
            invocations: AtomicU64::new(0),
            running: AtomicU64::new(0),
            witness,
        }
    }

    /// From now on nothing is killed.
    pub fn calm(&self) {
        self.calm.store(true, Ordering::Relaxed);
    }

    /// How many invocations there have been.
    pub fn invocations(&self) -> u64 {
        self.invocations.load(Ordering::Relaxed)
    }

    /// How many invocations run.
    pub fn running(&self) -> u64 {
        self.running.load(Ordering::Relaxed)
    }

    fn dice(&self) -> MutexGuard<'_, Dice> {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something with this probability happens.
    fn befalls(&self, probability: f64, fault: &'static str) -> bool {
        let befalls = !self.calm.load(Ordering::Relaxed) && self.dice().chance(probability);
        if befalls {
            self.witness.count(fault);
        }
        befalls
    }

    /// Invokes a function; with an event that is delivered to two at once, the first success counts.
    pub async fn invoke(self: &Arc<Self>, function: Function, event: Value) -> Result<Value, Failed> {
        if self.befalls(self.faults.twice, "event handled by two at once") {
            let (lambda, event) = (Arc::clone(self), event.clone());
            tokio::spawn(async move { drop(lambda.invoke_once(function, event).await) });
        }
        self.invoke_once(function, event).await
    }

    async fn invoke_once(self: &Arc<Self>, function: Function, event: Value) -> Result<Value, Failed> {
        let control = self.environment();
        let time = self.time();
        let polls = self.befalls(self.faults.killed, "invocation killed").then(|| self.dice().magnitude(1, POLLS));
        let number = self.invocations.fetch_add(1, Ordering::Relaxed) + 1;
        let invoked = Arc::new(Invoked { number, killed: AtomicBool::new(false) });
        self.witness.trace(|| format!("#{number} {} begins", function.name()));
        self.running.fetch_add(1, Ordering::Relaxed);
        let handling = INVOCATION.scope(Arc::clone(&invoked), async move {
            let invocation = Invocation::ending_in(time);
            function.handle(&control, event, &invocation).await
        });
        let ended = timeout(time, Mortal { future: Box::pin(handling), polls }).await;
        self.running.fetch_sub(1, Ordering::Relaxed);
        let outcome = match ended {
            Ok(Some(Ok(answer))) => Ok(answer),
            Ok(Some(Err(error))) => Err(Failed(error.to_string())),
            Ok(None) => {
                invoked.killed.store(true, Ordering::Relaxed);
                Err(Failed("killed".to_owned()))
            }
            Err(_) => {
                invoked.killed.store(true, Ordering::Relaxed);
                self.witness.count("invocation out of time");
                Err(Failed("out of time".to_owned()))
            }
        };
        self.witness.trace(|| match &outcome {
            Ok(_) => format!("#{number} {} succeeded", function.name()),
            Err(Failed(why)) => format!("#{number} {} failed: {why}", function.name()),
        });
        outcome
    }

    fn time(&self) -> Duration {
        let short = self.befalls(self.faults.short_of_time, "invocation short of time");
        Duration::from_millis(if short { self.dice().between(15_100, 22_000) } else { TIMEOUT_MS })
    }

    /// A warm environment, or a cold one.
    fn environment(&self) -> Arc<Control> {
        let cold = self.befalls(self.faults.cold, "cold environment");
        let mut environments = self.environments.lock().unwrap_or_else(PoisonError::into_inner);
        if cold || environments.len() < ENVIRONMENTS {
            let skew = self.dice().between(0, self.faults.skew_ms);
            if environments.len() == ENVIRONMENTS {
                environments.remove(0);
            }
            environments.push(Arc::new((self.make)(skew)));
        }
        let environment = self.dice().pick(&environments).cloned();
        environment.unwrap_or_else(|| Arc::new((self.make)(0)))
    }
}

/// A future that is dropped before it is polled for the nth time.
struct Mortal<F> {
    future: Pin<Box<F>>,
    polls: Option<u64>,
}

impl<F: Future> Future for Mortal<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.polls {
            Some(0) => return Poll::Ready(None),
            Some(left) => *left -= 1,
            None => {}
        }
        self.future.as_mut().poll(context).map(Some)
    }
}
