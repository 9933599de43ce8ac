//! Order, arrays, dependencies, retries, time-outs and stops, with played jobs in paused time.

use std::time::Duration;

use crate::support::{Scripted, World, id, refused, statuses};
use aws_sdk_batch::types::{
    ArrayJobDependency, ArrayProperties, EvaluateOnExit, JobDependency, JobStatus, JobTimeout, RetryAction,
    RetryStrategy,
};
use tokio::time::{Instant, sleep};

fn after(job: &str) -> JobDependency {
    JobDependency::builder().job_id(job).build()
}

fn array(size: i32) -> ArrayProperties {
    ArrayProperties::builder().size(size).build()
}

fn attempts(attempts: i32) -> RetryStrategy {
    RetryStrategy::builder().attempts(attempts).build()
}

#[tokio::test(start_paused = true)]
async fn queues_come_by_priority_then_shares_by_priority_then_age() {
    let runner = Scripted::new();
    let world = World::scripted(&runner).await;
    world.fair_queue("high", 50).await;
    world.define_sized("all", &["sleep", "10"], "2", "64").await;
    let first = world.submit("all").await;
    world.until(&first, &JobStatus::Running).await;
    let urgent = |queue: &str, priority: i32| {
        let submission = world.submission("all").job_queue(queue).share_identifier("a");
        id(submission.scheduling_priority_override(priority))
    };
    let plain = [world.submit("all").await, world.submit("all").await];
    let (low, high, high_too) = (urgent("high", 1).await, urgent("high", 9).await, urgent("high", 9).await);
    world.ended(&plain[1]).await;
    let order = [first, high, high_too, low].into_iter().chain(plain).collect::<Vec<_>>();
    assert_eq!(runner.started(), order);
}

#[tokio::test(start_paused = true)]
async fn a_big_job_is_not_starved_by_small_ones_and_one_too_big_runs_alone() {
    let runner = Scripted::new();
    let world = World::scripted(&runner).await;
    world.define_sized("small", &["sleep", "10"], "1", "64").await;
    world.define_sized("huge", &["sleep", "10"], "64", "999999").await;
    let first = world.submit("small").await;
    let huge = world.submit("huge").await;
    let late = world.submit("small").await;
    world.until(&first, &JobStatus::Running).await;
    // There would be room for the late one, but it would take what the huge one waits for.
    assert_eq!(world.job(&late).await.status(), Some(&JobStatus::Runnable));
    world.until(&huge, &JobStatus::Running).await;
    assert_eq!(world.job(&late).await.status(), Some(&JobStatus::Runnable));
    world.ended(&late).await;
    assert_eq!(runner.started(), [first, huge, late]);
}

#[tokio::test(start_paused = true)]
async fn eight_children_of_a_quarter_run_at_once_and_their_parent_counts_them() {
    let world = World::scripted(&Scripted::new()).await;
    world.define("work", &["sleep", "20"]).await;
    let parent = id(world.submission("work").array_properties(array(10))).await;
    world.until(&format!("{parent}:7"), &JobStatus::Running).await;
    let job = world.job(&parent).await;
    assert_eq!(job.status(), Some(&JobStatus::Pending));
    let counts = |job: &aws_sdk_batch::types::JobDetail, status: &str| {
        job.array_properties().unwrap().status_summary().unwrap()[status]
    };
    assert_eq!((counts(&job, "RUNNING"), counts(&job, "RUNNABLE"), counts(&job, "SUCCEEDED")), (8, 2, 0));
    let listed = world.client.list_jobs().array_job_id(&parent).send().await.unwrap();
    assert_eq!(listed.job_summary_list().len(), 8);
    let job = world.ended(&parent).await;
    assert_eq!(job.status(), Some(&JobStatus::Succeeded));
    assert_eq!((counts(&job, "SUCCEEDED"), job.array_properties().unwrap().size()), (10, Some(10)));
    let events = world.events();
    assert_eq!(statuses(&events, &parent), ["SUCCEEDED"]);
    assert_eq!(statuses(&events, &format!("{parent}:3")), ["RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"]);
}

