//! Requests and answers: what is refused, and in which words; lists, pages, tags, events.

use std::{path::Path, sync::Arc};

use aws_sdk_batch::types::{
    ArrayProperties, ContainerProperties, EvaluateOnExit, JobDefinitionType, JobDependency, JobQueueDetail, JobStatus,
    JobTimeout, JqState, KeyValuePair, KeyValuesPair, PlatformCapability, RetryAction, RetryStrategy,
};
use http::{Request, StatusCode};
use local_batch::Config;
use local_store::Store;
use local_wire::Service;
use serde_json::json;

use crate::support::{Scripted, World, config, container, id, refused};

async fn world() -> World {
    World::scripted(&Scripted::new()).await
}

#[tokio::test(start_paused = true)]
async fn submissions_beyond_the_limits_of_aws_are_refused_with_a_reason() {
    let world = world().await;
    world.define("job", &["sleep", "1"]).await;
    let submission = || world.submission("job");
    let array = |size| ArrayProperties::builder().size(size).build();
    let rule = EvaluateOnExit::builder().on_reason("*").action(RetryAction::Exit).build();
    let unknown = JobDependency::builder().job_id("4c7599ae-0a82-49aa-ba5a-4727fcce14a8").build();
    let retry = |attempts, rules| {
        RetryStrategy::builder().attempts(attempts).set_evaluate_on_exit(Some(vec![rule.clone(); rules])).build()
    };
    for (submission, says) in [
        (submission().job_name("-x"), "valid pattern"),
        (submission().job_name("x".repeat(129)), "valid pattern"),
        (submission().job_queue("none"), "JobQueue none not found"),
        (submission().job_definition("none"), "JobDefinition none does not exist or is not in ACTIVE status"),
        (submission().job_definition("job:2"), "job:2"),
        (submission().array_properties(array(1)), "2 to 10000"),
        (submission().array_properties(array(10_001)), "2 to 10000"),
        (submission().retry_strategy(retry(11, 0)), "1 to 10"),
        (submission().retry_strategy(retry(1, 6)), "up to 5"),
        (submission().timeout(JobTimeout::builder().attempt_duration_seconds(59).build()), "the least is 60"),
        (submission().set_depends_on(Some(vec![unknown.clone(); 21])), "up to 20"),
        (submission().depends_on(unknown), "not known here"),
        (submission().share_identifier("a"), "not allowed"),
        (submission().scheduling_priority_override(10_000), "0 to 9999"),
        (submission().parameters("big", "x".repeat(31 * 1024)), "30720"),
        (submission().set_tags(Some((0..51).map(|n| (n.to_string(), String::new())).collect())), "50"),
    ] {
        let message = refused(submission.send()).await;
        assert!(message.contains(says), "{message:?} should say {says:?}");
    }
    assert_eq!(world.events().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_share_is_required_where_shares_are_fair_and_a_disabled_queue_takes_nothing() {
    let world = world().await;
    world.define("job", &["sleep", "1"]).await;
    world.fair_queue("fair", 5).await;
    let message = refused(world.submission("job").job_queue("fair").send()).await;
    assert!(message.contains("shareIdentifier is required"), "{message}");
    let message = refused(world.submission("job").job_queue("fair").share_identifier("a b").send()).await;
    assert!(message.contains("letters and digits"), "{message}");
    let job = id(world.submission("job").job_queue("fair").share_identifier("a").scheduling_priority_override(7)).await;
    let job = world.ended(&job).await;
    assert_eq!((job.share_identifier(), job.scheduling_priority()), (Some("a"), Some(7)));

    world.client.update_job_queue().job_queue("fair").state(JqState::Disabled).send().await.unwrap();
    let message = refused(world.submission("job").job_queue("fair").share_identifier("a").send()).await;
    assert!(message.contains("DISABLED"), "{message}");
    world.client.delete_job_queue().job_queue("fair").send().await.unwrap();
    let message = refused(world.client.delete_job_queue().job_queue("plain").send()).await;
    assert!(message.contains("DISABLED first"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn definitions_have_revisions_and_an_inactive_one_takes_no_jobs() {
    let world = world().await;
    for _ in 0..3 {
        world.define("many", &["sleep", "1"]).await;
    }
    let describe = || world.client.describe_job_definitions().job_definition_name("many").status("ACTIVE");
    let page = describe().max_results(2).send().await.unwrap();
    let revisions =
        |page: &[aws_sdk_batch::types::JobDefinition]| page.iter().map(|it| it.revision().unwrap()).collect::<Vec<_>>();
    assert_eq!(revisions(page.job_definitions()), [3, 2]);
    let page = describe().set_next_token(page.next_token).send().await.unwrap();
    assert_eq!((revisions(page.job_definitions()), page.next_token), (vec![1], None));

    world.client.deregister_job_definition().job_definition("many:3").send().await.unwrap();
    let job = world.job(&world.submit("many").await).await;
    assert_eq!(job.job_definition(), Some("arn:aws:batch:us-east-1:000000000000:job-definition/many:2"));
    refused(world.submission("many:3").job_name("x").send()).await;
    assert_eq!(revisions(describe().send().await.unwrap().job_definitions()), [2, 1]);
    let by_arn = world.submission(job.job_definition().unwrap()).job_name("x");
    assert_eq!(world.job(&id(by_arn).await).await.job_definition(), job.job_definition());
}

#[tokio::test(start_paused = true)]
async fn definitions_that_could_not_run_are_refused() {
    let world = world().await;
    let register = |container: ContainerProperties| {
        let register = world.client.register_job_definition().job_definition_name("x");
        register.r#type(JobDefinitionType::Container).container_properties(container)
    };
    let fargate = |vcpu, memory| {
        let mut container = container(&["true"], vcpu, memory);
        container.execution_role_arn = Some("arn:aws:iam::000000000000:role/x".to_owned());
        register(container).platform_capabilities(PlatformCapability::Fargate)
    };
    let mut no_image = container(&["true"], "1", "64");
    no_image.image = None;
    let mut no_name = container(&["true"], "1", "64");
    no_name.environment = Some(vec![KeyValuePair::builder().name("A=B").value("").build()]);
    for (register, says) in [
        (register(no_image), "image"),
        (register(no_name), "A=B"),
        (register(container(&["true"], "none", "64")), "VCPU"),
        (register(container(&["true"], "1", "0")), "MEMORY"),
        (
            register(container(&["true"], "1", "64")).platform_capabilities(PlatformCapability::Fargate),
            "executionRoleArn",
        ),
        (fargate("0.25", "4096"), "512 to 2048 MiB"),
        (register(container(&["true"], "1", "64")).job_definition_name("a b"), "valid pattern"),
        (register(container(&["true"], "1", "64")).r#type(JobDefinitionType::Multinode), "multi-node"),
        (register(container(&["x".repeat(25 * 1024).as_str()], "1", "64")), "24576"),
    ] {
        let message = refused(Box::pin(register.send())).await;
        assert!(message.contains(says), "{message:?} should say {says:?}");
    }
    fargate("0.25", "1024").send().await.unwrap();
    // What a submission overrides has to fit as well.
    let memory = aws_sdk_batch::types::ResourceRequirement::builder().r#type("MEMORY".into()).value("777").build();
    let overrides = aws_sdk_batch::types::ContainerOverrides::builder().resource_requirements(memory).build();
    let message = refused(world.submission("x").container_overrides(overrides).send()).await;
    assert!(message.contains("0.25 vCPU, 777 MiB"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn lists_are_newest_first_in_pages_and_filters_find() {
    let world = world().await;
    world.define("one", &["sleep", "1000"]).await;
    world.define("one-more", &["sleep", "1000"]).await;
    let mut jobs = Vec::new();
    for n in 0..205 {
        jobs.push(id(world.submission("one").job_name(format!("Name-{n}"))).await);
    }
    let other = id(world.submission("one-more").job_name("other")).await;
    let array = ArrayProperties::builder().size(2).build();
    let parent = id(world.submission("one").job_name("name-0").array_properties(array)).await;
    let list = |filter: &'static str, value: &str| {
        let filter = KeyValuesPair::builder().name(filter).values(value).build();
        world.client.list_jobs().job_queue("plain").filters(filter).into_paginator().items().send()
    };
    let ids = |listed: Vec<Result<aws_sdk_batch::types::JobSummary, _>>| -> Vec<String> {
        let ids = listed.into_iter().map(|job: Result<_, aws_sdk_batch::error::SdkError<_>>| job.unwrap());
        ids.map(|job: aws_sdk_batch::types::JobSummary| job.job_id().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let by_name: Vec<String> = ids(list("JOB_NAME", "NAME-*").collect().await);
    let newest_first: Vec<String> = std::iter::once(&parent).chain(jobs.iter().rev()).cloned().collect();
    assert_eq!(by_name, newest_first);
    assert_eq!(ids(list("JOB_NAME", "name-0").collect().await), [parent.clone(), jobs[0].clone()]);
    assert_eq!(ids(list("JOB_NAME", "name").collect().await), Vec::<String>::new());
    assert_eq!(ids(list("JOB_DEFINITION", "one-more").collect().await), [other.as_str()]);
    assert_eq!(ids(list("JOB_DEFINITION", "one*").collect().await).len(), 207);
    assert_eq!(ids(list("JOB_DEFINITION", "one").collect().await).len(), 206);
    assert_eq!(ids(list("AFTER_CREATED_AT", "0").collect().await).len(), 207);
    assert_eq!(ids(list("BEFORE_CREATED_AT", "1").collect().await).len(), 0);

    let page = world.client.list_jobs().job_queue("plain").job_status(JobStatus::Runnable).send().await.unwrap();
    assert_eq!(page.job_summary_list().len(), 100);
    assert_eq!(page.job_summary_list()[0].job_id(), Some(other.as_str()));
    let list = || world.client.list_jobs();
    for (list, says) in [
        (list(), "exactly one"),
        (list().job_queue("none"), "not found"),
        (list().job_queue("plain").next_token("x"), "nextToken"),
        (list().job_queue("plain").max_results(0), "1 to 100"),
        (list().array_job_id("nobody"), "not known"),
        (list().job_queue("plain").filters(KeyValuesPair::builder().name("COLOUR").values("red").build()), "COLOUR"),
    ] {
        let message = refused(list.send()).await;
        assert!(message.contains(says), "{message:?} should say {says:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn queues_environments_and_policies_are_described_as_they_were_made() {
    let world = world().await;
    world.fair_queue("fair", 5).await;
    let described = world.client.describe_job_queues().send().await.unwrap();
    let names: Vec<_> = described.job_queues().iter().map(|queue| queue.job_queue_name().unwrap()).collect();
    assert_eq!(names, ["fair", "plain"]);
    let fair: &JobQueueDetail = &described.job_queues()[0];
    let policy = fair.scheduling_policy_arn().unwrap();
    assert_eq!(policy, "arn:aws:batch:us-east-1:000000000000:scheduling-policy/fair-policy");
    let environment = fair.compute_environment_order()[0].compute_environment().unwrap();
    assert_eq!(environment, "arn:aws:batch:us-east-1:000000000000:compute-environment/local");
    let described = world.client.describe_scheduling_policies().arns(policy).send().await.unwrap();
    assert_eq!(described.scheduling_policies().len(), 1);
    let described =
        world.client.describe_compute_environments().compute_environments(environment).send().await.unwrap();
    assert_eq!(described.compute_environments()[0].compute_environment_name(), Some("local"));

    let create = world.client.create_job_queue().job_queue_name("more").priority(1);
    assert!(refused(create.clone().send()).await.contains("1 to 3"));
    assert!(
        refused(create.job_queue_name("plain").compute_environment_order(order("local")).send())
            .await
            .contains("exists")
    );
    let create = world.client.create_job_queue().job_queue_name("more").priority(1);
    assert!(refused(create.compute_environment_order(order("nowhere")).send()).await.contains("nowhere not found"));
    let delete = world.client.delete_compute_environment().compute_environment("local");
    assert!(refused(delete.send()).await.contains("relationship"));
    assert!(refused(world.client.delete_scheduling_policy().arn(policy).send()).await.contains("relationship"));
}

fn order(environment: &str) -> aws_sdk_batch::types::ComputeEnvironmentOrder {
    aws_sdk_batch::types::ComputeEnvironmentOrder::builder().order(1).compute_environment(environment).build()
}

#[tokio::test(start_paused = true)]
async fn a_new_priority_of_a_queue_counts_for_jobs_that_wait() {
    let runner = Scripted::new();
    let world = World::scripted(&runner).await;
    world.queue("other", 1, None).await;
    world.define_sized("all", &["sleep", "10"], "2", "64").await;
    let first = world.submit("all").await;
    world.until(&first, &JobStatus::Running).await;
    let second = world.submit("all").await;
    let third = id(world.submission("all").job_queue("other")).await;
    world.client.update_job_queue().job_queue("other").priority(99).send().await.unwrap();
    world.ended(&second).await;
    assert_eq!(runner.started(), [first, third, second]);
}

#[tokio::test(start_paused = true)]
async fn tags_are_kept_changed_and_listed() {
    let world = world().await;
    world.define("job", &["sleep", "1"]).await;
    let job = world.job(&id(world.submission("job").tags("run", "r 1").tags("stage", "s")).await).await;
    let arn = job.job_arn().unwrap();
    world.client.tag_resource().resource_arn(arn).tags("stage", "t").tags("x/y", "z").send().await.unwrap();
    world.client.untag_resource().resource_arn(arn).tag_keys("x/y").send().await.unwrap();
    let listed = world.client.list_tags_for_resource().resource_arn(arn).send().await.unwrap();
    let tags = [("run", "r 1"), ("stage", "t")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(listed.tags().unwrap(), &tags.clone().into());
    assert_eq!(world.job(job.job_id().unwrap()).await.tags().unwrap(), &tags.into());
    for arn in ["arn:aws:batch:us-east-1:000000000000:job-queue/plain", job.job_definition().unwrap()] {
        world.client.tag_resource().resource_arn(arn).tags("a", "b").send().await.unwrap();
        let listed = world.client.list_tags_for_resource().resource_arn(arn).send().await.unwrap();
        assert_eq!(listed.tags().unwrap()["a"], "b", "{arn}");
    }
    refused(world.client.list_tags_for_resource().resource_arn("arn:aws:s3:::bucket").send()).await;
}

#[tokio::test(start_paused = true)]
async fn an_event_is_what_eventbridge_delivers() {
    let world = world().await;
    world.define("job", &["exit", "3"]).await;
    let job = id(world.submission("job").tags("run", "r1")).await;
    world.ended(&job).await;
    let events = world.events();
    let event = events.last().unwrap();
    let arn = format!("arn:aws:batch:us-east-1:000000000000:job/{job}");
    let task = event["detail"]["attempts"][0]["container"]["taskArn"].as_str().unwrap();
    let container = &event["detail"]["container"];
    for (path, expected) in [
        ("/version", json!("0")),
        ("/detail-type", json!("Batch Job State Change")),
        ("/source", json!("aws.batch")),
        ("/account", json!("000000000000")),
        ("/time", json!("2026-01-01T00:00:00Z")),
        ("/region", json!("us-east-1")),
        ("/resources", json!([arn])),
        ("/detail/jobArn", json!(arn)),
        ("/detail/jobName", json!("job")),
        ("/detail/jobId", json!(job)),
        ("/detail/jobQueue", json!("arn:aws:batch:us-east-1:000000000000:job-queue/plain")),
        ("/detail/jobDefinition", json!("arn:aws:batch:us-east-1:000000000000:job-definition/job:1")),
        ("/detail/status", json!("FAILED")),
        ("/detail/statusReason", json!("Essential container in task exited")),
        ("/detail/createdAt", json!(crate::support::START_MS)),
        ("/detail/startedAt", json!(crate::support::START_MS)),
        ("/detail/stoppedAt", json!(crate::support::START_MS)),
        ("/detail/retryStrategy", json!({ "attempts": 1, "evaluateOnExit": [] })),
        ("/detail/dependsOn", json!([])),
        ("/detail/parameters", json!({})),
        ("/detail/tags", json!({ "run": "r1" })),
        ("/detail/platformCapabilities", json!([])),
        ("/detail/container/exitCode", json!(3)),
        ("/detail/container/taskArn", json!(task)),
        ("/detail/attempts/0/statusReason", json!("Essential container in task exited")),
        ("/detail/attempts/0/container/exitCode", json!(3)),
        ("/detail/attempts/0/container/logStreamName", container["logStreamName"].clone()),
    ] {
        assert_eq!(event.pointer(path), Some(&expected), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_someone_listens_to_is_told() {
    let store = Store::memory().unwrap();
    let runner = Scripted::new();
    let mut config: Config = config(&store, Path::new("/nowhere"), runner);
    config.emit = Arc::new(|change| change.queue == "plain" && change.status.is_terminal() && !change.child);
    let world = World::over(config).await;
    world.define("job", &["sleep", "1"]).await;
    let waiting = world.batch.events_ready();
    let parent = id(world.submission("job").array_properties(ArrayProperties::builder().size(3).build())).await;
    waiting.await.unwrap();
    let events = world.events();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["detail"]["jobId"], json!(parent));
    assert_eq!(events[0]["detail"]["arrayProperties"]["statusSummary"]["SUCCEEDED"], json!(3));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_request_is_answered_all_the_same() {
    let world = world().await;
    let ask = async |method: &str, path: &str, body: &[u8]| {
        let request = Request::builder().method(method).uri(path).body(local_wire::body(body.to_vec())).unwrap();
        world.batch.call(request).await.status()
    };
    assert_eq!(ask("POST", "/v1/createconsumableresource", b"{}").await, StatusCode::NOT_FOUND);
    assert_eq!(ask("GET", "/v1/describejobs", b"{}").await, StatusCode::NOT_FOUND);
    assert_eq!(ask("POST", "/", b"").await, StatusCode::NOT_FOUND);
    assert_eq!(ask("PUT", "/v1/tags/x", b"").await, StatusCode::NOT_FOUND);
    for body in [&b""[..], b"{", b"[]", b"null", b"{\"jobs\": 1}", b"\xff", &vec![b'['; 2 * 1024 * 1024]] {
        assert_eq!(ask("POST", "/v1/describejobs", body).await, StatusCode::BAD_REQUEST);
        assert_eq!(ask("POST", "/v1/submitjob", body).await, StatusCode::BAD_REQUEST);
    }
    assert_eq!(ask("POST", "/v1/describejobs", b"{\"jobs\": [\"..\"], \"new\": {}}").await, StatusCode::OK);
    assert_eq!(ask("POST", "/v1/canceljob", b"{\"jobId\": \"../x\", \"reason\": \"\"}").await, StatusCode::BAD_REQUEST);
}
