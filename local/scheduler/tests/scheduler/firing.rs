//! Firing, in virtual time.

use std::time::Duration;

use aws_sdk_scheduler::{
    primitives::DateTime,
    types::{ActionAfterCompletion, FlexibleTimeWindow, FlexibleTimeWindowMode, RetryPolicy, ScheduleState, Target},
};
use tokio::time::{advance, sleep};

use crate::setup::{Fixture, exact, iso, ms, target};

fn at(time: &str) -> DateTime {
    DateTime::from_millis(ms(time).try_into().unwrap())
}

fn times(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(fired, scheduled)| ((*fired).to_owned(), (*scheduled).to_owned())).collect()
}

fn on_time(times: &[&str]) -> Vec<(String, String)> {
    times.iter().map(|time| ((*time).to_owned(), (*time).to_owned())).collect()
}

#[tokio::test(start_paused = true)]
async fn a_cron_schedule_fires_on_the_minute() {
    let it = Fixture::new();
    it.create("five", "cron(0/5 * * * ? *)").send().await.unwrap();
    it.run(10 * 60).await;
    assert_eq!(it.fired(), on_time(&["2026-11-24T17:05:00Z", "2026-11-24T17:10:00Z"]));
}

#[tokio::test(start_paused = true)]
async fn a_rate_fires_at_once_and_then_so_often() {
    let it = Fixture::new();
    it.create("rate", "rate(5 minutes)").send().await.unwrap();
    it.run(10 * 60 - 1).await;
    assert_eq!(it.fired(), on_time(&["2026-11-24T17:00:30Z", "2026-11-24T17:05:30Z"]));
}

#[tokio::test(start_paused = true)]
async fn a_schedule_made_while_it_sleeps_fires_on_time() {
    let it = Fixture::new();
    it.create("daily", "cron(0 6 * * ? *)").send().await.unwrap();
    let ((), ()) = tokio::join!(it.run(300), async {
        sleep(Duration::from_secs(7)).await;
        it.create("soon", "at(2026-11-24T17:00:41)").send().await.unwrap();
    });
    assert_eq!(it.fired(), on_time(&["2026-11-24T17:00:41Z"]));
}

#[tokio::test(start_paused = true)]
async fn dates_and_the_zone_bound_a_schedule() {
    let it = Fixture::new();
    let create = it.create("rate", "rate(1 minute)").start_date(at("2026-11-24T17:03:00Z"));
    create.end_date(at("2026-11-24T17:04:30Z")).send().await.unwrap();
    it.create("berlin", "cron(5 18 * * ? *)").schedule_expression_timezone("Europe/Berlin").send().await.unwrap();
    it.run(600).await;
    assert_eq!(it.fired(), on_time(&["2026-11-24T17:03:00Z", "2026-11-24T17:04:00Z", "2026-11-24T17:05:00Z"]));
}

