//! What happens to a request between an SDK and a service.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aws_smithy_runtime_api::client::{
    orchestrator::{HttpRequest, HttpResponse},
    result::ConnectorError,
};
use aws_smithy_types::body::SdkBody;
use local_wire::Service;
use tokio::{sync::oneshot, time::sleep};

use crate::{
    aws::{Call, Fates, exchange::Answer, lies::Lies},
    bugs::WireBug,
    dice::Dice,
    plan::Faults,
    witness::Witness,
};

tokio::task_local! {
    /// The invocation that sends a request.
    pub static INVOCATION: Arc<Invoked>;
}

/// An invocation of a function, as the network knows it.
#[derive(Debug)]
pub struct Invoked {
    /// Its number, for the trace.
    pub number: u64,
    /// Whether it was killed.
    pub killed: AtomicBool,
}

/// What is wrong with the wire, if a bug is planted there.
pub type Planted = Option<WireBug>;

/// How a request fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Luck {
    Clean,
    /// It never arrives. The client hears of it, or not.
    Lost {
        silent: bool,
    },
    /// It is executed, and the client does not hear the answer.
    AnswerLost {
        silent: bool,
    },
    /// It is executed this much later than it was sent; the client hears nothing.
    Late {
        after: Duration,
    },
    /// The service fails, before or after it executed the request.
    ServerError {
        executed: bool,
    },
    /// The service refuses it for now.
    Throttled,
}

/// The longest time from sending to a late execution: what the client waits for `SubmitJob`, and a minute.
const LATEST_MS: u64 = 70_000;

/// The network of a world.
pub struct Network {
    services: Arc<dyn Service>,
    faults: Faults,
    planted: Planted,
    dice: Mutex<Dice>,
    lies: Lies,
    /// No faults any more.
    calm: AtomicBool,
    /// `SubmitJob` that may still be taken, in thousandths, and when that was counted, in milliseconds.
    submits: Mutex<(u64, u64)>,
    /// Writes of a claim that a planted bug puts off until its job is submitted.
    held: Mutex<Vec<HttpRequest>>,
    pub(crate) witness: Arc<Witness>,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("faults", &self.faults).finish_non_exhaustive()
    }
}

impl Network {
    /// The network before `services`.
    pub fn new(
        seed: u64,
        services: Arc<dyn Service>,
        (faults, fates): (Faults, Fates),
        planted: Planted,
        witness: Arc<Witness>,
    ) -> Self {
        Self {
            services,
            planted,
            dice: Mutex::new(Dice::of(seed, "network")),
            lies: Lies::new(seed, faults.clone(), fates, Arc::clone(&witness)),
            calm: AtomicBool::new(false),
            submits: Mutex::new((faults.submits_per_second * 1000, 0)),
            held: Mutex::default(),
            witness,
            faults,
        }
    }

    /// From now on every request arrives, and every answer is true. What Batch has done to jobs stays done.
    pub fn calm(&self) {
        self.calm.store(true, Ordering::Relaxed);
        self.lies.calm();
    }

