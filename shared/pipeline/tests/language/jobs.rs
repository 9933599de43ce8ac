//! What stages say of their jobs, and what `defaults` add to it.

use pipeline::{Container, Definition, Job, Secret, Ulimit, VolumeSource, parse};

fn jobs() -> Definition {
    parse("jobs.yaml", include_str!("valid/jobs.yaml")).unwrap_or_else(|faults| panic!("{faults}"))
}

fn job<'d>(definition: &'d Definition, name: &str) -> &'d Job {
    &definition.stage(definition.index_of(name).unwrap()).unwrap().job
}

#[test]
fn maps_are_added_to_those_of_defaults_and_all_else_replaces_it() {
    let definition = jobs();
    let (plain, fargate) = (job(&definition, "plain"), job(&definition, "fargate"));
    let tags = |job: &Job| job.tags.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
    assert_eq!(tags(plain), ["cost-centre=42", "team=genomics"]);
    assert_eq!(tags(fargate), ["cost-centre=42", "team=proteomics"]);
    let names: Vec<_> = fargate.container.secrets.keys().map(String::as_str).collect();
    assert_eq!(names, ["DB_PASSWORD", "OTHER", "TOKEN", "WHOLE"]);
    let password = Secret::Secret { id: "prod/db".to_owned(), key: Some("password".to_owned()) };
    assert_eq!(plain.container.secrets["DB_PASSWORD"], password);
    let paths: Vec<_> = fargate.container.volumes.keys().map(String::as_str).collect();
    assert_eq!(paths, ["/data", "/models"]);
    let role = "arn:aws:iam::123456789012:role/batch/job";
    assert_eq!([plain, fargate].map(|job| job.container.job_role.as_deref()), [Some(role); 2]);
    assert_eq!((fargate.container.public_ip, plain.container.public_ip), (Some(false), None));
}

#[test]
fn units_and_short_forms() {
    let definition = jobs();
    let (fargate, ec2) = (job(&definition, "fargate"), job(&definition, "ec2"));
    assert_eq!(fargate.container.ephemeral_storage_gib, Some(100));
    assert_eq!(ec2.container.shared_memory_mib, Some(2048));
    let both = Ulimit { soft: 65536, hard: 65536 };
    assert_eq!(ec2.container.ulimits["nofile"], both);
    assert_eq!(ec2.container.ulimits["memlock"], Ulimit { soft: 1024, hard: -1 });
    let queue = |job: &Job| job.queue.clone().map(|queue| (queue.name, queue.fair_share));
    assert_eq!(queue(fargate), Some(("shared-queue".to_owned(), true)));
    assert_eq!(queue(ec2), Some(("gpu-queue".to_owned(), false)));
    assert_eq!(ec2.container.volumes["/scratch"].source, VolumeSource::Host("/mnt/scratch".to_owned()));
    assert_eq!(fargate.container.logs.as_ref().unwrap().options["splunk-verify-connection"], "false");
}

#[test]
fn there_is_room_for_47_tags_and_what_they_take_counts() {
    let with = |count: usize, value: usize| {
        let tags: Vec<_> = (0..count).map(|n| format!("t{n}: {}", "x".repeat(value))).collect();
        parse(
            "p",
            &format!("pipeline: p\nstages:\n  a: {{ image: x, command: [a], tags: {{ {} }} }}\n", tags.join(", ")),
        )
    };
    assert!(with(47, 256).is_ok());
    assert!(with(48, 1).unwrap_err().to_string().contains("at most 47 tags"));
    let long =
        format!("pipeline: p\nstages:\n  a: {{ image: x, command: [{}], tags: {{ a: b }} }}\n", "x".repeat(28_662));
    assert!(parse("p", &long.replace(", tags: { a: b }", "")).is_ok());
    assert!(parse("p", &long).unwrap_err().to_string().contains("a job may have 28672"));
}

#[test]
fn a_job_definition_that_is_there_has_nothing_of_defaults_but_what_goes_with_a_submission() {
    let definition = jobs();
    let theirs = definition.stage(definition.index_of("theirs").unwrap()).unwrap();
    let existing = theirs.job.existing.clone().unwrap();
    assert_eq!(
        (existing.reference.as_str(), existing.vcpu, existing.memory, existing.retry),
        ("their-job:3", false, false, true)
    );
    assert_eq!((theirs.image.as_str(), theirs.command.len(), theirs.env.len()), ("", 0, 1));
    let consumes = [("licence".to_owned(), 1)].into();
    assert_eq!(theirs.job.container, Container { consumes, ..Container::default() });
    assert_eq!(theirs.job.tags.len(), 2);
    let more = definition.stage(definition.index_of("theirs-with-more").unwrap()).unwrap();
    let existing = more.job.existing.clone().unwrap();
    assert_eq!((existing.vcpu, existing.memory, more.memory_mib, more.command.len()), (true, true, 2048, 2));
}

#[test]
fn nodes() {
    let definition = jobs();
    let nodes = |name| job(&definition, name).container.nodes.map(|nodes| (nodes.count, nodes.main));
    assert_eq!([nodes("nodes"), nodes("nodes-and-main"), nodes("ec2")], [Some((4, 0)), Some((3, 2)), None]);
}