#[tokio::test(start_paused = true)]
async fn the_input_is_filled_in() {
    let it = Fixture::new();
    let input = r#"{"time":"<aws.scheduler.scheduled-time>","arn":"<aws.scheduler.schedule-arn>","id":"<aws.scheduler.execution-id>","n":"<aws.scheduler.attempt-number>"}"#;
    let retry = RetryPolicy::builder().maximum_event_age_in_seconds(3_600).maximum_retry_attempts(2).build();
    let with_input = target().input(input).retry_policy(retry).build().unwrap();
    it.create("filled", "at(2026-11-24T17:01:00)").target(with_input).send().await.unwrap();
    it.create("event", "at(2026-11-24T17:02:00)").send().await.unwrap();
    it.run(120).await;
    let fired: Vec<_> = it.firings().into_iter().map(|(_, firing)| firing).collect();
    let arn = "arn:aws:scheduler:us-east-1:000000000000:schedule/default/filled";
    let id = &fired[0].execution_id;
    assert_eq!(fired[0].input, format!(r#"{{"time":"2026-11-24T17:01:00Z","arn":"{arn}","id":"{id}","n":"1"}}"#));
    assert_eq!(fired[0].schedule_arn, arn);
    assert_eq!((fired[0].retry.max_age_s, fired[0].retry.max_retries), (3_600, 2));
    assert_eq!(fired[0].target_arn, "arn:aws:lambda:us-east-1:000000000000:function:on-schedule");
    assert!(fired[1].input.contains(r#""detail-type":"Scheduled Event""#), "{}", fired[1].input);
    assert!(fired[1].input.contains(r#""time":"2026-11-24T17:02:00Z""#));
}

#[tokio::test(start_paused = true)]
async fn a_flexible_window_is_a_moment_within_it() {
    let it = Fixture::new();
    let window = FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Flexible).maximum_window_in_minutes(10);
    let create = it.create("flexible", "cron(0 * * * ? *)");
    create.flexible_time_window(window.build().unwrap()).send().await.unwrap();
    // Until the window of the 24th is over.
    it.run(24 * 3_600 + 570).await;
    let late: Vec<u64> = it.firings().iter().map(|(fired, firing)| fired - firing.scheduled_ms).collect();
    assert_eq!(late.len(), 24);
    assert!(late.iter().all(|late| *late < 600_000), "{late:?}");
    assert!(late.iter().any(|late| *late > 300_000) && late.iter().any(|late| *late < 300_000), "{late:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_missed_is_made_up_for_once() {
    let it = Fixture::new();
    it.create("five", "cron(0/5 * * * ? *)").send().await.unwrap();
    it.create("young", "cron(0 * * * ? *)").target(impatient()).send().await.unwrap();
    advance(Duration::from_secs(3 * 3_600)).await;
    let restarted = Fixture::over(it.store.clone(), it.clock.clone());
    restarted.run(300).await;
    // It is 20:00:30. The hourly one is 30 seconds old, and no older than it may be.
    assert_eq!(
        restarted.fired(),
        times(&[
            ("2026-11-24T20:00:30Z", "2026-11-24T20:00:00Z"),
            ("2026-11-24T20:00:30Z", "2026-11-24T20:00:00Z"),
            ("2026-11-24T20:05:00Z", "2026-11-24T20:05:00Z"),
        ])
    );
}

/// A target that takes nothing older than a minute.
fn impatient() -> Target {
    target().retry_policy(RetryPolicy::builder().maximum_event_age_in_seconds(60).build()).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_is_too_old_is_skipped() {
    let it = Fixture::new();
    it.create("hourly", "cron(0 * * * ? *)").target(impatient()).send().await.unwrap();
    it.create("once", "at(2026-11-24T17:01:00)").target(impatient()).send().await.unwrap();
    advance(Duration::from_secs(3 * 3_600 + 600)).await;
    let restarted = Fixture::over(it.store.clone(), it.clock.clone());
    restarted.run(3_600).await;
    assert_eq!(restarted.fired(), on_time(&["2026-11-24T21:00:00Z"]));
}

#[tokio::test(start_paused = true)]
async fn a_restart_fires_nothing_twice() {
    let it = Fixture::new();
    it.create("five", "cron(0/5 * * * ? *)").send().await.unwrap();
    it.run(270).await;
    assert_eq!(it.fired(), on_time(&["2026-11-24T17:05:00Z"]));
    let restarted = Fixture::over(it.store.clone(), it.clock.clone());
    restarted.run(300).await;
    assert_eq!(restarted.fired(), on_time(&["2026-11-24T17:10:00Z"]));
}

#[tokio::test(start_paused = true)]
async fn a_schedule_that_completed_is_deleted_if_asked() {
    let it = Fixture::new();
    let create = it.create("gone", "at(2026-11-24T17:01:00)");
    create.action_after_completion(ActionAfterCompletion::Delete).send().await.unwrap();
    it.create("kept", "at(2026-11-24T17:01:00)").send().await.unwrap();
    it.run(60).await;
    assert_eq!(it.fired().len(), 2);
    let gone = it.client.get_schedule().name("gone").send().await;
    assert!(gone.unwrap_err().into_service_error().is_resource_not_found_exception());
    it.client.get_schedule().name("kept").send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_update_moves_the_next_firing() {
    let it = Fixture::new();
    let update = |expression: &str, state: ScheduleState| {
        let update = it.client.update_schedule().name("five").schedule_expression(expression).state(state);
        update.flexible_time_window(exact()).target(target().build().unwrap()).send()
    };
    it.create("five", "cron(0/5 * * * ? *)").send().await.unwrap();
    update("cron(0/5 * * * ? *)", ScheduleState::Disabled).await.unwrap();
    it.run(600).await;
    assert_eq!(it.fired(), []);
    // It is 17:10:30.
    let ((), ()) = tokio::join!(it.run(300), async {
        sleep(Duration::from_secs(1)).await;
        update("cron(0/2 * * * ? *)", ScheduleState::Enabled).await.unwrap();
    });
    assert_eq!(it.fired(), on_time(&["2026-11-24T17:12:00Z", "2026-11-24T17:14:00Z"]));
    it.client.delete_schedule().name("five").send().await.unwrap();
    it.run(300).await;
    assert_eq!(it.fired().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_fails_leaves_the_firing_due() {
    let it = Fixture::new();
    it.create("once", "at(2026-11-24T17:01:00)").send().await.unwrap();
    let failing = local_scheduler::Scheduler::open(local_scheduler::Config {
        store: it.store.clone(),
        clock: it.clock.clone(),
        ids: ambient::Ids::seeded(2),
        region: "us-east-1".into(),
        fire: std::sync::Arc::new(|_, _| Err(rusqlite::Error::InvalidQuery)),
    })
    .unwrap();
    assert!(failing.run().await.is_err());
    it.run(1).await;
    assert_eq!(
        it.firings().iter().map(|(_, firing)| iso(firing.scheduled_ms)).collect::<Vec<_>>(),
        ["2026-11-24T17:01:00Z"]
    );
}
