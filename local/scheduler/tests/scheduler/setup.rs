//! A service over an empty store, a client of it, and what fired.

use std::sync::{Arc, Mutex};

use ambient::{Clock, Ids};
use aws_sdk_scheduler::{
    Client,
    config::{BehaviorVersion, Credentials, Region, retry::RetryConfig},
    error::{ProvideErrorMetadata, SdkError},
    operation::create_schedule::builders::CreateScheduleFluentBuilder,
    types::{FlexibleTimeWindow, FlexibleTimeWindowMode, Target, builders::TargetBuilder},
};
use chrono::{DateTime, Utc};
use local_scheduler::{Config, Firing, Scheduler};
use local_store::Store;

/// A Tuesday.
pub(crate) const START: &str = "2026-11-24T17:00:30Z";

/// Milliseconds since the Unix epoch of a time such as `2026-11-24T17:00:00Z`.
pub(crate) fn ms(time: &str) -> u64 {
    time.parse::<DateTime<Utc>>().unwrap().timestamp_millis().try_into().unwrap()
}

/// The time in the form that [`ms`] reads.
pub(crate) fn iso(ms: u64) -> String {
    DateTime::from_timestamp_millis(ms.try_into().unwrap()).unwrap().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A service, and what fired: each with the time it fired at.
pub(crate) struct Fixture {
    pub(crate) client: Client,
    pub(crate) scheduler: Arc<Scheduler>,
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    fired: Arc<Mutex<Vec<(u64, Firing)>>>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::over(Store::memory().unwrap(), Clock::starting_at(ms(START)))
    }

    /// A process that starts over what another one left.
    pub(crate) fn over(store: Store, clock: Clock) -> Self {
        let fired = Arc::new(Mutex::new(Vec::new()));
        let (seen, now) = (Arc::clone(&fired), clock.clone());
        let scheduler = Scheduler::open(Config {
            store: store.clone(),
            clock: clock.clone(),
            ids: Ids::seeded(1),
            region: "us-east-1".into(),
            fire: Arc::new(move |_, firing| {
                seen.lock().unwrap().push((now.now_ms(), firing.clone()));
                Ok(())
            }),
        })
        .unwrap();
        Self { client: client(&scheduler), scheduler, store, clock, fired }
    }

    /// Lets it fire for so many seconds.
    pub(crate) async fn run(&self, seconds: u64) {
        let run = Arc::clone(&self.scheduler).run();
        let ended = tokio::time::timeout(std::time::Duration::from_secs(seconds), run).await;
        assert!(ended.is_err(), "{ended:?}");
    }

    /// The times at which something fired, and those it was scheduled for.
    pub(crate) fn fired(&self) -> Vec<(String, String)> {
        self.firings().into_iter().map(|(at, firing)| (iso(at), iso(firing.scheduled_ms))).collect()
    }

    pub(crate) fn firings(&self) -> Vec<(u64, Firing)> {
        self.fired.lock().unwrap().clone()
    }

    /// A schedule to be created.
    pub(crate) fn create(&self, name: &str, expression: &str) -> CreateScheduleFluentBuilder {
        let create = self.client.create_schedule().name(name).schedule_expression(expression);
        create.flexible_time_window(exact()).target(target().build().unwrap())
    }
}

fn client(scheduler: &Arc<Scheduler>) -> Client {
    let config = aws_sdk_scheduler::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
        .region(Region::new("us-east-1"))
        .endpoint_url("http://local")
        .retry_config(RetryConfig::disabled())
        .http_client(local_wire::client(scheduler.clone()))
        .build();
    Client::from_conf(config)
}

pub(crate) fn exact() -> FlexibleTimeWindow {
    FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build().unwrap()
}

pub(crate) fn target() -> TargetBuilder {
    let target = Target::builder().arn("arn:aws:lambda:us-east-1:000000000000:function:on-schedule");
    target.role_arn("arn:aws:iam::000000000000:role/scheduler")
}

/// The code of the error that a call ended with.
pub(crate) fn code<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    outcome: Result<T, SdkError<E, R>>,
) -> String {
    outcome.unwrap_err().code().unwrap().to_owned()
}
