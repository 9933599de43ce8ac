//! What a stage asks for beside its image and size reaches Batch, and its job.

use std::{fs, path::Path};

use ambient::Clock;
use aws_sdk_batch::types::{
    ComputeEnvironmentOrder, ContainerProperties, JobDefinitionType, JobDetail, ResourceRequirement, ResourceType,
    RetryStrategy,
};
use control::table::whole_run::WholeRun;
use end_to_end::{Laptop, Result, eventually};
use machine::{CauseKind, Timestamp};
use serde_json::json;

use crate::statuses::{cause, statuses};

/// Nothing else has this text.
const VALUE: &str = "correct-horse-battery-staple";

/// A run of a pipeline whose only stage is `only`, with those settings.
async fn run(laptop: &Laptop, settings: &str) -> Result<WholeRun> {
    let source = format!("pipeline: p\nshare: teamA\nstages:\n  only: {{ image: busybox, {settings} }}\n");
    laptop.register(&source).await?;
    let run = laptop.run("p", json!({})).await?;
    laptop.ended(&run).await
}

/// The job of the only stage.
async fn job(laptop: &Laptop, whole: &WholeRun) -> Result<JobDetail> {
    let stage = whole.stages.get("only").ok_or("no stage")?;
    let id = stage.value.job().ok_or("no job")?.as_str();
    let described = laptop.batch().describe_jobs().jobs(id).send().await?;
    Ok(described.jobs().first().ok_or("no such job")?.clone())
}

async fn container_of(laptop: &Laptop, job: &JobDetail) -> Result<ContainerProperties> {
    let arn = job.job_definition().unwrap_or_default();
    let described = laptop.batch().describe_job_definitions().job_definitions(arn).send().await?;
    let definition = described.job_definitions().first().ok_or("no definition")?;
    Ok(definition.container_properties().ok_or("no container")?.clone())
}

#[tokio::test]
async fn the_job_definition_says_what_the_stage_asks_for() -> Result<()> {
    let laptop = Laptop::start().await?;
    let (role, other) = ("arn:aws:iam::123456789012:role/mine", "arn:aws:iam::123456789012:role/theirs");
    let whole = run(
        &laptop,
        &format!(
            "command: ['true'], job_role: {role}, execution_role: {other}, ephemeral_storage: 30 GiB, platform_version: 1.4.0, \
             public_ip: false, volumes: {{ /data: {{ efs: fs-1, root: /a, read_only: true }} }}, tags: {{ team: genomics }}"
        ),
    )
    .await?;
    assert_eq!(statuses(&whole), "SUCCEEDED; only SUCCEEDED");
    let job = job(&laptop, &whole).await?;
    let container = container_of(&laptop, &job).await?;
    assert_eq!((container.job_role_arn(), container.execution_role_arn()), (Some(role), Some(other)));
    assert_eq!(container.ephemeral_storage().and_then(|disk| disk.size_in_gib()), Some(30));
    let platform = container.fargate_platform_configuration().and_then(|platform| platform.platform_version());
    assert_eq!(platform, Some("1.4.0"));
    let address = container.network_configuration().and_then(|network| network.assign_public_ip());
    assert_eq!(address.map(|address| address.as_str()), Some("DISABLED"));
    let efs = container.volumes().first().and_then(|volume| volume.efs_volume_configuration()).ok_or("no volume")?;
    assert_eq!((efs.file_system_id(), efs.root_directory()), (Some("fs-1"), Some("/a")));
    assert_eq!(container.mount_points().first().and_then(|mount| mount.read_only()), Some(true));
    let tags = job.tags().ok_or("no tags")?;
    assert_eq!(tags.get("team").map(String::as_str), Some("genomics"));
    assert!(tags.contains_key("batchwright:run"), "{tags:?}");
    assert_eq!(job.propagate_tags(), Some(true));
    laptop.stop().await
}

#[tokio::test]
async fn a_stage_may_name_a_job_queue() -> Result<()> {
    let laptop = Laptop::start().await?;
    let order = ComputeEnvironmentOrder::builder().order(1).compute_environment("batchwright-ec2").build();
    let queue = laptop.batch().create_job_queue().job_queue_name("mine").priority(1).compute_environment_order(order);
    queue.send().await?;
    let whole = run(&laptop, "command: ['true'], compute: ec2, queue: mine").await?;
    assert_eq!(statuses(&whole), "SUCCEEDED; only SUCCEEDED");
    let submitted = job(&laptop, &whole).await?;
    assert!(submitted.job_queue().is_some_and(|queue| queue.ends_with("/mine")), "{:?}", submitted.job_queue());
    assert_eq!(submitted.share_identifier(), None, "it has no fair-share policy");
    let whole = run(&laptop, "command: ['true'], queue: { name: batchwright-fargate, fair_share: true }").await?;
    assert_eq!(job(&laptop, &whole).await?.share_identifier(), Some("teamA"));
    let whole = run(&laptop, "command: ['true'], queue: nowhere").await?;
    let cause = cause(&whole, "only").ok_or("no cause")?;
    assert_eq!(cause.kind, CauseKind::Refused);
    assert!(cause.text.contains("nowhere"), "{}", cause.text);
    laptop.stop().await
}