#[tokio::test(start_paused = true)]
async fn one_failed_child_fails_the_array_after_all_have_ended() {
    let world = World::scripted(&Scripted::new()).await;
    // `Ref::` is replaced for all children alike, so let them fail as one.
    world.define("bad", &["exit", "1"]).await;
    let parent = id(world.submission("bad").array_properties(array(3)).retry_strategy(attempts(2))).await;
    let job = world.ended(&parent).await;
    assert_eq!((job.status(), job.status_reason()), (Some(&JobStatus::Failed), Some("Array Child Job failed")));
    for index in 0..3 {
        assert_eq!(world.job(&format!("{parent}:{index}")).await.attempts().len(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dependent_waits_for_success_and_falls_with_a_failure() {
    let runner = Scripted::new();
    let world = World::scripted(&runner).await;
    world.define("good", &["sleep", "5"]).await;
    world.define("bad", &["exit", "1"]).await;
    let parent = id(world.submission("good").array_properties(array(3))).await;
    let other = world.submit("good").await;
    let both = id(world.submission("good").depends_on(after(&parent)).depends_on(after(&other))).await;
    let twice = id(world.submission("good").depends_on(after(&both)).depends_on(after(&both))).await;
    assert_eq!(world.job(&both).await.status(), Some(&JobStatus::Pending));
    assert_eq!(world.ended(&twice).await.status(), Some(&JobStatus::Succeeded));

    let bad = world.submit("bad").await;
    world.ended(&bad).await;
    let late = id(world.submission("good").depends_on(after(&bad))).await;
    let late_array = id(world.submission("good").depends_on(after(&late)).array_properties(array(2))).await;
    for fallen in [&late, &late_array] {
        let job = world.ended(fallen).await;
        assert_eq!((job.status(), job.status_reason()), (Some(&JobStatus::Failed), Some("Dependent Job failed")));
    }
    assert_eq!(statuses(&world.events(), &late), ["FAILED"]);
    let unknown = "4c7599ae-0a82-49aa-ba5a-4727fcce14a8";
    let message = refused(world.submission("good").depends_on(after(unknown)).send()).await;
    assert!(message.contains(unknown), "{message}");
}

#[tokio::test(start_paused = true)]
async fn children_wait_for_their_like_or_for_the_one_before() {
    let runner = Scripted::new();
    let world = World::scripted(&runner).await;
    world.define("step", &["sleep", "1"]).await;
    let sequential = JobDependency::builder().r#type(ArrayJobDependency::Sequential).build();
    let chain = id(world.submission("step").array_properties(array(3)).depends_on(sequential)).await;
    let like = JobDependency::builder().job_id(&chain).r#type(ArrayJobDependency::NToN).build();
    let twin = id(world.submission("step").array_properties(array(3)).depends_on(like.clone())).await;
    assert_eq!(world.ended(&twin).await.status(), Some(&JobStatus::Succeeded));
    let started = runner.started();
    let at = |job: &str, index: usize| started.iter().position(|started| *started == format!("{job}:{index}")).unwrap();
    for index in 0..3 {
        assert!(at(&chain, index) < at(&twin, index));
        assert!(index == 0 || at(&chain, index - 1) < at(&chain, index));
    }
    let message = refused(world.submission("step").array_properties(array(4)).depends_on(like).send()).await;
    assert!(message.contains("same size"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn like_children_of_an_array_that_never_came_to_be_fall() {
    let world = World::scripted(&Scripted::new()).await;
    world.define("step", &["sleep", "1"]).await;
    world.define("bad", &["exit", "1"]).await;
    let bad = world.submit("bad").await;
    // The first array waits, so its children do not exist when those of the second are told to wait for them.
    let slow = world.submit("step").await;
    let doomed = world.submission("step").array_properties(array(2)).depends_on(after(&slow));
    let doomed = id(doomed.depends_on(after(&bad))).await;
    let like = JobDependency::builder().job_id(&doomed).r#type(ArrayJobDependency::NToN).build();
    let twin = id(world.submission("step").array_properties(array(2)).depends_on(like)).await;
    let job = world.ended(&twin).await;
    assert_eq!((job.status(), job.status_reason()), (Some(&JobStatus::Failed), Some("Array Child Job failed")));
    assert_eq!(world.job(&format!("{twin}:1")).await.status_reason(), Some("Dependent Job failed"));
}

#[tokio::test(start_paused = true)]
async fn a_timeout_ends_an_attempt_kindly_then_surely_and_is_not_retried() {
    let world = World::scripted(&Scripted::new()).await;
    world.define("long", &["sleep", "1000"]).await;
    world.define("stubborn", &["stubborn", "1000"]).await;
    for (name, seconds, code) in [("long", 60, 143), ("stubborn", 90, 137)] {
        let timeout = JobTimeout::builder().attempt_duration_seconds(60).build();
        let begin = Instant::now();
        let job = id(world.submission(name).timeout(timeout).retry_strategy(attempts(3))).await;
        sleep(Duration::from_secs(seconds - 1)).await;
        assert_eq!(world.job(&job).await.status(), Some(&JobStatus::Running));
        let job = world.ended(&job).await;
        assert_eq!(begin.elapsed().as_secs(), seconds);
        assert_eq!(job.status_reason(), Some("Job attempt duration exceeded timeout"));
        assert_eq!((job.attempts().len(), job.container().unwrap().exit_code()), (1, Some(code)));
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_ends_at_once_when_it_is_cancelled_or_terminated() {
    let runner = Scripted::new();
    let world = World::scripted(&runner).await;
    world.define_sized("all", &["sleep", "100"], "2", "64").await;
    let running = world.submit("all").await;
    let (waits, depends) = (world.submit("all").await, id(world.submission("all").depends_on(after(&running))).await);
    world.until(&running, &JobStatus::Running).await;
    world.client.cancel_job().job_id(&waits).reason("not needed").send().await.unwrap();
    world.client.terminate_job().job_id(&depends).reason("nor this").send().await.unwrap();
    let job = world.job(&waits).await;
    assert_eq!((job.status(), job.status_reason()), (Some(&JobStatus::Failed), Some("not needed")));
    assert_eq!((job.is_cancelled(), job.attempts().len()), (Some(true), 0));
    assert_eq!(world.job(&depends).await.status_reason(), Some("nor this"));
    // What has ended stays as it is, and an unknown job is no error.
    world.client.terminate_job().job_id(&waits).reason("again").send().await.unwrap();
    assert_eq!(world.job(&waits).await.status_reason(), Some("not needed"));
    let unknown = "4c7599ae-0a82-49aa-ba5a-4727fcce14a8";
    world.client.terminate_job().job_id(unknown).reason("who?").send().await.unwrap();
    world.ended(&running).await;
    sleep(Duration::from_secs(300)).await;
    assert_eq!(runner.started(), [running]);
}

#[tokio::test(start_paused = true)]
async fn a_terminated_array_ends_its_children_and_a_cancelled_one_lets_the_running_end() {
    let world = World::scripted(&Scripted::new()).await;
    world.define_sized("half", &["sleep", "20"], "1", "64").await;
    for (cancel, running) in [(false, JobStatus::Failed), (true, JobStatus::Succeeded)] {
        let parent = id(world.submission("half").array_properties(array(4)).retry_strategy(attempts(2))).await;
        world.until(&format!("{parent}:1"), &JobStatus::Running).await;
        if cancel {
            world.client.cancel_job().job_id(&parent).reason("stop").send().await.unwrap();
        } else {
            world.client.terminate_job().job_id(&parent).reason("stop").send().await.unwrap();
        }
        let job = world.ended(&parent).await;
        assert_eq!((job.status(), job.status_reason()), (Some(&JobStatus::Failed), Some("stop")));
        assert_eq!(world.job(&format!("{parent}:0")).await.status(), Some(&running));
        assert_eq!(world.job(&format!("{parent}:3")).await.status_reason(), Some("stop"));
    }
}

#[tokio::test(start_paused = true)]
async fn many_are_stopped_in_one_request_and_each_is_answered_for() {
    let world = World::scripted(&Scripted::new()).await;
    world.define_sized("all", &["sleep", "100"], "2", "64").await;
    let (running, waits) = (world.submit("all").await, world.submit("all").await);
    world.until(&running, &JobStatus::Running).await;
    let ask = world.client.terminate_jobs().reason("enough");
    let answer = ask.jobs(&running).jobs("nonsense").jobs(&waits).send().await.unwrap();
    assert_eq!(answer.successful(), [running.clone(), waits.clone()]);
    assert_eq!((answer.errors().len(), answer.errors()[0].job()), (1, Some("nonsense")));
    for job in [&running, &waits] {
        assert_eq!(world.ended(job).await.status_reason(), Some("enough"));
    }
    let many = (0..51).map(|_| waits.clone()).collect();
    assert!(refused(world.client.cancel_jobs().reason("x").set_jobs(Some(many)).send()).await.contains("1 to 50"));
    let answer = world.client.cancel_jobs().reason("x").jobs(&waits).send().await.unwrap();
    assert_eq!(answer.successful(), [waits]);
}

#[tokio::test(start_paused = true)]
async fn evaluate_on_exit_decides_who_is_retried() {
    let world = World::scripted(&Scripted::new()).await;
    world.define("seven", &["exit", "7"]).await;
    world.define("missing", &["missing", "0"]).await;
    let rule = |code: &str, action| EvaluateOnExit::builder().on_exit_code(code).action(action).build();
    let strategy = |rule| RetryStrategy::builder().attempts(3).evaluate_on_exit(rule).build();
    for (name, code, action, expected) in [
        ("seven", "7", RetryAction::Exit, 1),
        ("seven", "8", RetryAction::Exit, 3),
        ("seven", "7", RetryAction::Retry, 3),
        ("missing", "7", RetryAction::Exit, 3),
    ] {
        let job = id(world.submission(name).retry_strategy(strategy(rule(code, action)))).await;
        assert_eq!(world.ended(&job).await.attempts().len(), expected, "{name} {code}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_ended_is_kept_for_a_week_and_then_forgotten() {
    let runner = Scripted::new();
    let world = World::scripted(&runner).await;
    world.define("quick", &["sleep", "1"]).await;
    let parent = id(world.submission("quick").array_properties(array(250))).await;
    world.ended(&parent).await;
    sleep(Duration::from_secs(7 * 24 * 3600 - 60)).await;
    assert_eq!(world.job(&format!("{parent}:1")).await.status(), Some(&JobStatus::Succeeded));
    sleep(Duration::from_secs(120)).await;
    let described = world.client.describe_jobs().jobs(&parent).jobs(format!("{parent}:1")).send().await.unwrap();
    assert_eq!(described.jobs().len(), 0);
    let removed = runner.removed.lock().unwrap();
    assert_eq!(removed.len(), 251);
    assert!(removed[0].ends_with(format!("jobs/{parent}_0")) && removed[250].ends_with(format!("jobs/{parent}")));
}
