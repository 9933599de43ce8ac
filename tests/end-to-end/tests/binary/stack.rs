//! A stack in an AWS account: it is found by its outputs, and every command does with it what it does with a laptop. Its parts are
//! those of a laptop, under the names that the outputs say.

use std::{
    path::Path,
    process::{Command, Output},
};

use aws_sdk_batch::types::JobStatus;
use end_to_end::{Result, Server, batchwright};
use serde_json::Value;

use crate::{
    cloud::{Cloud, Stack, log_of},
    output::{ended, json},
};

const LOG_GROUP: &str = "/demo/jobs";

const GREET: &str = "
pipeline: greet
defaults: { image: busybox, vcpu: 0.25, memory: 512 MiB }
stages:
  say: { command: [echo, hello] }
  many: { array: 2, command: [echo, hello] }
";

/// The outputs of `infra/template.yaml`, of a stack whose parts are those of the laptop but for the one that is named otherwise.
fn stack(name: &'static str, status: &'static str, server: &Server, but: Option<(&'static str, &str)>) -> Stack {
    let mut outputs = vec![
        ("Version", env!("CARGO_PKG_VERSION").to_owned()),
        ("Table", "batchwright".to_owned()),
        ("InboxBucket", "batchwright-inbox".to_owned()),
        ("RequestQueueUrl", format!("{}/000000000000/batchwright-requests", server.endpoint())),
        ("WakeQueueUrl", format!("{}/000000000000/batchwright-wake", server.endpoint())),
        ("JobQueues", "fargate=batchwright-fargate".to_owned()),
        ("JobLogGroup", LOG_GROUP.to_owned()),
        ("ScheduleGroup", "batchwright".to_owned()),
    ];
    for (key, value) in &mut outputs {
        if let Some((other, otherwise)) = but
            && *key == other
        {
            otherwise.clone_into(value);
        }
    }
    (name, status, outputs)
}

/// Somebody who has an account, where a laptop plays S3, SQS, DynamoDB and Batch.
struct Person<'a> {
    server: &'a Server,
    cloud: &'a Cloud,
    home: &'a Path,
}

