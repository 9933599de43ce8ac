//! Finding a stack in an AWS account: with the credentials and the region that every AWS tool would use, by its outputs.

use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig, profile::ProfileFileCredentialsProvider, timeout::TimeoutConfig};
use aws_sdk_cloudformation::{
    Client,
    error::{ProvideErrorMetadata, SdkError},
    operation::describe_stacks::DescribeStacksError,
    types::{Stack, StackStatus},
};

use crate::{
    exit::Failure,
    installation::{Installation, Outputs},
    output::note,
    place::StackName,
};

/// How long a connection may take to be made, and how long an answer may take to begin. Each request is tried three times, unless
/// AWS_MAX_ATTEMPTS says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const READ_TIMEOUT: Duration = Duration::from_secs(20);

/// How the AWS SDKs reach the account and region that the stack is in.
///
/// # Errors
/// If no region is known.
pub(super) async fn sdk_config(stack: &StackName) -> Result<SdkConfig, Failure> {
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).read_timeout(READ_TIMEOUT).build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts);
    if let Some(region) = &stack.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(profile) = &stack.profile {
        // Named on the command line, it goes before credentials in the environment, as with AWS's own tools.
        let credentials = ProfileFileCredentialsProvider::builder().profile_name(profile).build();
        loader = loader.profile_name(profile).credentials_provider(credentials);
    }
    let sdk = Box::pin(loader.load()).await;
    if sdk.region().is_none() {
        let profile = stack.profile.as_deref().unwrap_or("the profile");
        return Err(Failure::failed(format!(
            "no region is known that stack {} may be in: --region or AWS_REGION names one, or `region` in {profile} of ~/.aws/config",
            stack.name
        )));
    }
    Ok(sdk)
}

/// The installation that the stack of that name is.
///
/// # Errors
/// If there is no such stack, or it is not one of Batchwright's, or not in a state to be used; if CloudFormation does not answer.
pub(super) async fn find(sdk: &SdkConfig, name: &str) -> Result<Installation, Failure> {
    let described = Client::new(sdk).describe_stacks().stack_name(name).send().await;
    let region = sdk.region().map_or("the region", |region| region.as_ref());
    let described = described.map_err(|error| not_described(&error, name, region))?;
    let stack = described.stacks().first().ok_or_else(|| no_such_stack(name, region))?;
    let (installation, version) = installation(stack, name)?;
    if version.as_deref().is_some_and(|version| version != env!("CARGO_PKG_VERSION")) {
        let version = version.unwrap_or_default();
        note(format_args!("stack {name} is of Batchwright {version}, this is {}", env!("CARGO_PKG_VERSION")));
    }
    Ok(installation)
}

fn not_described(error: &SdkError<DescribeStacksError>, name: &str, region: &str) -> Failure {
    let absent =
        error.code() == Some("ValidationError") && error.message().is_some_and(|it| it.contains("does not exist"));
    if absent { no_such_stack(name, region) } else { Failure::aws("CloudFormation DescribeStacks", error) }
}

fn no_such_stack(name: &str, region: &str) -> Failure {
    Failure::nothing_there(format!(
        "there is no stack {name} in {region} of this account; `aws cloudformation list-stacks` lists those that are there, and \
         --region and --profile name another region and account"
    ))
}

/// What it consists of, and its version.
fn installation(stack: &Stack, name: &str) -> Result<(Installation, Option<String>), Failure> {
    if let Some(why) = stack.stack_status().and_then(|status| unusable(status, name)) {
        return Err(Failure::nothing_there(why));
    }
    let outputs = stack.outputs().iter();
    let outputs: Outputs =
        outputs.filter_map(|output| Some((output.output_key.clone()?, output.output_value.clone()?))).collect();
    let version = outputs.get("Version").cloned();
    let installation = Installation::of_stack(&outputs);
    Ok((installation.map_err(|why| Failure::nothing_there(format!("stack {name} {why}")))?, version))
}

/// Why a stack in that state cannot be used. An update leaves all that the command line needs where it is.
fn unusable(status: &StackStatus, name: &str) -> Option<String> {
    use StackStatus as S;
    if matches!(status, S::CreateInProgress | S::ReviewInProgress) {
        return Some(format!(
            "stack {name} is still being created; `aws cloudformation wait stack-create-complete --stack-name {name}` waits for it"
        ));
    }
    if matches!(status, S::CreateFailed | S::RollbackInProgress | S::RollbackComplete | S::RollbackFailed) {
        return Some(format!(
            "stack {name} could not be created; `aws cloudformation describe-stack-events --stack-name {name}` tells why"
        ));
    }
    let gone = matches!(status, S::DeleteInProgress | S::DeleteComplete | S::DeleteFailed);
    gone.then(|| format!("stack {name} has been deleted, or is being deleted"))
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::types::Output;

    use super::*;
    use crate::exit::Exit;

    fn stack(status: StackStatus) -> aws_sdk_cloudformation::types::builders::StackBuilder {
        let output = |key: &str, value: &str| Output::builder().output_key(key).output_value(value).build();
        Stack::builder()
            .stack_name("demo")
            .stack_status(status)
            .outputs(output("Table", "demo-table"))
            .outputs(output("InboxBucket", "demo-inbox"))
            .outputs(output("RequestQueueUrl", "https://sqs/1/demo-requests"))
            .outputs(output("JobQueues", "fargate=demo"))
            .outputs(output("JobLogGroup", "demo-jobs"))
    }

    #[test]
    fn a_stack_is_used_while_it_is_updated_and_not_before_it_is_there() {
        let of = |status: StackStatus| installation(&stack(status).build(), "demo");
        for usable in ["CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", "SOMETHING_NEW"] {
            assert_eq!(of(StackStatus::from(usable)).unwrap().0.table, "demo-table", "{usable}");
        }
        for (status, word) in [
            ("CREATE_IN_PROGRESS", "being created"),
            ("ROLLBACK_COMPLETE", "could not be created"),
            ("DELETE_IN_PROGRESS", "deleted"),
        ] {
            let failure = of(StackStatus::from(status)).unwrap_err();
            assert!(failure.to_string().contains(word), "{failure}");
            assert_eq!(failure.exit, Exit::NothingThere, "{status}");
        }
    }

    #[test]
    fn a_stack_of_something_else_is_refused_by_name() {
        let other = Stack::builder().stack_status(StackStatus::CreateComplete).build();
        let failure = installation(&other, "website").unwrap_err();
        assert!(failure.to_string().contains("website is not one of Batchwright's"), "{failure}");
        assert_eq!(failure.exit, Exit::NothingThere);
    }
}