#[tokio::test]
async fn a_stage_may_name_a_job_definition_and_say_some_of_it_otherwise() -> Result<()> {
    let laptop = Laptop::start().await?;
    let resource = |kind, value| ResourceRequirement::builder().r#type(kind).value(value).build();
    let container = ContainerProperties::builder()
        .image("theirs")
        .set_command(Some(["sh", "-c", "echo theirs $LEVEL"].map(str::to_owned).to_vec()))
        .resource_requirements(resource(ResourceType::Vcpu, "1"))
        .resource_requirements(resource(ResourceType::Memory, "64"));
    let define = laptop.batch().register_job_definition().job_definition_name("theirs");
    let twice = RetryStrategy::builder().attempts(2).build();
    define
        .r#type(JobDefinitionType::Container)
        .container_properties(container.build())
        .retry_strategy(twice)
        .send()
        .await?;
    for (said, log, memory, attempts) in [
        ("job_definition: theirs, env: { LEVEL: one }", "theirs one\n", "64", 2),
        (
            "job_definition: 'theirs:1', command: [echo, ours], memory: 32 MiB, retry: { attempts: 3 }",
            "ours\n",
            "32",
            3,
        ),
    ] {
        let source = format!("pipeline: p\nstages:\n  only: {{ compute: ec2, {said} }}\n");
        laptop.register(&source).await?;
        let whole = laptop.ended(&laptop.run("p", json!({})).await?).await?;
        assert_eq!(statuses(&whole), "SUCCEEDED; only SUCCEEDED");
        assert_eq!(String::from_utf8(laptop.log(&whole.stages.get("only").ok_or("no stage")?.value)?)?, log);
        let job = job(&laptop, &whole).await?;
        let resources = job.container().ok_or("no container")?.resource_requirements();
        let memory_is = resources.iter().find(|resource| resource.r#type() == Some(&ResourceType::Memory));
        assert_eq!(memory_is.and_then(|resource| resource.value()), Some(memory));
        assert_eq!(job.retry_strategy().and_then(|retry| retry.attempts()), Some(attempts));
    }
    for (said, why) in [
        ("job_definition: 'theirs:2'", "there is no active job definition \"theirs:2\""),
        ("image: x, command: [a], compute: ec2, nodes: 2", "multi-node jobs need AWS"),
    ] {
        laptop.upload("pipelines/q.yaml", format!("pipeline: q\nstages:\n  only: {{ {said} }}\n")).await?;
        let rejections = eventually("the rejection", async || {
            let today = laptop.table().rejections(Timestamp::from_ms(Clock::System.now_ms())).await?;
            Ok(today.into_iter().find(|rejection| rejection.reason.contains(why)))
        });
        rejections.await?;
    }
    laptop.stop().await
}

#[tokio::test]
async fn a_job_has_its_secrets_and_nobody_else_has() -> Result<()> {
    let outside = tempfile::tempdir()?;
    let file = outside.path().join("secrets.json");
    fs::write(&file, json!({ "prod/db": { "password": VALUE }, "/token": VALUE }).to_string())?;
    let laptop = Laptop::start_with(Some(file.clone())).await?;
    let settings = "command: [sh, -c, 'printf \"$A$B\" | wc -c'], \
                    secrets: { A: { secret: prod/db, key: password }, B: { parameter: /token } }";
    let whole = run(&laptop, settings).await?;
    assert_eq!(statuses(&whole), "SUCCEEDED; only SUCCEEDED");
    let stage = whole.stages.get("only").ok_or("no stage")?;
    assert_eq!(String::from_utf8(laptop.log(&stage.value)?)?.trim(), (2 * VALUE.len()).to_string());
    let container = container_of(&laptop, &job(&laptop, &whole).await?).await?;
    assert_eq!(
        container.secrets().first().and_then(|secret| secret.value_from()),
        Some("arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db:password::")
    );
    assert_eq!(files_with(laptop.folder(), VALUE)?, Vec::<String>::new());
    // The file is read anew for each job.
    fs::write(&file, format!("/token={VALUE}\n"))?;
    let whole = run(&laptop, settings).await?;
    let cause = cause(&whole, "only").ok_or("no cause")?;
    assert_eq!(cause.kind, CauseKind::CannotStart);
    assert!(cause.text.contains("prod/db") && !cause.text.contains(VALUE), "{}", cause.text);
    laptop.stop().await
}

/// The files in which a text stands.
fn files_with(folder: &Path, text: &str) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_with(&path, text)?);
        } else if path.is_file() && fs::read(&path)?.windows(text.len()).any(|window| window == text.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    Ok(found)
}