impl Person<'_> {
    /// A command without credentials and without a region.
    fn stranger(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = batchwright(arguments)?;
        for variable in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_REGION", "BATCHWRIGHT_STACK"] {
            command.env_remove(variable);
        }
        for (variable, file) in [("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")] {
            command.env(variable, self.home.join(file));
        }
        command
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL", self.server.endpoint())
            .env("AWS_ENDPOINT_URL_CLOUDFORMATION", &self.cloud.endpoint)
            .env("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", &self.cloud.endpoint);
        Ok(command)
    }

    /// A command with credentials in the environment.
    fn known_as(&self, access_key: &str, arguments: &[&str]) -> Result<Command> {
        let mut command = self.stranger(arguments)?;
        command.env("AWS_ACCESS_KEY_ID", access_key).env("AWS_SECRET_ACCESS_KEY", "secret");
        command.env("AWS_REGION", "us-east-1");
        Ok(command)
    }

    fn run(&self, stack: &str, arguments: &[&str]) -> Result<Output> {
        Ok(self.known_as("somebody", &[&["--stack", stack], arguments].concat())?.output()?)
    }

    /// Runs a command that fails so. What it says about that.
    fn fails(&self, status: i32, stack: &str, arguments: &[&str]) -> Result<String> {
        let output = self.run(stack, arguments)?;
        ended(&output, status);
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_does_with_a_stack_what_it_does_with_a_laptop() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("data"))?;
    let cloud = Cloud::start(vec![stack("demo", "UPDATE_IN_PROGRESS", &server, None)], LOG_GROUP).await?;
    let person = Person { server: &server, cloud: &cloud, home: folder.path() };
    let demo = |arguments: &[&str]| person.run("demo", arguments);
    let definition = folder.path().join("greet.yaml");
    std::fs::write(&definition, GREET)?;
    let definition = definition.to_str().ok_or("the path is not text")?;

    ended(&demo(&["validate", definition])?, 0);
    assert_eq!(ended(&demo(&["register", definition])?, 0), "greet v1\n");
    let run = ended(&demo(&["run", "greet", "--wait"])?, 0).trim().to_owned();
    for command in [&["ps", "--json"][..], &["show", &run, "--json"]] {
        assert_eq!(json(&demo(command)?)?, json(&server.run(command)?)?, "{command:?}");
    }
    assert_eq!(ended(&demo(&["cancel", &run])?, 1), format!("{run} SUCCEEDED\n"));
    let refused = person.fails(1, "demo", &["retry", "latest"])?;
    assert!(refused.contains("rejected: run"), "a rejection of the message is found: {refused}");
    assert_eq!(json(&demo(&["rejected", "--json"])?)?.as_array().map(Vec::len), Some(1));

    let shown = json(&demo(&["show", &run, "--json"])?)?;
    let [said, ended_with] = log_of(&stream(&server, &shown["stages"][0]["job_id"], "").await?);
    for arguments in [&["logs", &run, "say"][..], &["logs", &run, "say", "--attempt", "1", "--try", "1", "--follow"]] {
        assert_eq!(ended(&demo(arguments)?, 0), format!("{said}\n{ended_with}\n"));
    }
    let mut of_both = String::new();
    for child in 0..2 {
        let stream = stream(&server, &shown["stages"][1]["job_id"], &format!(":{child}")).await?;
        of_both.extend(log_of(&stream).map(|line| format!("[{child}] {line}\n")));
    }
    assert_eq!(ended(&demo(&["logs", &run, "many"])?, 0), of_both);
    let absent = person.fails(4, "demo", &["logs", &run, "say", "--try", "2"])?;
    assert!(absent.contains(LOG_GROUP), "{absent}");
    Ok(())
}

