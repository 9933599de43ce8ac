//! What every Lambda's `main` does: read the environment, make the clients once, and serve.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use ambient::{Clock, Ids};
use aws_config::{
    BehaviorVersion, SdkConfig,
    environment::{EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider},
};
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use lambda_runtime::{LambdaEvent, service_fn};
use serde_json::Value;

use crate::{Config, Control, Invocation, telemetry};

/// Why an invocation failed, for the Lambda runtime: the platform tries again, and in the end puts the event into a
/// dead-letter queue.
pub type Failure = lambda_runtime::Error;

/// Serves `handler` as a Lambda function.
///
/// # Errors
/// If the environment is not what the stack's template makes it, or the runtime fails.
pub async fn serve<H, F>(handler: H) -> Result<(), Failure>
where
    H: Fn(Arc<Control>, Value, Invocation) -> F,
    F: Future<Output = Result<Value, Failure>> + 'static,
{
    telemetry::init();
    let config = Config::from_env(|name| std::env::var(name).ok())?;
    let sdk = sdk_config().await;
    let control = Arc::new(Control::new(config, &sdk, Clock::System, Ids::random()));
    let clock = Clock::System;
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| {
        let remaining = event.context.deadline.saturating_sub(clock.now_ms());
        let invocation = Invocation::ending_in(Duration::from_millis(remaining));
        // Without its type: an invocation's future is deep, and the runtime wraps it deeper.
        let handled: Pin<Box<dyn Future<Output = Result<Value, Failure>>>> =
            Box::pin(handler(Arc::clone(&control), event.payload, invocation));
        handled
    }))
    .await
}

/// Lambda sets region and credentials by the environment: no other place is looked for, which would take longer than all the rest of
/// the start. One HTTP client is shared by all services, and one set of root certificates.
async fn sdk_config() -> SdkConfig {
    aws_config::defaults(BehaviorVersion::latest())
        .region(EnvironmentVariableRegionProvider::new())
        .credentials_provider(EnvironmentVariableCredentialsProvider::new())
        .http_client(Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https())
        .load()
        .await
}