    fn dice(&self) -> MutexGuard<'_, Dice> {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn luck(&self, call: &Call) -> Luck {
        if self.calm.load(Ordering::Relaxed) {
            return Luck::Clean;
        }
        let (faults, mut dice) = (&self.faults, self.dice());
        let luck = if dice.chance(faults.lost) {
            Luck::Lost { silent: dice.chance(0.5) }
        } else if dice.chance(faults.answer_lost) {
            Luck::AnswerLost { silent: dice.chance(0.5) }
        } else if !call.reads() && dice.chance(faults.late) {
            Luck::Late { after: Duration::from_millis(dice.magnitude(500, LATEST_MS)) }
        } else if dice.chance(faults.server_error) {
            Luck::ServerError { executed: dice.chance(0.5) }
        } else if dice.chance(faults.throttled) {
            Luck::Throttled
        } else {
            Luck::Clean
        };
        drop(dice);
        let fault = match luck {
            Luck::Clean => return luck,
            Luck::Lost { .. } => "request lost",
            Luck::AnswerLost { .. } => "answer lost",
            Luck::Late { .. } => "request executed late",
            Luck::ServerError { .. } => "server error",
            Luck::Throttled => "throttled",
        };
        self.witness.count(fault);
        luck
    }

    /// How long it takes one way.
    pub(super) fn latency(&self) -> Duration {
        if self.calm.load(Ordering::Relaxed) {
            return Duration::from_millis(3);
        }
        let mut dice = self.dice();
        let ms = if dice.chance(self.faults.slow) { dice.magnitude(200, 8_000) } else { dice.between(1, 12) };
        Duration::from_millis(ms)
    }

    /// Carries a request to its service, and the answer, if it comes, back.
    pub(super) async fn carry(
        self: Arc<Self>,
        call: Call,
        request: HttpRequest,
        luck: Luck,
        invoked: Option<Arc<Invoked>>,
        answer: oneshot::Sender<Result<HttpResponse, ConnectorError>>,
    ) {
        let number = invoked.as_ref().map_or(0, |invoked| invoked.number);
        sleep(match luck {
            Luck::Late { after } => after,
            Luck::Clean | Luck::Lost { .. } | Luck::AnswerLost { .. } | Luck::ServerError { .. } | Luck::Throttled => {
                self.latency()
            }
        })
        .await;
        let killed = invoked.is_some_and(|invoked| invoked.killed.load(Ordering::Relaxed));
        if killed && self.dice().chance(0.5) {
            self.witness.trace(|| format!("#{number} {} {}: lost with its sender", call.operation, call.subject()));
            return;
        }
        let unheard = !matches!(luck, Luck::Clean | Luck::Throttled);
        let again = self.planted.filter(|bug| unheard && bug.resends(&call)).and_then(|_| request.try_clone());
        let executed = match luck {
            Luck::Lost { .. } | Luck::Throttled | Luck::ServerError { executed: false } => None,
            Luck::Clean | Luck::AnswerLost { .. } | Luck::Late { .. } | Luck::ServerError { executed: true } => {
                Some(self.execute(&call, request, number).await)
            }
        };
        if luck != Luck::Clean {
            self.witness.trace(|| format!("#{number} {} {}: {luck:?}", call.operation, call.subject()));
        }
        if let Some(again) = again {
            let _ = answer.send(self.execute(&call, again, number).await);
            return;
        }
        if unheard && self.planted.is_some_and(|bug| bug.takes_for_throttled(&call)) {
            let _ = answer.send(throttled(&call).await.into_sdk());
            return;
        }
        let heard = match luck {
            Luck::Clean => executed.unwrap_or_else(|| Err(reset())),
            Luck::Lost { silent: false } | Luck::AnswerLost { silent: false } => Err(reset()),
            // The sender is dropped: no answer ever comes.
            Luck::Lost { silent: true } | Luck::AnswerLost { silent: true } | Luck::Late { .. } => return,
            Luck::ServerError { .. } => {
                Answer::error(500, "InternalServerError", "the service failed").await.into_sdk()
            }
            Luck::Throttled => throttled(&call).await.into_sdk(),
        };
        let _ = answer.send(heard);
    }

    /// Lets the service execute a request, tells the witness, and lies about it as Batch and indexes do.
    async fn execute(&self, call: &Call, request: HttpRequest, number: u64) -> Result<HttpResponse, ConnectorError> {
        self.witness.count_call(call);
        if call.is("batch", "submitjob") && !self.take_submit() {
            self.witness.count("SubmitJob over the limit");
            self.witness.trace(|| format!("#{number} submitjob {}: 429, over the limit", call.subject()));
            return throttled(call).await.into_sdk();
        }
        if self.planted.is_some_and(|bug| bug.holds(call)) {
            self.held.lock().unwrap_or_else(PoisonError::into_inner).push(request);
            return Answer::read(local_wire::json(Ok(serde_json::json!({})))).await.into_sdk();
        }
        if let Some(answer) = self.lies.instead(call).await {
            self.witness.trace(|| format!("#{number} {} {} → {}", call.operation, call.subject(), answer.in_words()));
            return answer.into_sdk();
        }
        self.perform(call, request, number).await?.into_sdk()
    }

    async fn perform(&self, call: &Call, request: HttpRequest, number: u64) -> Result<Answer, ConnectorError> {
        let rewritten = self.planted.and_then(|bug| bug.rewrites(call, &self.witness));
        let mut call = call.clone();
        let mut request = request;
        if let Some(body) = rewritten {
            *request.body_mut() = SdkBody::from(body.to_string());
            call.body = body;
        }
        let mut answer = self.call(request).await?;
        self.witness.trace(|| format!("#{number} {} {} → {}", call.operation, call.subject(), answer.in_words()));
        if answer.succeeded() {
            self.witness.executed(&call, || answer.json());
            self.lies.color(&call, &mut answer);
        }
        if call.is("batch", "submitjob") {
            let held = std::mem::take(&mut *self.held.lock().unwrap_or_else(PoisonError::into_inner));
            for request in held {
                let call = Call::read(&request);
                let answer = self.call(request).await?;
                if answer.succeeded() {
                    self.witness.executed(&call, || answer.json());
                }
            }
        }
        Ok(answer)
    }

    async fn call(&self, request: HttpRequest) -> Result<Answer, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let bytes = request.body().bytes().map(<[u8]>::to_vec).unwrap_or_default();
        let response = self.services.call(request.map(|_| local_wire::body(bytes))).await;
        Ok(Answer::read(response).await)
    }

    /// Takes one of the submissions that Batch takes in a second.
    fn take_submit(&self) -> bool {
        let (rate, now) = (self.faults.submits_per_second, self.witness.now_ms());
        let mut bucket = self.submits.lock().unwrap_or_else(PoisonError::into_inner);
        let filled = bucket.0.saturating_add(now.saturating_sub(bucket.1) * rate).min(rate * 1000);
        let taken = filled >= 1000;
        *bucket = (if taken { filled - 1000 } else { filled }, now);
        taken
    }
}

fn reset() -> ConnectorError {
    ConnectorError::io("connection reset by peer".into())
}

async fn throttled(call: &Call) -> Answer {
    match call.service.as_str() {
        "dynamodb" => Answer::error(400, "ProvisionedThroughputExceededException", "too much for a partition").await,
        "batch" => Answer::error(429, "TooManyRequestsException", "Too Many Requests").await,
        _ => Answer::error(400, "ThrottlingException", "Rate exceeded").await,
    }
}