/// The log stream that Batch names for a job that has succeeded.
async fn stream(server: &Server, job: &Value, child: &str) -> Result<String> {
    let job = format!("{}{child}", job.as_str().ok_or("no job")?);
    let described = aws_sdk_batch::Client::new(&server.sdk()).describe_jobs().jobs(job).send().await?;
    let job = described.jobs().first().ok_or("Batch does not know the job")?;
    assert_eq!(job.status(), Some(&JobStatus::Succeeded));
    let stream = job.container().and_then(|container| container.log_stream_name());
    Ok(stream.ok_or("the job has no stream")?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_outputs_name_is_what_is_used() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("data"))?;
    let but = |key| Some((key, "elsewhere"));
    let stacks = vec![
        stack("demo", "CREATE_COMPLETE", &server, None),
        stack("no-table", "CREATE_COMPLETE", &server, but("Table")),
        stack("no-bucket", "CREATE_COMPLETE", &server, but("InboxBucket")),
        stack("no-queue", "CREATE_COMPLETE", &server, but("RequestQueueUrl")),
        stack("no-group", "CREATE_COMPLETE", &server, but("JobLogGroup")),
        stack("newer", "CREATE_COMPLETE", &server, Some(("Version", "999.0.0"))),
    ];
    let cloud = Cloud::start(stacks, LOG_GROUP).await?;
    let person = Person { server: &server, cloud: &cloud, home: folder.path() };
    let definition = folder.path().join("greet.yaml");
    std::fs::write(&definition, GREET)?;
    let definition = definition.to_str().ok_or("the path is not text")?;
    ended(&person.run("demo", &["register", definition])?, 0);
    ended(&person.run("demo", &["run", "greet", "--wait"])?, 0);
    for (status, stack, arguments, words) in [
        (4, "no-table", &["ps"][..], "no table"),
        (1, "no-bucket", &["register", definition], "NoSuchBucket"),
        (1, "no-queue", &["run", "greet"], "NonExistentQueue"),
        (4, "no-group", &["logs", "latest", "say"], "log group elsewhere"),
        (0, "newer", &["ps"], "999.0.0"),
    ] {
        let said = person.fails(status, stack, arguments)?;
        assert!(said.contains(words), "{stack}: {said}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_used_is_refused_with_what_to_do() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("data"))?;
    let stacks = vec![
        stack("demo", "CREATE_COMPLETE", &server, None),
        ("website", "CREATE_COMPLETE", vec![("WebsiteUrl", "https://example.com".to_owned())]),
        ("begun", "CREATE_IN_PROGRESS", vec![]),
        ("failed", "ROLLBACK_COMPLETE", vec![]),
    ];
    let cloud = Cloud::start(stacks, LOG_GROUP).await?;
    let person = Person { server: &server, cloud: &cloud, home: folder.path() };
    for (status, stack, arguments, words) in [
        (4, "nowhere", &["ps"][..], "there is no stack nowhere in us-east-1"),
        (4, "website", &["ps"], "no output Table, InboxBucket, RequestQueueUrl, JobQueues, JobLogGroup"),
        (4, "begun", &["ps"], "wait stack-create-complete"),
        (4, "failed", &["ps"], "describe-stack-events"),
        (2, "demo", &["ps", "--endpoint", "http://127.0.0.1:1"], "--stack and --endpoint"),
        (2, "demo", &["up"], "`up` starts a server on this machine"),
        (2, "demo", &["demo"], "`demo` starts a server on this machine"),
    ] {
        let said = person.fails(status, stack, arguments)?;
        assert!(said.contains(words), "{stack}: {said}");
    }
    let ps = ["--stack", "demo", "ps"];
    let no_region = person.stranger(&ps)?.output()?;
    let no_credentials = person.stranger(&[&ps[..], &["--region", "us-east-1"]].concat())?.output()?;
    let expired = person.known_as("expired", &ps)?.output()?;
    let denied = person.known_as("guest", &ps)?.output()?;
    let unheard =
        person.known_as("somebody", &ps)?.env("AWS_ENDPOINT_URL_CLOUDFORMATION", "http://127.0.0.1:1").output()?;
    for (output, status, words) in [
        (no_region, 1, "no region"),
        (no_credentials, 1, "no AWS credentials"),
        (expired, 1, "ExpiredToken"),
        (denied, 1, "docs/cli.md"),
        (unheard, 4, "CloudFormation DescribeStacks: no answer"),
    ] {
        ended(&output, status);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(words), "{words}: {said}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_and_the_environment_name_stack_region_and_credentials() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = Server::start(&folder.path().join("data"))?;
    let cloud = Cloud::start(vec![stack("demo", "CREATE_COMPLETE", &server, None)], LOG_GROUP).await?;
    let person = Person { server: &server, cloud: &cloud, home: folder.path() };
    let credentials = r#"{"Version": 1, "AccessKeyId": "somebody", "SecretAccessKey": "secret"}"#;
    std::fs::write(folder.path().join("credentials.json"), credentials)?;
    let process = format!("cat {}", folder.path().join("credentials.json").display());
    let config = format!("[profile work]\nregion = us-east-1\ncredential_process = {process}\n");
    std::fs::write(folder.path().join("config"), config)?;

    let ps = ["ps", "--json"];
    let by_environment = person.stranger(&ps)?.env("BATCHWRIGHT_STACK", "demo").env("AWS_PROFILE", "work").output()?;
    let mut by_option = person.known_as("expired", &["ps", "--json", "--stack", "demo", "--profile", "work"])?;
    for output in [by_environment, by_option.output()?] {
        assert_eq!(json(&output)?, serde_json::json!([]));
    }
    // What stands on the command line goes before the environment.
    let endpoint = server.endpoint();
    let server_is_meant =
        person.stranger(&["ps", "--json", "--endpoint", endpoint])?.env("BATCHWRIGHT_STACK", "nowhere").output()?;
    assert_eq!(json(&server_is_meant)?, serde_json::json!([]));
    Ok(())
}
