//! What AWS answers instead of doing what it was asked, in words that say what to do about it.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};

use crate::exit::Failure;

/// What is in the codes of credentials that are not valid, or no longer.
const NOT_VALID: [&str; 5] =
    ["ExpiredToken", "InvalidClientTokenId", "UnrecognizedClientException", "InvalidAccessKeyId", "AuthFailure"];

/// What is in the codes of what the credentials are not allowed.
const NOT_ALLOWED: [&str; 2] = ["AccessDenied", "UnauthorizedOperation"];

const LOG_IN: &str = "log in (`aws login`, `aws sso login`), name a profile with --profile or AWS_PROFILE, or set \
                      AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";

impl Failure {
    /// An AWS service did not do what it was asked; `operation` begins with the service's name.
    pub(crate) fn aws<E, R>(operation: &str, error: &SdkError<E, R>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
        R: std::fmt::Debug + 'static,
    {
        if let Some(code) = error.code() {
            return Self::answered(&format!("{operation}: {code}: {}", error.message().unwrap_or_default()));
        }
        let chain = chain(error);
        if let Some(at) = chain.iter().position(|error| error.is::<CredentialsError>()) {
            let said = words(chain.get(at..).unwrap_or_default());
            return Self::failed(format!("there are no AWS credentials to use: {LOG_IN}\n({said})"));
        }
        let said = words(&chain);
        if matches!(error, SdkError::DispatchFailure(_) | SdkError::TimeoutError(_)) {
            return Self::nothing_there(format!("{operation}: no answer: {said}"));
        }
        Self::failed(format!("{operation}: {said}"))
    }

    /// As [`Failure::aws`], where only the words are left of the answer.
    pub(crate) fn answered(said: &str) -> Self {
        let any = |codes: &[&str]| codes.iter().any(|code| said.contains(code));
        if any(&NOT_VALID) {
            return Self::failed(format!("{said}\nAWS does not take these credentials: {LOG_IN}"));
        }
        if any(&NOT_ALLOWED) {
            return Self::failed(format!("{said}\ndocs/cli.md has the IAM policy that the command line needs"));
        }
        Self::failed(said)
    }
}

/// The error, and what caused it, and what caused that.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let (mut chain, mut cause) = (vec![error], error.source());
    while let Some(error) = cause {
        chain.push(error);
        cause = error.source();
    }
    chain
}

/// What they say; some repeat what their cause says.
fn words(chain: &[&(dyn Error + 'static)]) -> String {
    let mut said: Vec<String> = Vec::new();
    for error in chain {
        let error = error.to_string();
        if !said.last().is_some_and(|last| last.contains(&error)) {
            said.push(error);
        }
    }
    said.join(": ")
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::{
        error::{ConnectorError, ErrorMetadata},
        operation::describe_stacks::DescribeStacksError,
    };

    use super::*;
    use crate::exit::Exit;

    fn of(error: &SdkError<DescribeStacksError, ()>) -> (Exit, String) {
        let failure = Failure::aws("CloudFormation DescribeStacks", error);
        (failure.exit, failure.to_string())
    }

    fn answered(code: &str) -> (Exit, String) {
        let metadata = ErrorMetadata::builder().code(code).message("the message").build();
        of(&SdkError::service_error(DescribeStacksError::generic(metadata), ()))
    }

    #[test]
    fn what_to_do_follows_from_the_code() {
        for (code, what_to_do) in [
            ("ExpiredToken", "log in"),
            ("InvalidClientTokenId", "log in"),
            ("AccessDenied", "docs/cli.md"),
            ("Throttling", "Throttling: the message"),
        ] {
            let (exit, said) = answered(code);
            assert!(said.contains(code) && said.contains("the message") && said.contains(what_to_do), "{said}");
            assert_eq!(exit, Exit::Failed, "{code}");
        }
        assert!(!answered("Throttling").1.contains("log in"));
    }

    #[test]
    fn that_there_are_no_credentials_is_told_from_that_nobody_answers() {
        let lacking = CredentialsError::provider_error("the SSO session has expired");
        let (exit, said) = of(&SdkError::dispatch_failure(ConnectorError::other(lacking.into(), None)));
        assert!(said.contains("aws sso login") && said.contains("the SSO session has expired"), "{said}");
        assert_eq!(exit, Exit::Failed);
        let (exit, said) = of(&SdkError::dispatch_failure(ConnectorError::io("connection refused".into())));
        assert!(
            said.contains("CloudFormation DescribeStacks: no answer") && said.contains("connection refused"),
            "{said}"
        );
        assert!(!said.contains("credentials"), "{said}");
        assert_eq!(exit, Exit::NothingThere);
    }
}
